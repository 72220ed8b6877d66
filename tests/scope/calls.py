# SPDX-License-Identifier: MIT
"""What to call: for every verb of a program, from its --describe, calls that name things of another organisation wherever a name can stand.

A placeholder that is not known here (of an operand, or of an option's value) is an error that says so: whoever adds a program or a verb with a new kind of
operand writes down here what stands for it. Everything else follows from the description by itself.

Where several ways to name the same thing stand for one another they take turns, from field to field and verb to verb; SCOPE_ALL=1 tries all of them everywhere.
"""
import itertools
import os

# WORD of what the caller may see, and of what it must not: tests/scope/estate.sh names everything after it.
OWN, FOREIGN = 'own', 'kanari'

# The foreign things of each noun, beyond WORD-NOUN, and the caller's.
NAMES = {
    'org': '{0}', 'device': '{0}-dev', 'gateway': '{0}-gw', 'field': '{0}_f', 'datapoint': '{0}-dev:{0}_v',
}
TABLES = {'gateway': 'device', 'group': 'device_group', 'user': 'account'}
# What a new one cannot be without.
NEEDS = {
    'org': ['parent=own'], 'asset': ['site=own-site'], 'datapoint': ['device=own-dev'], 'product': ['manufacturer=x', 'model_number=x'], 'rule': ['model=own-model', 'datapoint=own_m', 'condition=no_data'], 'field': ['noun=site'], 'channel': ['type=webhook', 'url=https://h.example/'], 'route': ['channel=own-channel'],
}
# A field that every call may set.
PLAIN = {'field': 'note=x'}

# Without these a program or verb does nothing, or asks.
# (A key that is made is another each time: it goes where it cannot be written.)
ALWAYS = {'sit-user passwd': ['--clear'], 'sit-user check': ['--password', '@env:HOME'], 'sit-user key add': ['-o', '/dev/full'],
          'sit-user key rotate': ['-o', '/dev/full'], 'sit-org export': ['-o', '/dev/full/set'], 'sit-org erase': ['--after', 'none.set'],
          'sit-user export': ['-o', '/dev/full/set'], 'sit-user erase': ['--after', 'none.set'], 
          'sit-audit checkpoint': ['--key', 'none.pem'], 'sit-rule eval': ['--rules', 'none.json'], 'sit-rule test': ['--last', '30d'],
          'sit-device credential add': ['-o', '/dev/full', '--url', 'mqtt://h'], 'sit-device credential rotate': ['-o', '/dev/full', '--url', 'mqtt://h'],
          'sit-gateway credential add': ['-o', '/dev/full', '--url', 'mqtt://h'], 'sit-gateway credential rotate': ['-o', '/dev/full', '--url', 'mqtt://h'],
          'sit-onboard add': ['--login', 'never'], 'sit-onboard register': ['-o', '/dev/full'], 'sit-onboard claim': ['--secret', '@env:HOME', '--login', 'never'],
          'sit-notify send': ['--channel', 'own-channel', '-o', '/dev/full'], 'sit-notify channel test': ['-o', '/dev/full'], 'sit-notify channel secret': ['--clear'],
          'sit-alarm shelve': ['--for', '1h'], 'sit-alarm comment': ['-m', 'x'], 'sit-alarm silence add': ['--for', '1h', '-m', 'x'],
          'sit-prune': ['--older-than', '1s'], 'sit-query': ['--all'], 'sit-export': ['--all'], 'sit-ingest': ['--stats'], 'sit-watch': ['--idle', '10ms']}

