#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# mutants.sh [sqlite|pg|cli|sample]...: take away one scope at a time, and see that a test finds it. Each mutant is a copy of one source file changed by sed,
# compiled and linked in a folder of its own. sqlite and pg: unit tests of every tenant table and of the ways around the scope; cli: programs under
# tests/scope/isolation.py. Prints "caught" or "SURVIVED" for each and fails when one survived, or when an edit changes nothing. sample: every seventh.
# MUTANTS_JOBS of the unit tests' at a time (as many as there are processors); MUTANTS_ONLY: those whose names fit this expression.
set -uo pipefail
cd "${BASH_SOURCE[0]%/*}/../.." || exit 1
build=$PWD/${BUILD:-build}
: "${COMPILE:?by make mutants}" "${LINK_UNIT:?}" "${LINK_PLUGIN:?}"
what=" ${*:-sqlite pg cli} "
every=1
[[ $what != *' sample '* ]] || every=7
[[ $what != ' sample ' ]] || what=' sqlite '
dir=$(mktemp -d "$build/mutants.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'wait; exit 130' INT TERM
export SIT_NOW=2026-02-01T12:00:00Z
number=0
jobs=${MUTANTS_JOBS:-$(nproc)}

tell() { # NAME STATUS: the status of the tests
	local word=caught
	(($2)) || word=SURVIVED
	printf '%-8s %s\n' "$word" "$1" | tee -a "$dir/told"
}

# mutate FILE SED NAME FOLDER: its object in FOLDER/m.o; or says why not. It need not be fast, but made fast.
mutate() {
	local at=$4
	mkdir -p "$at"
	sed -E "$2" "$1" >"$at/m.c"
	if cmp -s "$1" "$at/m.c"; then
		tell "$3: the edit changes nothing in $1" 0
		return 1
	fi
	$COMPILE -O0 -g0 -w -o "$at/m.o" "$at/m.c" 2>"$at/why" || {
		tell "$3: does not compile: $(head -n 1 "$at/why")" 0
		return 1
	}
}

turn() { # NAME
	[[ ! ${MUTANTS_ONLY-} || $1 =~ $MUTANTS_ONLY ]] && ((number++ % every == 0))
}

# side FUNCTION NAME FILE SED: beside others, in a folder of its own.
side() {
	turn "$2" || return 0
	while (($(jobs -rp | wc -l) >= jobs)); do
		wait -n
	done
	{
		"$@" "$dir/$number"
		rm -rf "${dir:?}/$number"
	} &
}

# unit NAME FILE SED: on SQLite, under the unit tests; the object goes before the library's.
unit() { side on_sqlite "$@"; }
on_sqlite() {
	local at=$4 bad=0 t
	mutate "$2" "$3" "sqlite $1" "$at" || return 0
	for t in tenants db_scope; do
		$LINK_UNIT -o "$at/$t" "$build/tests/unit/$t.o" "$at/m.o" "$build/libsit.a" $LIBS_UNIT || { tell "sqlite $1: cannot link $t" 0; return; }
		timeout 60 "$at/$t" >/dev/null 2>&1 || { bad=1 && break; }
	done
	tell "sqlite $1" $bad
}

# plugin NAME FILE SED: on Postgres; the library is looked for beside the program.
plugin() { side on_postgres "$@"; }
on_postgres() {
	local at=$4
	mutate "$2" "$3" "pg $1" "$at" || return 0
	local objects=${PLUG_OBJECTS/"$build/${2%.c}.o"/"$at/m.o"} bad=0 t
	[[ $objects == *"$at/m.o"* ]] || objects="$at/m.o $objects"
	$LINK_PLUGIN -o "$at/sit-pg.so" $objects "$build/libsit.a" $LIBS_PLUGIN || { tell "pg $1: cannot link the plug-in" 0; return; }
	for t in tenants db_scope; do
		if [[ $2 == lib/db/pg* ]]; then
			cp "$build/unit/$t" "$at/$t"
		else
			$LINK_UNIT -o "$at/$t" "$build/tests/unit/$t.o" "$at/m.o" "$build/libsit.a" $LIBS_UNIT || { tell "pg $1: cannot link $t" 0; return; }
		fi
		timeout 60 "$at/$t" >/dev/null 2>&1 || { bad=1 && break; }
	done
	tell "pg $1" $bad
}

# program NAME FILE SED PROGRAM...: what the test of the programs finds, over stores that sound programs made.
program() {
	local name=$1 file=$2 edit=$3
	shift 3
	turn "$name" && mutate "$file" "$edit" "programs $name" "$dir/cli" || return 0
	isolated "$name" "$@"
	tell "programs $name" $?
}

# needless: the same of a condition that is not what keeps programs from showing what is foreign: they pass without it.
needless() {
	local name=$1 file=$2 edit=$3
	shift 3
	turn "$name" && mutate "$file" "$edit" "programs $name" "$dir/cli" || return 0
	if isolated "$name" "$@"; then
		tell "programs $name: another scope holds" 1
	else
		tell "programs $name: some program needs it after all, it belongs among the others" 0
	fi
}

# isolated NAME PROGRAM...: the test of the programs passes with the changed object in them.
isolated() {
	local name=$1 p
	shift
	rm -rf "${dir:?}/bin" && mkdir "$dir/bin"
	for p in "$@"; do
		echo "$LINK_UNIT -o $dir/bin/$p $build/cmd/$p.o $dir/cli/m.o $build/libsit.a $LIBS_UNIT"
	done | xargs -P "$jobs" -d '\n' -n 1 sh -c 'exec $0' || { echo "cannot link for $name" >&2; exit 1; }
	SCOPE_FIRST=1 SIT_BIN=$dir/bin tests/scope/isolation.py "$dir/isolation" >/dev/null 2>"$dir/found"
}

for t in tenants db_scope; do
	"$build/unit/$t" >/dev/null 2>&1 || { echo "SURVIVED everything: unit/$t fails without any mutant" && exit 1; }
done
tables=$(sed -n '/^static const struct tenant tenants/,/^};/s/^\t{ "\([a-z_]*\)".*/\1/p' lib/store/schema.c)

if [[ $what == *' sqlite '* ]]; then
	for t in $tables; do
		[[ $t != mirror* && $t != shard_mark ]] || continue # only Postgres has them
		unit "sight of $t without its condition" lib/db/scope.c "s#condition\(q, &sb, t->visible#condition(q, \&sb, strcmp(t->table, \"$t\") == 0 ? \"1\" : t->visible#"
		for g in 'insert 0' 'update 1' 'delete 2'; do
			unit "no guard of ${g% *} on $t" lib/db/scope.c "s|const struct guard \*g = guards \+ i;|& if (i == ${g#* } \&\& strcmp(t->table, \"$t\") == 0) continue;|"
		done
		unit "$t is no tenant's" lib/store/schema.c "/^\t\{ \"$t\",/d"
	done
	unit 'guards look at the new row only' lib/db/scope.c 's|if \(g->old\)|if (0)|'
	unit 'guards look at the old row only' lib/db/scope.c 's|if \(g->new\)|if (0)|'
	unit 'an upsert passes over a foreign row' lib/db/scope.c 's|if \(g->old && g->new\)|if (0)|'
	unit 'guards let unknown pass' lib/db/scope.c 's|IS NOT TRUE|IS FALSE|g'
	unit 'what may be read may be written' lib/db/scope.c 's|\{"\{write\}", write\}|{"{write}", q->read}|'
	unit 'no authorizer' lib/db/scope.c 's|\(void\)sqlite3_set_authorizer\(q->h, authorize, q\);||'
	unit 'authorizer: anything' lib/db/scope.c 's|return ok \? SQLITE_OK : SQLITE_DENY|return SQLITE_OK|'
	unit 'authorizer: any table is read' lib/db/scope.c 's|ok = may_read\(q, a, b, name, within\)|ok = true|'
	unit 'authorizer: any table is written' lib/db/scope.c 's#ok = q->target && a &&.*#ok = true ||#'
	unit 'authorizer: within any view' lib/db/scope.c 's#return strcasecmp\(within, table\) == 0 [|][|]#return true ||#'
	unit 'authorizer: DDL and pragmas' lib/db/scope.c 's|(default:)|\1 ok = true;|'
	unit 'main. may be read' lib/db/scope.c 's|return misuse\("main. where it reads", text, e\);|return 0;|'
	unit 'main. before what is not written' lib/db/scope.c 's|if \(!same\(t, writes\)\)|if (0)|'
	unit 'REPLACE' lib/db/scope.c 's|if \(same\(t, "replace"\) && !str_is\(next, "\("\)\)|if (0)|'
	unit 'guards made in a transaction' lib/db/scope.c 's|if \(sqlite3_get_autocommit\(q->h\) == 0\)|if (0)|'
	unit 'scope without descendants' lib/db/scope.c 's|if \(ids\[i\] != q->db.self\)|if (0)|'
	unit 'scope of everybody' lib/db/scope.c 's#q->read [?] q->read : READ_IDS#"(1, 2, 3, 4)"#'
	unit 'scope with the neighbour' lib/db/scope.c 's|(sb_addf\(&sb, "\()(%" PRId64, q->db.self)|\14, \2|'
	unit 'statements of the owner stay' lib/db/db.c '/none of it survives/,/db_cache_drop/s#db_cache_drop\(db\);##'
	unit 'text of others on a scoped connection' lib/db/write.c '/^int db_foreign/,/^}/s|if \(db->self\)|if (0)|'
fi

if [[ $what == *' pg '* ]]; then
	for t in $tables; do
		for o in SELECT INSERT UPDATE DELETE; do
			plugin "policy of $o on $t lets all through" lib/db/pg_scope.c "s#^\tbool reads = .*#& const struct tenant any = { t->table, \"true\", \"true\" }; if (strcmp(what, \"$o\") == 0 \&\& strcmp(t->table, \"$t\") == 0) t = \&any;#"
		done
	done
	plugin 'policies look at the new row only' lib/db/pg_scope.c 's|add_policy\(q, sb, t, "UPDATE", true, true\)|(void)0; { const struct tenant any = { t->table, "true", "true" }; add_policy(q, sb, \&any, "UPDATE", true, false); }|'
	plugin 'row-level security is not forced' lib/db/pg_scope.c 's|, FORCE ROW LEVEL SECURITY||'
	plugin 'scope of everybody' lib/db/pg_scope.c 's|"\(\(SELECT NULLIF\(pg_catalog.current_setting\(.sit.scope.*|"(ARRAY[1,2,3,4]::bigint[])"|'
	plugin 'scope without descendants' lib/db/pg_scope.c 's|\(void\)sb_addf\(&sb, ",%" PRId64, ids\[i\]\)|(void)0|'
	plugin 'the role is not set' lib/db/pg_scope.c 's|if \(role\)$|if (0)|'
	plugin 'unset lets all through' lib/db/pg_scope.c 's|= ANY " READ_IDS|= ANY (COALESCE(" READ_IDS ", ARRAY[1,2,3,4]))"|'
	plugin 'looking up organisations stays on' lib/db/pg_scope.c 's|!scoped && !q->owner \? "1" : ""|"1"|'
fi

wait
if [[ $what == *' cli '* ]]; then
	all=$(cd cmd && echo sit-*.c | sed 's/\.c//g')
	SIT_BIN=$build/bin tests/scope/isolation.py "$dir/isolation" >/dev/null 2>&1 || { echo 'SURVIVED programs: the test fails without any mutant' && exit 1; }
	# Members of groups and values of fields are read by the number of a group, a thing or a field that was found in the scope, or joined to what is.
	for t in group_member field_value; do
		# shellcheck disable=SC2086
		needless "sight of $t without its condition" lib/db/scope.c "s#condition\(q, &sb, t->visible#condition(q, \&sb, strcmp(t->table, \"$t\") == 0 ? \"1\" : t->visible#" $all
	done
	for t in org site asset policy product model device device_group field datapoint rule series quarantine latest; do
		# shellcheck disable=SC2086
		program "sight of $t without its condition" lib/db/scope.c "s#condition\(q, &sb, t->visible#condition(q, \&sb, strcmp(t->table, \"$t\") == 0 ? \"1\" : t->visible#" $all
	done
	# shellcheck disable=SC2086
	program 'scope of parent and sibling' lib/store/org.c "s|SELECT id FROM below|SELECT id FROM org|" $all
	# shellcheck disable=SC2086
	program 'scope without descendants' lib/store/org.c 's|JOIN below b"|JOIN below b ON 0 AND"|; s|" ON o.parent_id = b.id\)|" o.parent_id = b.id)|' $all
	# shellcheck disable=SC2086
	program 'no scope' lib/access/open.c 's|if \(!how->owner && !all && set_scope|if (0 \&\& set_scope|' $all
fi

survived=$(grep -c ^SURVIVED "$dir/told")
echo "$(wc -l <"$dir/told") mutants, $survived survived"
((survived == 0))
