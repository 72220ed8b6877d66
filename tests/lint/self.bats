#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The lints see what they are for: each test plants a fault in a small tree of its own.
bats_require_minimum_version 1.5.0

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	lint=$BATS_TEST_DIRNAME
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir -p lib/base lib/model lib/db lib/store lib/cli lib/rec cmd man completions tests
	printf '%s\n' '# rooms' base 'model base' 'rec base' 'db base' 'store base db model' 'cli base model' 'cmd base model cli' >lib/LAYERS
	header lib/model/thing.h '/* What it is. */' 'int thing(int a);'
	printf '#include "model/thing.h"\n\nint thing(int a)\n{\n\treturn a;\n}\n' >lib/model/thing.c
}

# header PATH LINE...: a header with the right guard.
header() {
	local path=$1 guard
	shift
	guard=SIT_$(tr 'a-z/.' 'A-Z__' <<<"${path#lib/}")
	printf '%s\n' "#ifndef $guard" "#define $guard" '' "$@" '' '#endif' >"$path"
}

# finds WORD...: the last run failed and a line of it has all the words.
finds() {
	[ "$status" -ne 0 ] || { echo "nothing found: $output"; return 1; }
	local got=$output w
	for w; do
		got=$(grep -F -e "$w" <<<"$got") || { echo "no line says $w in: $output"; return 1; }
	done
}

clean() {
	[ "$status" -eq 0 ] && [ -z "$output" ] || { echo "$output"; return 1; }
}

layers() { awk -f "$lint/layers.awk" lib/LAYERS lib/*/*.[ch]; }
sizes() { find lib cmd -name '*.[ch]' -print0 | sort -z | xargs -0 awk -f "$lint/c.awk" | awk -f "$lint/sizes.awk"; }
docs() { awk -f "$lint/docs.awk" lib/*/*.h; }

@test "a tree without faults is passed by all" {
	for check in layers sizes docs "$lint/sql.sh" "$lint/silence.sh" "$lint/headers.sh"; do
		run "$check"
		clean
	done
}

@test "layers: a room includes one that it may not know" {
	echo '#include "db/db.h"' >>lib/model/thing.c
	run layers
	finds lib/model/thing.c:7: 'model may not include db'
}

@test "layers: a room nobody knows, a header without a room" {
	mkdir lib/util
	echo '#include "thing.h"' >lib/util/a.c
	run layers
	finds lib/util/a.c:1: 'no room called util'
	finds lib/util/a.c:1: 'ROOM/NAME.h'
}

@test "sql: a statement outside store, also in pieces over lines" {
	printf 'const char *q =\n\t"SELECT a"\n\t" FROM " TABLE;\n' >lib/model/q.c
	printf 'const char *q = "INSERT INTO t VALUES (1)";\n' >cmd/sit-q.c
	run "$lint/sql.sh"
	finds lib/model/q.c:2: 'SQL outside'
	finds cmd/sit-q.c:1: 'SQL outside'
}

@test "sql: words of people, comments and examples are no SQL" {
	cat >lib/model/q.c <<-'END'
	/* SELECT a FROM b */
	const char *a = "select some from the list", *b = "delete from FILE what is listed", *c = "sit-db sql 'SELECT a FROM b'";
	END
	run "$lint/sql.sh"
	clean
}

@test "sql: store may, but reads unqualified" {
	echo 'const char *a = "SELECT a FROM b", *w = "DELETE FROM main.b", *r = "SELECT a FROM c JOIN main.b";' >lib/store/q.c
	echo 'const char *r = "SELECT a FROM main.b";' >lib/db/q.c
	run "$lint/sql.sh"
	finds lib/store/q.c:1: 'reads main.TABLE'
	[ "${#lines[@]}" -eq 1 ]
}

@test "sql: a CTE called like a tenant's table hides the scope" {
	printf 'static const struct tenant tenants[] = {\n\t{ "device", NULL, NULL },\n\t{ NULL, NULL, NULL },\n};\n' >lib/store/schema.c
	echo 'const char *a = "WITH x AS (SELECT 1), device (a) AS (SELECT 2 FROM x) SELECT a FROM device";' >lib/store/q.c
	run "$lint/sql.sh"
	finds lib/store/q.c:1: 'CTE' device
	sed -i 's/device/gadget/' lib/store/schema.c
	run "$lint/sql.sh"
	clean
}

@test "silence: the library prints, exits, aborts" {
	cat >lib/model/loud.c <<-'END'
	void f(void)
	{
		printf("x");
		fwrite("", 1, 1, stdout);
		snprintf(b, 1, "printf()"); /* puts("") */
		exit(1);
	}
	END
	echo 'void g(void) { printf("x"); abort(); }' >lib/cli/g.c
	run "$lint/silence.sh"
	finds lib/model/loud.c:3: 'does not print'
	finds lib/model/loud.c:4: fwrite
	finds lib/model/loud.c:4: stdout
	finds lib/model/loud.c:6: 'does not exit'
	finds lib/cli/g.c:1: abort
	[ "${#lines[@]}" -eq 5 ]
}