# Verbs for who holds the store, over all organisations (DESIGN 3): there is nobody whose things they could show or change.
OWNERS = {
    'sit-rule eval': 'a filter, without a store',
    'sit-db init': 'makes a store', 'sit-db migrate': 'the schema', 'sit-db check': 'the whole store', 'sit-db compact': 'the whole store',
    'sit-db stats': 'the whole store', 'sit-db sql': 'reads the tables, for who can open the file', 'sit-db copy': 'the whole store',
    'sit-db mirror on': 'what the server has besides', 'sit-db mirror off': 'likewise', 'sit-db mirror rebuild': 'likewise',
    'sit-db mirror status': 'likewise', 'sit-db shard add': 'the whole store', 'sit-db shard list': 'likewise', 'sit-db shard rm': 'likewise',
    'sit-db shard check': 'likewise', 'sit-backup create': 'the whole store', 'sit-backup verify': 'a file', 'sit-backup restore': 'a store',
    'sit-backup list': 'files', 'sit-org import': 'the whole store', 'sit-broker init': 'the whole store', 'sit-broker sync': 'the whole store', 'sit-broker run': 'the whole store',
    'sit-broker status': 'the whole store', 'sit-broker check': 'the whole store', 'sit-broker rotate': 'a file',
    'sit-subscribe': 'asks a broker, opens no store', 'sit-publish': 'tells a broker, opens no store',
}

# Options that change little; they take turns, too.
LIGHT = ('dry-run', 'exit-code', 'raw', 'no-guard', 'keep-first', 'unguard', 'direct')

# Values of options that name nothing that is kept.
# Tables whose rows have no names: any of the organisation's will do.
NAMELESS = 'quarantine', 'audit', 'alarm', 'silence', 'event', 'notice', 'api_key', 'credential'
INERT = set('''@FILE ADDRESS AGE A,B,... CHAR COL COL[,COL] COL[=DATAPOINT],... COLUMN,... DURATION FILTER FORMAT ID SHARE SIZE WHERE LOGIN N PAST/FUTURE PERIOD RIGHT,... STEP TEXT TIME THING WHICH SET URL WHO DIR WINDOWS'''.split())


class Unknown(Exception):
    """The test has not been taught how to call something."""


def fails_late(argv):
    """The call comes to where a secret is read or written, and cannot go on there (ALWAYS); or nobody is locked."""
    late = ['sit-onboard', 'claim'], ['sit-user', 'unlock']
    return any(a.startswith('/dev/full') or a in ('none.pem', 'none.set') for a in argv) or argv[:2] in late


def name_of(noun, word):
    return NAMES.get(noun, '{0}-' + noun).format(word)


def by_design(argv):
    """The answer to a call that is told from one for what does not exist, or None: names of organisations are those of the whole store (DESIGN 3), so
    one that is taken is said to be, and nothing more."""
    if argv[0] == 'sit-org' and (argv[1:3] == ['add', FOREIGN] or (argv[1] == 'set' and 'name=' + FOREIGN in argv)):
        whose = 'own: ' if argv[1] == 'set' else ''
        return [7, '', 'sit-org: %sorg "%s" is there already\n' % (whose, FOREIGN), '']
    return None


class World:
    """What is foreign: ids(table, name) looks one up, text(argv) is what a program prints as the foreign organisation, put(name, text) writes a file."""

    def __init__(self, ids, text, put):
        self.ids, self.text, self.put = ids, text, put

    def forms(self, noun):
        """Ways to name the foreign thing of a noun."""
        name = name_of(noun, FOREIGN)
        forms = [name]
        if noun != 'org':
            forms.append(FOREIGN + '/' + name)
        bare = name.split(':')[-1]
        forms.append('id:%s' % self.ids(TABLES.get(noun, noun), bare))
        return forms


