#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""isolation.py FOLDER [PROGRAM...]: nothing of one organisation reaches another.

Every verb of every program is called as organisation "own" (calls.py), with names and ids of another one wherever a name can stand, on two stores: one where
the other organisation, the parent and a sibling's child are full of things, and one where there is nothing but own's. Exit status, output and files must be the
same on both, so nothing is seen, counted or told apart from what does not exist; and in the full store what is theirs is as it was, row for row. The same
calls as the child must not show the parent's. On Postgres, where a call costs ten times as much, two of each verb's take turns (SCOPE_ALL=1: all).
Programs are those of SIT_BIN. The stores and the answers of the empty one stay in FOLDER, and are used again when they are there: that is how mutants are tried.
"""
import difflib
import glob
import os
import pickle
import re
import subprocess
import sys
import threading
import traceback

sys.dont_write_bytecode = True
import calls
import stores

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ['SIT_BIN']
Store = stores.kind()
JOBS = 1 if Store is stores.Postgres else 2  # Postgres tells only of the whole server whether something was written


def fill(store, *args):
    subprocess.run([HERE + '/estate.sh', *args], check=True, env=dict(os.environ, SIT_DB=store.url, PATH=BIN + ':' + os.environ['PATH']))


def make(folder):
    """alone: only own (its child, too). full: the same, and then the others."""
    alone, full = Store(folder, 'alone'), Store(folder, 'full')
    if os.path.exists(folder + '/made'):
        return alone, full
    alone.made()
    env = dict(os.environ, SIT_DB=alone.url)
    subprocess.run([BIN + '/sit-db', 'init', '--test', '--org', 'top'], check=True, env=env)
    fill(alone, 'own', 'own', '11', 'top')
    fill(alone, 'own-kid', 'ownkid', '12', 'own')
    full.copy(alone)
    fill(full, 'kanari', 'kanari', '556', 'top')
    fill(full, 'kanari-kid', 'kanarikid', '557', 'kanari')
    fill(full, 'top', 'kanaritop', '558')
    open(folder + '/made', 'w').close()
    return alone, full


class World(calls.World):
    """Looks things up in the full store."""

    def __init__(self, folder, full):
        self.folder, self.full, self.known = folder, full, {}
        super().__init__(self.look, self.print, self.write)

    def look(self, table, name):
        of_org = table.partition(' of a ')[0] in calls.NAMELESS
        where = 'org_id = (SELECT id FROM org WHERE name = \'%s\')' % name if of_org else "name = '%s'" % name
        key = table, name
        if key not in self.known:
            base, _, gateway = table.partition(' of a ')
            if base == 'credential':
                where += " AND device_id IN (SELECT id FROM device WHERE type %s 'gateway')" % ('=' if gateway else '<>')
            column = {'api_key': 'prefix', 'credential': 'login'}.get(base, 'id')
            self.known[key] = self.full.sql('SELECT min(%s) FROM %s WHERE %s;' % (column, base, where)).strip()
            if not self.known[key]:
                raise calls.Unknown('there is no %s %s: add it to tests/scope/estate.sh' % key)
        return self.known[key]

    def print(self, argv, org):
        key = tuple(argv), org
        if key not in self.known:
            asked = Store(self.folder, 'asked')  # reading leaves a row in the trail of who has others below it
            asked.copy(self.full)
            env = dict(os.environ, SIT_DB=asked.url, SIT_ORG={'a': 'own'}.get(org, org))
            self.known[key] = stores.out([BIN + '/' + argv[0]] + argv[1:], env=env)
            assert org == 'a' or 'kanari' in self.known[key], argv
        return self.known[key]

    def write(self, name, text):
        with open(self.folder + '/' + name, 'w') as f:
            f.write(text)
        return name


def run(store, argv, folder, org='own'):
    """What came of it: status, output, errors, the file OUT."""
    path = folder + '/OUT'
    if os.path.exists(path):
        os.remove(path)
    env = dict(os.environ, SIT_DB=store.url, SIT_ORG=org)
    if 'alone' in store.url:
        env['ASAN_OPTIONS'] = 'detect_leaks=0'  # half of what such a program takes; leaks are looked for in the same call on the other store
    p = subprocess.run([BIN + '/' + argv[0]] + argv[1:], env=env, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    text = [p.stdout.decode(), p.stderr.decode(), open(path).read() if os.path.exists(path) else '']
    # The row of a read that this very call left: its number is one of the whole store.
    text = [re.sub(r'"id":\d+(,"seq":\d+,"at":"[^"]*","actor":"[^"]*","verb":"read")', r'"id":0\1', t) for t in text]
    # What is drawn anew with each row, and digests over it.
    text = [re.sub(r'"(hash|who|what)":"[0-9a-f]{32,64}"', r'"\1":"…"', t) for t in text]
    return [p.returncode] + [t.replace(store.url, 'STORE') for t in text]


def difference(a, b):
    return '\n'.join(list(difflib.unified_diff(a.splitlines(), b.splitlines(), 'without them', 'with them', lineterm='', n=0))[:12])


class Trial:
    def __init__(self, folder, number, alone, full, answers):
        self.folder, self.answers = folder, answers
        self.base = alone, full
        self.stores = Store(folder, 'alone%d' % number), Store(folder, 'full%d' % number)
        self.work = '%s/work%d' % (folder, number)
        self.fresh = [False, False]
        os.makedirs(self.work, exist_ok=True)

    def below(self, argv, theirs):
        """The same as the child, which must not see its parent's: neither titles nor names, but for those it said itself."""
        got = self.on(1, argv, 'own-kid')
        files = [self.work + '/' + a for a in argv if os.path.exists(self.work + '/' + a)]
        said = ' '.join(argv + [open(f).read() for f in files])
        for word in re.findall(r'kanari\w*|\bown[-_ ]\w+', got[1] + got[2] + got[3]):
            if word not in said and word != 'own-kid':
                return 'as the child it shows %s of its parent' % word
        if self.wrote and self.stores[1].theirs("('own-kid')") != theirs:
            return 'as the child it changes what is not its own'
        return ''

    def on(self, which, argv, org='own'):
        """Run it on a store that is as it was made, or where a copy is dear, as the verb's calls before have left both."""
        if Store.cheap and not self.fresh[which]:
            self.stores[which].copy(self.base[which])
            self.fresh[which] = True
        got = run(self.stores[which], argv, self.work, org)
        self.wrote = self.stores[which].changed()
        self.fresh[which] &= not self.wrote
        return got

    def begin(self):
        for which in range(2):
            if not self.fresh[which]:
                self.stores[which].copy(self.base[which])
                self.fresh[which] = True

    def expected(self, argv):
        key = ' '.join(argv)
        if key not in self.answers:
            self.answers[key] = self.on(0, argv)
        return self.answers[key]

    def judge(self, argv, theirs, must):
        """What is wrong with the call, or nothing."""
        want, got = self.expected(argv), self.on(1, argv)
        want = calls.by_design(argv) or want
        if must and want[0] not in (0, 1, 6, 7) and not calls.fails_late(argv):  # 7: something depends on it
            return 'the test cannot call it (exit %d): %s' % (want[0], want[2])
        for what, a, b in zip(('exit status', 'output', 'errors', 'file'), want, got):
            if a != b:
                return 'another %s where they exist:\n%s' % (what, difference(str(a), str(b)))
        if self.wrote and self.stores[1].theirs() != theirs:
            return 'what is theirs was changed:\n' + difference(theirs, self.stores[1].theirs())
        return ''


