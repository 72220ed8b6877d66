# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the tests of faults share: an estate, and sweeps over one fault. Loaded behind tests/helpers.bash.
FAULT=${SIT_FAULT:-${SIT_BIN%/bin}/fault}

estate() {
	new_store
	sit-site add plant tz=Europe/Berlin
	sit-model add meter
	sit-datapoint add v model=meter unit=V
	sit-device add meter-1 site=plant model=meter
	for i in $(seq 50); do
		echo "{\"device\":\"meter-1\",\"ts\":$((1767225600 + 60 * i)),\"values\":{\"v\":$i.5}}"
	done | sit-ingest -q
}

# The sanitizers' allocator and ours cannot both stand in for malloc.
needs_preload() {
	! sanitized || skip 'not under a sanitizer'
}

# starved N COMMAND...: the N-th allocation fails. Returns 1 when the command has fewer. $rc, $T/out and $T/err tell the rest.
starved() {
	local n=$1
	shift
	rm -f "$T/hit"
	rc=0
	FAULT_MALLOC=$n FAULT_MALLOC_HIT=$T/hit LD_PRELOAD=$FAULT/failmalloc.so "$@" >"$T/out" 2>"$T/err" || rc=$?
	[[ -e $T/hit ]]
}

# A program that met a failed allocation says so in one line and ends with 5, or did without it and is right.
starved_well() {
	case $rc in
	0) [[ -z ${1-} ]] || cmp -s "$1" "$T/out" || explain "allocation $n failed: exit 0, and another answer" ;;
	5) [[ $(grep -c 'out of memory' "$T/err") == 1 && $(wc -l <"$T/err") == 1 ]] ||
		explain "allocation $n failed: exit 5, said: $(<"$T/err")" ;;
	*) explain "allocation $n failed: exit $rc, said: $(<"$T/err")" ;;
	esac
}

# starve_reader FROM TO STEP COMMAND...
starve_reader() {
	local n from=$1 to=$2 step=$3
	shift 3
	"$@" >"$T/ref"
	for ((n = from; n <= to; n += step)); do
		starved "$n" "$@" || return 0
		starved_well "$T/ref"
	done
}

# starve_writer FROM TO STEP: devices are added; what said it was is there, whole, with its audit row.
starve_writer() {
	local n
	: >"$T/said"
	for ((n = $1; n <= $2; n += $3)); do
		starved "$n" sit-device add "dev-$n" site=plant model=meter || break
		starved_well
		((rc)) || echo "dev-$n" >>"$T/said"
	done
	sit-db check >/dev/null
	sit-device list 'name=dev-*' model=meter site=plant -f csv --columns name --no-header | sort >"$T/there"
	[[ -z $(sort "$T/said" | comm -23 - "$T/there") ]] || explain 'a device said to be added is not there'
	[[ $(sqlite3 "$SIT_DB" "SELECT (SELECT count(*) FROM device WHERE name LIKE 'dev-%') = (SELECT count(*) FROM audit
		WHERE noun = 'device' AND name LIKE 'dev-%')") == 1 ]] || explain 'devices and audit differ'
}

# starve_ingest FROM TO STEP: three points of one time each are stored together or not at all.
starve_ingest() {
	local n
	: >"$T/said"
	for ((n = $1; n <= $2; n += $3)); do
		echo "{\"device\":\"meter-1\",\"ts\":$((1769904000 + n)),\"values\":{\"v\":$n}}
{\"device\":\"meter-1\",\"ts\":$((1769904000 + n)).25,\"values\":{\"v\":$n}}" >"$T/in"
		starved "$n" sit-ingest -q "$T/in" || break
		((rc == 0 || rc == 5)) || explain "allocation $n failed: exit $rc, said: $(<"$T/err")"
		((rc)) || echo "$n" >>"$T/said"
	done
	sit-db check >/dev/null
	while read -r n; do
		[[ $(sit-query meter-1 v --from $((1769904000 + n))s --to $((1769904001 + n))s | wc -l) == 2 ]] ||
			explain "points said to be stored are not there ($n)"
	done < <(sed -n '1~25p' "$T/said")
	sit-query meter-1 v --from 1769904000s --to 2027-01-01 -f csv --columns ts --no-header | sed 's/[.Z].*//' | uniq -c |
		awk '$1 != 2 { bad = 1 } END { exit bad }' || explain 'half of a batch is stored'
}

# disturbed COMMAND...: the same bytes on both outputs, whatever the kernel interrupts or cuts short.
disturbed() {
	local how
	"$@" >"$T/ref" 2>"$T/ref.err"
	for how in FAULT_EINTR=3 FAULT_EINTR=2 FAULT_SHORT=1 'FAULT_SHORT=1 FAULT_EINTR=3' FAULT_ALARM=1000; do
		# shellcheck disable=SC2086 # several settings
		env $how LD_PRELOAD="$FAULT/interrupt.so" "$@" >"$T/out" 2>"$T/err" || explain "$how: $*: exit $?: $(<"$T/err")"
		cmp -s "$T/ref" "$T/out" && cmp -s "$T/ref.err" "$T/err" || explain "$how: $*: another answer: $(<"$T/err")"
	done
}

# outside WHAT: nothing in the trace makes, renames or removes a file that is not the store's own.
outside() {
	local bad
	bad=$(grep -E 'O_CREAT|O_WRONLY|O_RDWR|^[0-9 ]*(rename|link|symlink|unlink|mkdir|truncate|mknod|chmod|chown)' "$T/trace" |
		grep -vF "\"$SIT_DB" | grep -vE '"/dev/(null|tty)"' || true)
	[[ -z $bad ]] || explain "$1: $bad"
}

watched() {
	strace -f -qq -e trace=file -o "$T/trace" "$@" >/dev/null 2>&1 || true
	[[ -s $T/trace ]] || explain 'strace saw nothing'
	outside "$*"
}

# stay_inside PROGRAM NAME...: the names as names of things, on lists that end with NUL, from devices, as zone and organisation.
stay_inside() {
	local program=$1 name
	shift
	cd "$T" || return 1
	for name; do
		watched "$program" add "$name"
		watched "$program" set -0 - title=x < <(printf '%s\0' "$name")
		watched sit-ingest -q --auto-create plant < <(printf '{"device":"%s","ts":1769904000,"values":{"%s":1}}\n' "$name" "$name")
		watched sit-latest --tz "$name" --org "$name"
	done
}

invent_names() { # N
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i += 1000) { printf "{\"device\":\"meter-1\",\"ts\":%d,\"values\":{", 1767225600 + i
		for (k = 0; k < 1000; k++) printf "%s\"n%d\":1", k ? "," : "", i + k; print "}}" } }'
}

invent_devices() { # N
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "{\"device\":\"e%d\",\"ts\":1767225600,\"values\":{\"v\":%d}}\n", i, i }'
}

# peak_kib COMMAND...: the most memory that it had.
peak_kib() {
	python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}
