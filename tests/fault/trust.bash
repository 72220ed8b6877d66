# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
# Who did it, and who tries to get in: changes killed halfway, guesses without end, and what an answer's time tells. Sourced beside fault.bash.

# change_things NUMBER: one program that changes many things; which one goes round.
change_things() {
	case $(($1 % 4)) in
	0) exec sit-device set --select 'name=d-*' "note=round $1" --max-targets 10000 --db "$db" >/dev/null ;;
	3) exec sit-device rm --select "name=d-$(($1 - 2))-*" --max-targets 1000 --yes --db "$db" >/dev/null ;;
	*) exec sit-device add --file "$work/things.$1" --chunk 7 --db "$db" ;;
	esac
}

# as_the_trail_says: every device is as the last row about it says, every row's device is there unless the last says otherwise; the chain is whole.
as_the_trail_says() {
	local wrong
	wrong=$(sqlite3 "$db" "WITH said AS (SELECT name, verb, json_extract(new, '\$.note') AS note FROM audit a WHERE noun = 'device'
			AND seq = (SELECT max(seq) FROM audit b WHERE b.noun = 'device' AND b.name = a.name))
		SELECT (SELECT count(*) FROM device d WHERE d.retired IS NULL AND NOT EXISTS (SELECT 1 FROM said s WHERE s.name = d.name AND s.verb IN ('add', 'set')))
			+ (SELECT count(*) FROM said s LEFT JOIN device d ON d.name = s.name AND d.retired IS NULL
				WHERE (d.id IS NULL) <> (s.verb IN ('delete', 'retire')) OR (s.verb = 'set' AND d.note IS NOT s.note))")
	[[ $wrong == 0 ]] || { fail "$wrong devices are not as the trail says"; return; }
	sit-audit verify --db "$db" >"$work/verify" 2>&1 || fail "sit-audit verify: $(head -n 1 "$work/verify")"
}

# audited ROUNDS: what changes things is killed at a random moment, again and again: no change without its row, no row without its change (F69).
audited() {
	local rounds=$1 db=$work/audited.db i us from took pid rc killed=0
	rm -f "$db"*
	sit-db init --db "$db" >/dev/null
	seq -f '{"name":"d-0-%g"}' 150 >"$work/things.0"
	from=${EPOCHREALTIME/./}
	sit-device add --file "$work/things.0" --chunk 7 --db "$db"
	took=$((${EPOCHREALTIME/./} - from))
	for ((i = 1; i <= rounds || (i <= rounds * 5 && killed * 2 < rounds); i++)); do
		seq -f "{\"name\":\"d-$i-%g\"}" 150 >"$work/things.$i"
		(change_things "$i") 2>"$work/audited.err" &
		pid=$!
		us=$((RANDOM * took / 32768))
		sleep "$(printf '%d.%06d' $((us / 1000000)) $((us % 1000000)))"
		kill -KILL "$pid" 2>/dev/null || true
		rc=0
		wait "$pid" 2>/dev/null || rc=$?
		# (3: what it would remove was never added.)
		[[ $rc == 0 || $rc == 137 || $rc == 3 ]] || { fail "exit $rc: $(head -n 1 "$work/audited.err")"; return; }
		killed=$((killed + (rc == 137)))
		((rc == 137)) || took=$((took * 3 / 4 + 1))
		as_the_trail_says || return
	done
	((killed * 2 >= rounds)) || fail "only $killed of $rounds were killed while they ran"
}

# guesses TRIES (more than 40): of the key of a user, of keys that nobody has, of a password; the lock is exact, and what the store and the programs need does not grow (F67).
guesses() {
	local tries=$1 db=$work/guesses.db i prefix secret got before after
	rm -f "$db"* "$work/anna.key"
	SIT_DB=$db SIT_NOW=2026-02-01T12:00:00Z
	export SIT_DB SIT_NOW
	sit-db init --test >/dev/null
	sit-user add anna role=viewer
	PW='correct horse battery' sit-user passwd anna --password @env:PW
	sit-user key add anna -q -o "$work/anna.key"
	prefix=$(cut -c1-12 "$work/anna.key")
	try_key() { # KEY: taken?
		KEY=$1 SIT_KEY=@env:KEY sit-site list >"$work/guess.out" 2>&1
	}
	for ((i = 1; i <= tries; i += 2)); do
		printf -v secret '%052d' "$i"
		secret=${secret//0/a} secret=${secret//1/b} secret=${secret//8/c} secret=${secret//9/d}
		try_key "${prefix}_$secret" && { fail "guess $i was taken"; return; }
		try_key "sit_${secret: -8}_$secret" && { fail "a key that nobody has was taken"; return; }
		((i != 39)) || before=$(stat -c %s "$db")
	done
	after=$(stat -c %s "$db")
	((after - before <= 65536)) || { fail "the store grew from $before to $after bytes"; return; }
	got=$(sqlite3 "$db" "SELECT count(*), sum(wrong), (SELECT count(*) FROM audit WHERE verb = 'denied') <= 20, (SELECT count(*) FROM audit WHERE verb = 'lock') FROM login_try")
	[[ $got == '2|20|1|2' ]] || { fail "rows, wrong ones, denied rows, locks: $got"; return; }
	# The right one is not taken while it is locked, and is afterwards.
	try_key "$(cat "$work/anna.key")" && { fail 'taken while locked'; return; }
	SIT_NOW=2026-02-01T12:01:01Z try_key "$(cat "$work/anna.key")" || { fail "not taken after the lock: $(head -n 1 "$work/guess.out")"; return; }
	for ((i = 0; i < 8; i++)); do PW="wrong $i" sit-user check anna --password @env:PW 2>/dev/null && { fail 'a wrong password was taken'; return; }; done
	[[ $(sqlite3 "$db" "SELECT wrong FROM login_try WHERE what LIKE 'password:%'") == 5 ]] || { fail 'more than five passwords were looked at'; return; }
	sit-audit verify || fail 'the trail is not whole'
}

# spent COMMAND...: processor time of it in microseconds.
spent() {
	{ TIMEFORMAT='%3U %3S' && time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ printf "%d\n", ($1 + $2) * 1e6 }'
}

# answer_times RUNS: a wrong password and a user that is not there take the same processor time, within a tenth: the medians of RUNS turns each (F67).
answer_times() {
	local runs=$1 db=$work/times.db i known unknown
	rm -f "$db"*
	SIT_DB=$db SIT_NOW=2026-02-01T12:00:00Z
	export SIT_DB SIT_NOW
	sit-db init --test >/dev/null
	sit-user add anna role=viewer
	PW='correct horse battery' sit-user passwd anna --password @env:PW
	for ((i = 0; i < runs; i++)); do
		PW=wrong-wrong-wrong spent sit-user check anna --password @env:PW >>"$work/known"
		PW=wrong-wrong-wrong spent sit-user check "nobody-$i" --password @env:PW >>"$work/unknown"
	done
	known=$(sort -n "$work/known" | sed -n "$((runs / 2 + 1))p")
	unknown=$(sort -n "$work/unknown" | sed -n "$((runs / 2 + 1))p")
	echo "a wrong password $known us, no such user $unknown us of processor time (medians of $runs)"
	((unknown * 10 >= known * 9 && unknown * 10 <= known * 11)) || fail 'they differ by more than a tenth'
}
