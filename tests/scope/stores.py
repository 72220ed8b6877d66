# SPDX-License-Identifier: MIT
"""The stores that the test of the scope works on: copies of two made once, on SQLite files or databases of Postgres (tests/with-postgres)."""
import os
import shutil
import subprocess

# Whose rows are theirs: of everybody but the caller's organisations. theirs() gives those of every table that says whose its rows are, and of those that
# are nobody's.
OURS = "('own', 'own-kid', 'own-new')"


def out(argv, **more):
    return subprocess.run(argv, check=True, capture_output=True, **more).stdout.decode()


class Sqlite:
    cheap = True  # a copy costs less than a call

    def __init__(self, folder, name):
        self.url = os.path.join(folder, name + '.db')
        self.seen = None
        self.dump = {}

    def sql(self, text):
        return out(['sqlite3', '-batch', self.url], input=text.encode())

    def made(self):
        pass

    def copy(self, base):
        for tail in ('-wal', '-shm'):
            if os.path.exists(self.url + tail):
                os.remove(self.url + tail)
        shutil.copyfile(base.url, self.url)
        self.changed()

    def changed(self):
        """Somebody wrote to it since the last time this was asked."""
        now = [(s.st_mtime_ns, s.st_size) for s in (os.stat(p) for p in (self.url, self.url + '-wal') if os.path.exists(p))]
        was, self.seen = self.seen, now
        return was != now

    def dumped(self):
        return b''.join(open(self.url + t, 'rb').read() for t in ('', '-wal') if os.path.exists(self.url + t))

    def theirs(self, ours=OURS):
        whose = '(SELECT id FROM org WHERE name NOT IN %s)' % ours
        if ours not in self.dump:
            tables = self.sql("SELECT t.name FROM sqlite_schema t WHERE t.type = 'table' AND"
                              " EXISTS (SELECT 1 FROM pragma_table_info(t.name) c WHERE c.name = 'org_id');").split()
            self.dump[ours] = '.mode quote\n' + ''.join("SELECT '%s', * FROM %s WHERE org_id IN %s;\n" % (t, t, whose) for t in tables) + \
                'SELECT * FROM org WHERE id IN %s; SELECT * FROM meta; SELECT * FROM migration;\n' % whose
        return self.sql(self.dump[ours])


class Postgres:
    cheap = False

    def __init__(self, _, name):
        self.db = 'scope_%d_%s' % (os.getpid(), name)
        self.url, self.super = os.environ['SIT_TEST_PG'] % self.db, os.environ['SIT_TEST_PG_SUPER'] % self.db
        self.session = self.seen = None
        self.dump = {}

    def ask(self, text):
        """One line of answer on a connection that stays open, to another database: this one is thrown away and made again."""
        if not self.session:
            self.session = subprocess.Popen(['psql', '-qAtX', '-d', os.environ['SIT_TEST_PG_SUPER'] % 'postgres', '-v', 'ON_ERROR_STOP=1'],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.ask('SET client_min_messages = warning')
        self.session.stdin.write(text + "; SELECT 'done';\n")
        self.session.stdin.flush()
        lines = []
        while not lines or lines[-1] != 'done':
            lines.append(self.session.stdout.readline().strip())
            if not lines[-1]:
                raise OSError('psql: ' + text)
        return lines[0]

    def sql(self, text):
        return out(['psql', '-qAtX', '-v', 'ON_ERROR_STOP=1', '-d', self.super], input=('SET search_path = main;' + text).encode())

    def made(self):
        self.ask('CREATE DATABASE %s OWNER sit' % self.db)

    def copy(self, base):
        self.ask('DROP DATABASE IF EXISTS %s WITH (FORCE)' % self.db)
        self.ask('CREATE DATABASE %s TEMPLATE %s OWNER sit' % (self.db, base.db))
        self.changed()

    def changed(self):
        now = self.ask('SELECT pg_snapshot_xmax(pg_current_snapshot())')
        was, self.seen = self.seen, now
        return was != now

    def dumped(self):
        return subprocess.run(['pg_dump', '-a', '-d', self.super], check=True, capture_output=True).stdout

    def theirs(self, ours=OURS):
        whose = '(SELECT id FROM org WHERE name NOT IN %s)' % ours
        if ours not in self.dump:
            tables = self.sql("SELECT table_name FROM information_schema.columns WHERE table_schema = 'main' AND column_name = 'org_id';").split()
            self.dump[ours] = ''.join("SELECT '%s', t::text FROM %s t WHERE org_id IN %s ORDER BY 2;\n" % (t, t, whose) for t in tables) + \
                'SELECT * FROM org WHERE id IN %s ORDER BY 1; SELECT * FROM meta ORDER BY 1; SELECT * FROM migration ORDER BY 1;\n' % whose
        return self.sql(self.dump[ours])


def kind():
    return Postgres if os.environ.get('SIT_TEST_STORE') == 'pg' else Sqlite