class Verb:
    """One verb of a program (verb '' where it has none), and the calls that try it."""

    def __init__(self, about, verb, world):
        self.about, self.world = about, world
        self.prog, self.noun, self.verb = about['name'], verb.get('noun', about['noun']), verb['name']
        # Of one of several nouns: what is done, without the noun.
        self.act = self.verb.split()[-1] if 'noun' in verb else self.verb
        self.title = (self.prog + ' ' + self.verb).strip()
        self.fields = next((n['fields'] for n in about['nouns'] if n['noun'] == self.noun), about['fields'])
        key = self.verb.replace(' ', '_')
        self.options = [o for o in about['options'] if not o['common'] and (not o['verbs'] or key in o['verbs'].split())]
        self.turn = sum(map(ord, self.title))
        self.slots = [s.strip('[]').replace('...', '').split('|') if s != 'DATAPOINT[,...]' else [s] for s in self.split(verb['operands'])]

    @staticmethod
    def split(operands):
        # "[DEVICE|FILTER... DATAPOINT[,...]]" are two, the bracket around both says that they may be left out.
        if operands.startswith('[') and operands.endswith(',...]]'):
            operands = operands[1:-1]
        return operands.split()

    def option(self, name):
        return any(o['long'] == name for o in self.options)

    def some(self, ways, n=1):
        """n of them, others at the next time."""
        if os.environ.get('SCOPE_ALL') or len(ways) <= n:
            return ways
        self.turn += n
        return [ways[(self.turn + i) % len(ways)] for i in range(n)]

    # ---- operands ----

    def numbered(self):
        """The table of what the program calls by bare numbers."""
        if self.prog == 'sit-alarm':
            return 'silence' if self.verb.startswith('silence') else 'alarm'
        return {'sit-audit': 'audit', 'sit-notify': 'notice', 'sit-event': 'event'}.get(self.prog, 'quarantine')

    def key(self, what, word):
        """What a KEY or LOGIN is: of a user, a claim, a device or gateway."""
        if what == 'LOGIN':
            return self.world.ids('credential' + (' of a gateway' if self.noun == 'gateway' else ''), word)
        return word + '-claim' if self.prog == 'sit-onboard' else self.world.ids('api_key', word)

    def refs(self):
        return [f for f in self.fields if f['ref'] and 'readonly' not in f['flags']]

    def own(self, what):
        """Operands of the caller's own for a placeholder."""
        noun = self.noun
        if what in ('NAME', 'FILTER') and noun and self.act == 'add':
            return ['own_new' if noun in ('datapoint', 'field') else 'own-new'] + NEEDS.get(noun, [])
        plain = {
            'DEVICE': 'own-dev', 'DATAPOINT': 'own_v', 'DATAPOINT[,...]': 'own_v', 'group:GROUP': 'group:own-select', 'NEW': 'own-new', 'WORD': 'own',
            'ID': self.world.ids(self.numbered(), OWN), 'DATAPOINT=VALUE': 'own_v=1', 'SITE': 'own-site', 'RIGHT,': 'manage',
            'USER': 'own-user', 'PROGRAM': 'sit-device', 'VERB': 'set', 'TEXT': 'hello', 'SERIES': 'own-dev:own_v',
            'WHOSE': 'device:own-dev', 'LIMIT': '100:1s', 'over=delay': 'over=delay', 'WHAT=NUMBER': 'devices=500',
        }
        if what in ('KEY', 'LOGIN'):
            return [self.key(what, OWN)]
        if what == 'NAME':
            return [name_of(noun, OWN)]
        if what == 'FILTER':
            return ['name=own*']
        if what == 'FIELD=VALUE':
            if self.prog == 'sit-audit':
                return ['name=own*']
            if self.prog == 'sit-event':
                return ['message=own']
            return ['device=own-*'] if not noun else [PLAIN.get(noun, 'title=x')]
        if what == 'FILE':
            return [self.file(OWN)]
        if what not in plain:
            raise Unknown('no %s of the caller: teach it in tests/scope/calls.py' % what)
        return [str(plain[what])]

    def foreign(self, what):
        """Lists of operands that name what is foreign, for a placeholder."""
        w, noun = self.world, self.noun
        if what == 'NAME':
            names = [[f] + (NEEDS.get(noun, []) if self.act == 'add' else []) for f in w.forms(noun)]
            more = [['@' + w.put('names-' + noun, '\n'.join(w.forms(noun)) + '\n')]] if self.option('null') else []
            return self.some(names + more, 2 if self.act in ('show', 'rm') else 1)
        if what == 'TEXT':
            return []
        if what == 'PATTERN':
            return [[FOREIGN + '*'], ['*'], ['%s/*' % FOREIGN]]
        if what == 'NEW':
            return [[name_of(noun, FOREIGN)]]
        if what == 'DEVICE':
            return self.some([[f] for f in w.forms('device')] + [['@' + w.put('names-device', '\n'.join(w.forms('device')) + '\n')]])
        if what == 'FILTER':
            return [[f] for f in self.filters()]
        if what == 'FIELD=VALUE' and noun:
            if self.act in ('add', 'set'):
                return [['name=' + name_of(noun, FOREIGN).split(':')[-1]]] * (self.act == 'set') + \
                    [['%s=%s' % (f['name'], v)] for f in self.refs() for v in self.some(w.forms(f['ref']))] + \
                    ([['field.%s_f=x' % FOREIGN]] if noun == 'site' else [])
            return [[f] for f in self.filters()]
        if what == 'FIELD=VALUE' and self.prog == 'sit-event':
            return [['message=x', 'device=' + f] for f in w.forms('device')]
        if what == 'FIELD=VALUE' and self.prog == 'sit-audit':
            return [[f % FOREIGN] for f in ('name=%s-dev', 'name:re=%s', 'message=%s*', 'actor:not=%s')]
        if what == 'FIELD=VALUE':
            return [[f % FOREIGN] for f in ('device=%s-dev', 'device=%s*', 'datapoint=%s_x')]
        if what == 'SERIES':
            return [[f + ':' + d] for f in self.some(w.forms('device'), 2) for d in (FOREIGN + '_v', FOREIGN + '_later')] + [['own-dev:' + FOREIGN + '_v']]
        if what == 'DATAPOINT[,...]':
            return [['*'], [FOREIGN + '_v'], ['id:%s' % w.ids('datapoint', FOREIGN + '_v')]]
        if what == 'group:GROUP':
            return self.some([['group:' + f] for f in w.forms('group')])
        if what == 'ID':
            return [[str(w.ids(self.numbered(), FOREIGN))]]
        if what in ('SITE', 'USER'):
            return self.some([[f] for f in w.forms(what.lower())])
        if what in ('KEY', 'LOGIN'):
            return [[self.key(what, FOREIGN)]]
        if what == 'WHOSE':
            return [['device:' + f] for f in w.forms('device')] + self.some([['user:' + f] for f in w.forms('user')]) + \
                [['key:' + w.ids('api_key', FOREIGN)], [name_of('device', FOREIGN)], [name_of('user', FOREIGN)]]
        if what in ('RIGHT,', 'PROGRAM', 'VERB', 'LIMIT', 'over=delay', 'quarantine', 'WHAT=NUMBER', 'URL'):
            return [] # words that name nothing that is kept
        if what == 'WORD':
            return [[FOREIGN], ['556']]
        if what == 'FILE':
            return [[self.file(FOREIGN)]]
        if what == 'DATAPOINT=VALUE':
            return [['--as', f, FOREIGN + '_v=9'] for f in w.forms('device')]
        raise Unknown('no foreign %s: teach it in tests/scope/calls.py' % what)

    def device_like(self):
        return self.noun in ('device', 'gateway') or any(o['arg'] == 'GROUP' for o in self.options)

    def filters(self):
        """Terms that ask for what is foreign (of devices, where a program reads those)."""
        w, noun = self.world, self.noun or 'device'
        refs = self.refs() if self.noun else [{'name': n, 'ref': n} for n in ('site', 'gateway', 'model', 'product', 'policy', 'asset')]
        name = name_of(noun, FOREIGN).split(':')[-1]
        out = ['name=' + name, 'name=%s*' % FOREIGN, 'name:re=' + FOREIGN, 'id=%s' % w.ids(TABLES.get(noun, noun), name)]
        out = self.some(out, 1) + ['%s=%s' % (f['name'], v) for f in self.some(refs, 1) for v in self.some(w.forms(f['ref'])[::2])]
        if noun == 'site':
            out += ['field.%s_f=*' % FOREIGN, 'field.own_f=%s*' % FOREIGN]
        if self.device_like():
            out += ['group:' + f for f in self.some(w.forms('group'))] + ['site.title=%s*' % FOREIGN]
        return out

    def expressions(self):
        w, noun = self.world, self.noun or 'device'
        name = name_of(noun, FOREIGN).split(':')[-1]
        out = ["name = '%s'" % name, "name ~ '%s'" % FOREIGN, 'id = %s' % w.ids(TABLES.get(noun, noun), name), "name != 'x'"]
        out += ["%s ~ '%s'" % (f['name'], FOREIGN) for f in self.some(self.refs(), 2)]
        if self.device_like():
            out += ['group:' + name_of('group', FOREIGN), "site.title ~ '%s'" % FOREIGN]
        return out

    # ---- files ----

    def file(self, word):
        """Text that names everything foreign, as the verb reads it; or the caller's own."""
        w, org = self.world, {OWN: 'a', FOREIGN: FOREIGN}[word]
        if self.prog == 'sit-ingest' or self.title == 'sit-rule eval':
            return w.put('points-' + word, points(word))
        if self.prog == 'sit-audit':
            return w.put('trail-' + word, '{"seq":1,"org":"%s"}\n' % org)
        if self.prog == 'sit-event':
            return w.put('events-' + word, ''.join('{"device":"%s","message":"x"}\n' % f for f in w.forms('device')) if word == FOREIGN else '')
        if self.verb in ('diff', 'apply'):
            argv = [self.prog, 'export'] + (['--select', "name ~ '%s'" % word] if self.noun else [])
            return w.put('%s-%s.json' % (self.prog, word), w.text(argv, org))
        if self.act == 'add':
            columns = ','.join(f['name'] for f in self.fields if 'readonly' not in f['flags'])
            return w.put('%s-%s.jsonl' % (self.prog, word), w.text([{'sit-onboard': 'sit-device'}.get(self.prog, self.prog)] + self.verb.split()[:-1] + ['list', '-f', 'jsonl', '--columns', columns], org))
        raise Unknown('no file for it: teach Verb.file() in tests/scope/calls.py')

    def tried(self, option):
        """What a file of a rule's trial holds: everything foreign."""
        w = self.world
        if option == 'rules':
            return w.put('tried-rules.json', w.text(['sit-rule', 'export', '--select', "name ~ '%s'" % FOREIGN], FOREIGN))
        if option == 'points':
            return w.put('tried-points', points(FOREIGN))
        return w.put('tried-labels.csv', 'device,from,to\n%s-dev,2026-01-01,2026-03-01\n' % FOREIGN)

    # ---- calls ----

    def call(self, operands, *options):
        yes = ['--yes'] if self.option('yes') else []
        return [self.prog] + self.verb.split() + list(operands) + list(options) + ALWAYS.get(self.prog, []) + (ALWAYS.get(self.title, []) if self.verb else []) + yes

    def base(self):
        """With operands of the caller's own: this one must be possible."""
        return [self.own(s[0]) for s in self.slots]

    def plain(self):
        """The call with the caller's own operands, and the one about all that can be seen."""
        base = self.base()
        wide = [['*'] if s[0] in ('DEVICE', 'DATAPOINT[,...]') else [] if s[0] in ('NAME', 'FILTER') else b for s, b in zip(self.slots, base)]
        return list(itertools.chain(*base)), list(itertools.chain(*wide))

    def below(self):
        return [self.call(o) for o in self.some(list(self.plain()))]

    def calls(self):
        base = self.base()
        flat, everything = self.plain()
        yield self.call(flat)
        for i, slot in enumerate(self.slots):
            for what in slot:
                for operands in self.foreign(what):
                    yield self.call(itertools.chain(*base[:i], operands, *base[i + 1:]))
        if everything != flat:
            yield self.call(everything)
        light = [o for o in self.options if o['long'] in LIGHT]
        for o in [o for o in self.options if o not in light] + self.some(light):
            yield from self.with_option(o, flat, everything)
        if self.prog == 'sit-ingest':
            for f in (sheet_long, sheet_wide):
                yield self.call([self.world.put(f.__name__ + '.csv', f(FOREIGN))], '--as', 'own-dev')

    def with_option(self, o, flat, everything):
        w, name = self.world, '--' + o['long']
        nouns = {'DEVICE': 'device', 'SITE': 'site', 'GROUP': 'group', 'GATEWAY': 'gateway', 'CHANNEL': 'channel'}
        if not o['arg']:
            if name not in ('--yes', '--null', '--follow'):
                if everything == flat:
                    yield self.call(flat, name)
                for slot in self.slots[:1]:
                    for operands in self.foreign(slot[0])[:1]:
                        rest = itertools.chain(*[self.own(s[0]) for s in self.slots[1:]])
                        yield self.call(itertools.chain(operands, rest), name)
                if everything != flat and o['long'] not in LIGHT:
                    yield self.call(everything, name)
        elif o['words']:
            if name not in ('--input',):
                for word in o['words']:
                    yield self.call(everything, name, word)
        elif o['arg'] in nouns:
            for form in self.some(w.forms(nouns[o['arg']])):
                yield self.call(everything if o['long'] != 'auto-create' else [self.file(FOREIGN)], name, form)
        elif o['arg'] == 'EXPRESSION':
            rest = list(itertools.chain(*[self.own(s[0]) for s in self.slots if s[0] not in ('NAME', 'FILTER', 'DEVICE')]))
            if self.verb.startswith('member'):
                rest = ['own-group']
            for text in self.some(self.expressions(), 2):
                yield self.call(rest, name, text)
        elif o['arg'] == 'DATAPOINT,...':
            for d in ('*', FOREIGN + '_v', 'online'):
                yield self.call(everything, name, d)
        elif o['arg'] == 'NOUN[/NAME]':
            for what in ('device', 'device/%s-dev' % FOREIGN):
                yield self.call(everything, name, what)
        elif o['arg'] == 'CURSOR':
            yield self.call(everything, name, '%s-dev:%s_v@2026-02-01T10:01:00Z' % (FOREIGN, FOREIGN))
        elif o['arg'] == 'FILE':
            if o['long'] == 'file':
                for more in ([], ['--upsert']):
                    yield self.call([], name, self.file(FOREIGN), *more)
            elif o['long'] == 'attach':
                pass  # a file of the caller's, not of the store
            elif self.title == 'sit-rule test':
                yield self.call(flat, name, self.tried(o['long']))
            else:
                yield self.call([self.file(FOREIGN)], name, 'OUT')
        elif o['arg'] == 'KEY':
            yield self.call(everything, name, self.key('KEY', FOREIGN))
        elif o['arg'] not in INERT:
            raise Unknown('no value for %s %s: teach it in tests/scope/calls.py' % (name, o['arg']))


def points(w):
    lines = ['{"device":"%s","datapoint":"%s_v","value":9}' % (d, w) for d in ('%s-dev' % w, '%s/%s-dev' % (w, w))]
    lines += ['{"device":"own-dev","datapoint":"%s_v","value":9}' % w, '{"device":"%s-dev","values":{"%s_v":9,"%s_m":9}}' % (w, w, w)]
    lines += ['{"org":"%s","device":"%s-dev","datapoint":"%s_v","value":9}' % (w, w, w)]
    lines += ['{"gateway":"%s-gw","edge_key":"%s-1","values":{"%s_v":9}}' % (w, w, w)]
    return '\n'.join(lines) + '\n'


def sheet_long(w):
    return 'ts,device,datapoint,value\n2026-02-01T09:00:00Z,%s-dev,%s_v,9\n2026-02-01T09:00:00Z,%s/%s-dev,%s_v,9\n' % (w, w, w, w, w)


def sheet_wide(w):
    return 'ts,%s_v,own_v\n2026-02-01T09:00:00Z,9,9\n' % w