@test "silence: a child that failed to exec may leave" {
	printf 'void f(void)\n{\n\t(void)execl("a", "a", (char *)NULL);\n\t_exit(127);\n}\n' >lib/model/child.c
	run "$lint/silence.sh"
	clean
}

# statements N: so many lines of code.
statements() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf '\ta();\n'
	done
}

@test "sizes: a function of 101 lines, with the line where it begins" {
	{ printf 'int ok(void)\n{\n'; statements 97; printf '}\n\nstatic int *\nlong_one(int a,\n\tint b)\n{\n'; statements 98; printf '}\n'; } >lib/model/long.c
	run sizes
	finds lib/model/long.c:103: 'long_one() has' 'limit is 100'
	[ "${#lines[@]}" -eq 1 ]
}

@test "sizes: run() of a program, files, headers" {
	{ printf 'static int run(void)\n{\n'; statements 60; printf '}\n'; } >cmd/sit-a.c
	for i in 1 2 3; do printf '\nint f%s(void)\n{\n' $i; statements 60; printf '}\n'; done >cmd/sit-b.c
	header lib/model/big.h '/*' "$(printf 'line\n%.0s' {1..260})" '*/'
	printf '%801s' '' | tr ' ' '\n' >lib/model/big.c
	run sizes
	finds cmd/sit-a.c:1: 'run() has 63 lines, the limit is 60'
	[[ $output != *sit-b.c* ]]
	finds lib/model/big.h: 'limit is 250'
	finds lib/model/big.c: 'limit is 800'
}

@test "sizes: seven parameters, over lines and with functions among them" {
	printf 'int f(int a, int b, int (*c)(int, int),\n      int d, int e, int f)\n{\n}\n\nint g(int a, int b, int (*c)(int, int),\n      int d, int e, int f, int g)\n{\n}\n' >lib/model/many.c
	run sizes
	finds lib/model/many.c:6: 'g() has 7 parameters'
	[ "${#lines[@]}" -eq 1 ]
}

@test "docs: a prototype without a comment; one comment covers its paragraph" {
	header lib/model/d.h '/* Both. */' 'int a(void);' 'int b(void);' '' 'int c(void);' 'int d(void); /* said here */' \
		'struct s {' '	int x; /* not this */' '};' 'const char *e(struct s *s,' '	int y);'
	run docs
	finds lib/model/d.h:8: 'c() has no comment'
	finds lib/model/d.h:13: 'e() has no comment'
	[ "${#lines[@]}" -eq 2 ]
}

@test "headers: a guard of another path, a header that needs its includer" {
	header lib/model/a.h 'size_t a(void);'
	header lib/model/b.h 'int b(void);'
	mv lib/model/b.h lib/model/c.h
	run "$lint/headers.sh"
	finds lib/model/a.h:1: 'does not compile alone'
	finds lib/model/c.h:1: SIT_MODEL_C_H
}

@test "globals: an exported variable; const tables are fine" {
	mkdir -p build/lib/model build/lib/base
	printf 'int counter;\nconst char *const words[] = { "a" };\nextern const char *const words2[];\nconst char *const words2[] = { "b" };\nstatic int mine; int *f(void);\nint *f(void) { return &mine; }\n' >lib/model/thing.c
	printf 'static int kept;\nint *f(void);\nint *f(void) { return &kept; }\n' >lib/base/b.c
	cc -fPIC -c -o build/lib/model/thing.o lib/model/thing.c
	cc -fPIC -c -o build/lib/base/b.o lib/base/b.c
	run "$lint/globals.sh" build
	finds lib/model/thing.c:1: 'exports the variable counter'
	finds lib/base/b.c:1: 'keeps the variable kept'
	[ "${#lines[@]}" -eq 2 ]
}

# A program that describes itself, and its page.
program() {
	export SIT_BIN=$BATS_TEST_TMPDIR/bin
	mkdir -p bin
	cat >bin/sit-x <<-'END'
	#!/bin/sh
	cat <<'JSON'
	{"name":"sit-x","verbs":[{"name":"add"},{"name":"key add"}],"options":[
	 {"long":"dry-run","short":"n","common":false},{"long":"format","short":"f","common":true}]}
	JSON
	END
	chmod +x bin/sit-x
	cat >man/sit.1 <<-'END'
	.Dd November 23, 2026
	.Dt SIT 1
	.Os
	.Sh NAME
	.Nm sit
	.Nd programs
	.Sh DESCRIPTION
	.Bl -tag -width Ds
	.It Fl f , Fl -format Ar FORMAT
	How to print.
	.El
	END
	cat >man/sit-x.1 <<-'END'
	.Dd November 23, 2026
	.Dt SIT-X 1
	.Os
	.Sh NAME
	.Nm sit-x
	.Nd does x
	.Sh DESCRIPTION
	.Bl -tag -width Ds
	.It Cm add Ar NAME
	Adds.
	.It Cm key add Ar NAME
	Adds a key.
	.It Fl n , Fl -dry-run
	Changes nothing; see
	.Fl -other
	of another program.
	.El
	END
}