def describe(program):
    text = stores.out(['jq', '-c', '.'], input=stores.out([program, '--describe']).encode())
    return eval(text, {'__builtins__': {}, 'true': True, 'false': False, 'null': None})  # no module json in Debian's python3-minimal


def verbs(world, chosen):
    """Every verb of every program, the calls made; findings about those that cannot be called."""
    for path in sorted(glob.glob(BIN + '/sit*')):
        about = describe(path)
        if chosen and about['name'] not in chosen:
            continue
        for verb in about['verbs'] or [{'name': '', 'operands': about['operands']}]:
            title = (about['name'] + ' ' + verb['name']).strip()
            if title in calls.OWNERS:
                continue
            try:
                v = calls.Verb(about, verb, world)
                all_of_it = list(v.calls())
                made = all_of_it if Store.cheap or os.environ.get('SCOPE_ALL') else all_of_it[:1] + v.some(all_of_it[1:], 2), v.below()
            except calls.Unknown as why:
                yield title, ([], []), str(why)
                continue
            yield title, made, ''


def main():
    os.environ.update(SIT_NOW='2026-02-01T12:00:00Z', TZ='UTC', LC_ALL='C.UTF-8')
    for name in ('SIT_ORG', 'SIT_TZ', 'SIT_FORMAT', 'NO_COLOR'):
        os.environ.pop(name, None)
    folder = os.path.abspath(sys.argv[1])
    os.makedirs(folder, exist_ok=True)
    alone, full = make(folder)
    answers = {}
    if os.path.exists(folder + '/answers'):
        answers = pickle.load(open(folder + '/answers', 'rb'))
    world = World(folder, full)
    theirs, parents = full.theirs(), full.theirs("('own-kid')")
    assert theirs.count('kanari') > 100
    queue = list(verbs(world, sys.argv[2:]))
    tried, findings, lock = [0], [], threading.Lock()
    stop = os.environ.get('SCOPE_FIRST')

    def work(number):
        try:
            turns(number)
        except BaseException:
            findings.append(traceback.format_exc())

    def turns(number):
        trial = Trial(folder, number, alone, full, answers)
        for name in os.listdir(folder):
            if os.path.isfile(folder + '/' + name) and not re.match(r'alone|full|made|answers', name):
                if not os.path.exists(trial.work + '/' + name):
                    os.symlink('../' + name, trial.work + '/' + name)
        while True:
            with lock:
                if not queue or (stop and findings):
                    return
                title, made, why = queue.pop(0)
            bad = [title + ': ' + why] if why else []
            if not Store.cheap:
                trial.begin()
            for way, argv in [('judge', a) for a in made[0]] + [('below', a) for a in made[1]]:
                if stop and (findings or bad):
                    break
                if way == 'below':
                    trial.begin()  # what the calls before did is own's, which the child must not change
                why = trial.judge(argv, theirs, argv is made[0][0]) if way == 'judge' else trial.below(argv, parents)
                if why:
                    bad.append(' '.join(argv) + ': ' + why)
            with lock:
                findings.extend(bad)
                tried[0] += len(made[0]) + len(made[1])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(JOBS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    pickle.dump(answers, open(folder + '/answers', 'wb'))
    for f in findings[:20]:
        print('isolation: ' + f, file=sys.stderr)
    print('%d calls, %d findings' % (tried[0], len(findings)))
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main())
