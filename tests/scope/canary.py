#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""canary.py FOLDER [PROGRAM...]: no secret comes out.

Secrets are planted in every place where one may be given: a key (SIT_KEY=@FILE, @env:, @cred:), a password (--password in the same three ways), a private key in
PEM (--key), the password of a store in Postgres (SIT_DB, sit.conf). Then every verb of every program is called with them, out of its --describe (calls.py).
Looked at are: the argv of every process that is started, every write to any file, pipe or socket, what is printed (of --help and --describe too), files that are
left behind (the store with its trail, sinks, temporary files), and the memory at the end (tests/fault/canary.c): of a process that was shown a secret in a file or a
credential nothing may be left there, and no core may be written of it. Programs are those of SIT_BIN, the library is in SIT_FAULT.
"""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
import calls
import stores

HERE = os.path.dirname(os.path.abspath(__file__))
BIN, LIBRARY = os.environ['SIT_BIN'], os.environ['SIT_FAULT'] + '/canary.so'
PASSWORD, URL_PASSWORD = 'kanarienvogel-im-bergwerk', 'kanarienvogel-am-postgres'
# The secret of a key that is made here, the base64 of a private key, its 32 bytes: filled in by plant().


class World(calls.World):
    def __init__(self, folder, store):
        self.folder, self.store = folder, store
        super().__init__(self.look, self.print, self.write)

    def look(self, table, name):
        base, _, gateway = table.partition(' of a ')
        of_org = base in calls.NAMELESS
        where = "org_id = (SELECT id FROM org WHERE name = '%s')" % name if of_org else "name = '%s'" % name
        if base == 'credential':
            where += " AND device_id IN (SELECT id FROM device WHERE type %s 'gateway')" % ('=' if gateway else '<>')
        column = {'api_key': 'prefix', 'credential': 'login'}.get(base, 'id')
        return self.store.sql('SELECT min(%s) FROM %s WHERE %s;' % (column, base, where)).strip()

    def print(self, argv, org):
        return stores.out([BIN + '/' + argv[0]] + argv[1:], env=dict(os.environ, SIT_DB=self.store.url, SIT_ORG='own'))

    def write(self, name, text):
        with open(self.folder + '/' + name, 'w') as f:
            f.write(text)
        return name


def secret_file(path, text):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb') as f:
        f.write(text)


class Canary:
    def __init__(self, folder):
        self.folder, self.work, self.secrets = folder, folder + '/work', folder + '/secrets'
        for f in (self.work, self.secrets, folder + '/tmp'):
            os.makedirs(f)
        self.store = stores.kind()(folder, 'canary')
        self.env = dict(os.environ, SIT_DB=self.store.url, SIT_ORG='own', PATH=BIN + ':' + os.environ['PATH'], HOME=folder, TMPDIR=folder + '/tmp',
                        CREDENTIALS_DIRECTORY=self.secrets, SIT_AUDIT='file:%s/sink.jsonl' % folder)
        self.plant()
        self.findings, self.calls = [], 0

    def sit(self, *argv):
        subprocess.run(argv, check=True, env=self.env, cwd=self.work, stderr=subprocess.DEVNULL)

    def plant(self):
        self.store.made()
        env = dict(self.env)
        del env['SIT_ORG'], env['SIT_AUDIT']
        subprocess.run([BIN + '/sit-db', 'init', '--test', '--org', 'own'], check=True, env=env, stdout=subprocess.DEVNULL)
        subprocess.run([HERE + '/estate.sh', 'own', 'own', '11'], check=True, env=env,
                       stderr=subprocess.DEVNULL)
        self.sit('sit-user', 'add', 'root', 'role=super_admin')
        self.sit('sit-user', 'key', 'add', 'root', '-q', '-o', self.secrets + '/key')
        secret_file(self.secrets + '/password', PASSWORD.encode())
        pem = stores.out(['openssl', 'genpkey', '-algorithm', 'ed25519']).encode()
        secret_file(self.secrets + '/pem', pem)
        raw = subprocess.run(['openssl', 'pkey', '-outform', 'DER'], input=pem, check=True, capture_output=True).stdout[-32:]
        with open(self.secrets + '/key', 'rb') as f:
            self.key = f.read().strip()
        # Not the words in front of them, which are no secret.
        self.words = [self.key[13:], PASSWORD.encode(), pem.split(b'\n')[1][24:], raw, URL_PASSWORD.encode()]
        assert all(len(w) > 20 for w in self.words)
        with open(self.folder + '/flipped', 'wb') as f:
            f.write(b'\n'.join(bytes(b ^ 0xff for b in w) for w in self.words) + b'\n')

    def say(self, argv, what):
        self.findings.append('%s: %s' % (' '.join(argv), what))

    def look(self, argv, where, data):
        for n, w in enumerate(self.words):
            if w in data:
                self.say(argv, 'secret %d is in %s' % (n + 1, where))

    def call(self, argv, more, memory=True):
        """Run it with what `more` sets in the environment. memory: nothing may be left there."""
        trace, found = self.folder + '/trace', self.folder + '/found'
        for f in (trace, found, self.folder + '/OUT'):
            if os.path.exists(f):
                os.remove(f)
        env = dict(self.env, **more)
        watch = ['LD_PRELOAD=' + LIBRARY, 'FAULT_CANARIES=%s/flipped' % self.folder, 'FAULT_FOUND=' + found]
        watch += ['FAULT_MUTANT=' + os.environ['CANARY_MUTANT']] if 'CANARY_MUTANT' in os.environ else []
        p = subprocess.run(['strace', '-f', '-qq', '-s', '10000000', '-e', 'trace=execve,openat,write,pwrite64,writev,pwritev,sendto,sendmsg', '-e', 'signal=none', '-o', trace,
                            'env'] + watch + [BIN + '/' + argv[0]] + argv[1:], env=env, cwd=self.work, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        self.calls += 1
        self.look(argv, 'its output', p.stdout)
        self.look(argv, 'what it says on standard error', p.stderr)
        with open(trace, 'rb') as f:
            text = f.read()
        self.look(argv, 'the argv of a process, or a write', text)
        if memory and os.path.exists(found):
            with open(found) as f:
                for line in f:
                    if not line.endswith(' dumpable\n') or b'openat(AT_FDCWD, "%s/' % self.secrets.encode() in text:
                        self.say(argv, 'left in memory: ' + line.strip())
        return p

    def files(self):
        """What is left behind, but for the secrets themselves and what says of them flipped."""
        for root, _, names in os.walk(self.folder):
            for name in names if root != self.secrets else []:
                path = os.path.join(root, name)
                if os.path.isfile(path) and name not in ('trace', 'found', 'flipped'):
                    with open(path, 'rb') as f:
                        self.look([path], 'a file that is left', f.read())
        self.look(['the store'], 'what it holds', self.store.dumped())

    def ways(self, name):
        """A secret as a file, a credential, a variable: the value to give, what to set, whether memory can be clean of it."""
        with open(self.secrets + '/' + name) as f:
            text = f.read().strip()
        return [('@%s/%s' % (self.secrets, name), {}, True), ('@cred:' + name, {}, True), ('@env:CANARY', {'CANARY': text}, False)]


def owners(prog, verb):
    return (prog + ' ' + verb).strip() in calls.OWNERS or prog == 'sit'


def trial(c, programs):
    world = World(c.work, c.store)
    turn = 0
    for prog in programs:
        about = json.loads(stores.out([BIN + '/' + prog, '--describe']))
        key = c.ways('key')
        for how in ('--help', '--describe'):
            c.call([prog, how], dict(key[2][1], SIT_KEY='@env:CANARY'), memory=False)
        for v in about['verbs'] or [{'name': '', 'operands': about['operands'] or ''}]:
            if prog == 'sit' or v['name'] == 'init':
                argv = [prog] + v['name'].split() + (['device'] if v['name'] == 'find' else [])
            elif owners(prog, v['name']):
                argv = [prog] + v['name'].split() + {'sql': ['SELECT 1'], 'copy': [c.folder + '/copy.db'], 'create': [c.folder], 'verify': ['none'],
                                                     'restore': ['none'], 'list': [c.folder]}.get(v['name'], [])
            else:
                verb = calls.Verb(about, v, world)
                argv = verb.call(verb.plain()[0])
            value, more, clean = key[turn % 3]
            turn += 1
            if '--password' in argv or prog == 'sit-user' and v['name'] == 'passwd':
                given = [a for a in argv if a not in ('--clear', '--password', '@env:HOME')]
                for password, with_it, fresh in c.ways('password'):
                    c.call(given + ['--password', password], dict(with_it, SIT_KEY=key[0][0]), memory=fresh)
                continue
            if 'none.pem' in argv:
                argv = [c.secrets + '/pem' if a == 'none.pem' else a for a in argv]
            c.call(argv, {} if owners(prog, v['name']) else dict(more, SIT_KEY=value), memory=clean and not owners(prog, v['name']))


def passwords(c):
    """The password of a store in the URL, where it may stand: the environment and the configuration."""
    url = c.store.url.replace('//sit@', '//sit:%s@' % URL_PASSWORD) if '//sit@' in c.store.url else 'postgres://sit:%s@/x?host=/nowhere' % URL_PASSWORD
    os.makedirs(c.folder + '/.config/sit')
    for argv in (['sit-site', 'list'], ['sit-db', 'stats'], ['sit-db', 'sql', 'SELECT 1'], ['sit-backup', 'create', c.folder + '/backup'], ['sit', 'settings'],
                 ['sit-site', 'add', 'by-url'], ['sit-latest', '-vv']):
        c.call(argv, {'SIT_DB': url}, memory=False)
        secret_file(c.folder + '/.config/sit/sit.conf', ('db = %s\n' % url).encode())
        c.call(argv, {'SIT_DB': '', 'XDG_CONFIG_HOME': c.folder + '/.config'}, memory=False)
        os.remove(c.folder + '/.config/sit/sit.conf')


def main():
    folder = sys.argv[1]
    c = Canary(folder)
    known = sorted(p for p in os.listdir(BIN) if p == 'sit' or p.startswith('sit-'))
    trial(c, sys.argv[2:] or known)
    # A wrong one is refused, and not shown.
    for argv, more in ((['sit-site', 'list'], {'SIT_KEY': c.key.decode()}), (['sit-site', 'list', '-D', 'postgres://sit:%s@/x' % URL_PASSWORD], {}),
                       (['sit-user', 'check', 'root', '--password', PASSWORD], {})):
        p = subprocess.run([BIN + '/' + argv[0]] + argv[1:], env=dict(c.env, **more), cwd=c.work, stdin=subprocess.DEVNULL, capture_output=True)
        assert p.returncode == 2, (argv, p)
        c.look(argv[:2], 'what it says', p.stdout + p.stderr)
    passwords(c)
    c.files()
    for f in c.findings:
        print(f)
    print('%d calls, %d findings' % (c.calls, len(c.findings)))
    return 1 if c.findings else 0


if __name__ == '__main__':
    sys.exit(main())