@test "man: a page that says all is passed" {
	program
	run "$lint/man.sh" sit-x
	clean
}

@test "man: an option or verb that the page does not say" {
	program
	sed -i 's/^\.It Fl n , Fl -dry-run/.It Fl n/; s/^\.It Cm key add/.It Cm key rm/' man/sit-x.1
	run "$lint/man.sh" sit-x
	finds man/sit-x.1:1: 'option --dry-run'
	finds man/sit-x.1:1: 'verb key_add'
	[ "${#lines[@]}" -eq 2 ]
}

@test "man: an option that the program has not; a common one missing from sit(1)" {
	program
	sed -i 's/^\.It Fl n , Fl -dry-run/& , Fl -gone/' man/sit-x.1
	sed -i 's/, Fl -format/, Fl -formats/' man/sit.1
	run "$lint/man.sh" sit-x
	finds man/sit-x.1:13: 'no option --gone'
	finds man/sit.1:1: 'option --format'
}

@test "man: wrong mdoc, and no page at all" {
	program
	sed -i '/^\.El/d' man/sit-x.1
	run "$lint/man.sh" sit-x
	finds man/sit-x.1: 'Bl'
	rm man/sit-x.1
	run "$lint/man.sh" sit-x
	finds man/sit-x.1:1: 'no manual'
}

@test "pages: a reference to a page that is not there" {
	mkdir -p share/new
	program
	cp "$top/share/new/program.1" share/new/
	printf '.Sh SEE ALSO\n.Xr sit-gone 1\n' >>man/sit-x.1
	run "$lint/pages.sh"
	finds man/sit-x.1:19: 'no sit-gone(1)'
}

@test "generated: a completion that was not made anew" {
	printf 'generate:\n\tmkdir -p $(OUT)/completions $(OUT)/man; echo a >$(OUT)/completions/sit.bash; echo b >$(OUT)/man/sit-records.5\n' >Makefile
	echo a >completions/sit.bash
	echo b >man/sit-records.5
	run "$lint/generated.sh"
	[ "$status" -eq 0 ]
	echo old >man/sit-records.5
	run "$lint/generated.sh"
	finds man/sit-records.5:1: 'make generate'
	echo b >man/sit-records.5
	echo c >completions/sit.gone
	run "$lint/generated.sh"
	finds completions/sit.gone:1: 'does not write it'
}

@test "words: places of a machine, promises" {
	printf 'a %s b\n' '/wo''rk/x' 'TO''DO: later' 'sha''red/a' 'file.XXXXXX' 'a share/x' 'TO''DOS' >lib/notes
	run "$lint/words.sh"
	finds lib/notes:1: work
	finds lib/notes:2: later
	finds lib/notes:3:
	[[ $output != *notes:4* && $output != *notes:5* && $output != *notes:6* ]]
}

@test "shell: a script that shellcheck does not like" {
	mkdir -p share examples .ci
	printf '#!/bin/sh\nif [ $1 == a ]; then cd /; fi\n' >share/bad.sh
	touch completions/sit.bash tests/x.bash
	printf '#!/usr/bin/env bats\n@test "a" {\n\ttrue\n}\n' >tests/x.bats
	run "$lint/shell.sh"
	finds share/bad.sh:2:
}

@test "shell: a completion that its shell cannot read" {
	mkdir -p share examples .ci
	touch completions/sit.bash tests/x.bash
	printf '#!/usr/bin/env bats\n@test "a" {\n\ttrue\n}\n' >tests/x.bats
	printf '#compdef x\nif [[ 1 == 1 ]] then\n' >completions/_x
	printf 'if true\n' >completions/x.fish
	run "$lint/shell.sh"
	finds completions/_x:1: 'parse error'
	finds completions/x.fish:1: 'Missing end'
}

@test "make new writes a program, a manual and a test that the lints pass" {
	mkdir -p tree/share tree/lib
	cp -R "$top/share/new" tree/share/
	cp "$top/Makefile" tree/
	cd tree
	run make -s new CMD=sit-probe
	[ "$status" -eq 0 ]
	cc -std=c11 -D_GNU_SOURCE -I"$top/lib" -Wall -Wextra -Werror -fsyntax-only cmd/sit-probe.c
	grep -q 'Dt SIT-PROBE 1' man/sit-probe.1
	grep -q 'try sit-probe' tests/cli/probe.bats
	run make -s new CMD=sit-probe
	finds 'there already'
	run make -s new CMD=probe
	finds usage
}
