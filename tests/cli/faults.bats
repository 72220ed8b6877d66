#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A sample of what `make fault` does for long: memory that runs out, calls that are interrupted, names that are paths, callers with odd habits.
load ../helpers
load ../fault/faults

given() {
	T=$BATS_TEST_TMPDIR
	estate
}

@test "the n-th allocation fails: a reader says so and ends with 5, or is right" {
	needs_preload
	starve_reader 1 300 11 sit-latest
	starve_reader 8000 20000 173 sit-latest
}

@test "the n-th allocation fails: a device is added whole or not at all" {
	needs_preload
	starve_writer 1 300 13
	starve_writer 15000 20000 397
}

@test "interrupted and one-byte reads and writes change no byte of the answer" {
	needs_preload
	disturbed sit-device list
	disturbed sit-query meter-1 v --all --every 1h --agg avg
	disturbed sit-ingest -q --dry-run --emit <<<'{"device":"meter-1","ts":1769904000,"values":{"v":1}}'
}

@test "standard files that are closed are not taken for the store" {
	sum=$(sqlite3 "$SIT_DB" 'SELECT count(*) FROM device')
	try bash -c 'sit-device list >&-'
	want 5
	try bash -c 'sit-device add b1 site=plant >&- 2>&- <&-'
	want 0
	try bash -c 'sit-ingest --as meter-1 v=1 >&-'
	want 0
	try bash -c 'sit-ingest <&-'
	want 5
	[[ $(sqlite3 "$SIT_DB" 'SELECT count(*) FROM device') == $((sum + 1)) ]]
	try sit-db check
	want 0
	[[ ! -s $SIT_DB.lock ]] || explain 'something was printed into the lock file'
}

@test "a program that is called without a name, with 5 MiB of environment (the kernel takes 6), in a folder that is gone" {
	sit-latest >"$T/out"
	python3 -c 'import ctypes, sys; ctypes.CDLL(None).execv(sys.argv[1].encode(), (ctypes.c_char_p * 1)())' "$SIT_BIN/sit-latest" |
		cmp - "$T/out"
	(
		ulimit -Ss unlimited
		for i in $(seq 50); do
			printf -v "BIG_$i" '%0100000d' "$i"
			export "BIG_$i"
		done
		sit-latest >"$T/again"
	)
	cmp "$T/again" "$T/out"
	(
		mkdir "$T/gone" && cd "$T/gone" && rmdir "$T/gone"
		sit-latest | cmp - "$T/out"
		! SIT_DB=here.db sit-latest 2>"$T/err" && [[ $(<"$T/err") == *'here.db: no store there'* ]]
	)
	for v in LC_ALL=xx_YY LC_ALL=de_DE.UTF-8 LANG=C TZ=:/etc/passwd TZ=XYZ99 IFS=-/ PATH= LD_LIBRARY_PATH=/nonexistent LD_BIND_NOW=1 POSIXLY_CORRECT=1; do
		env "$v" "$SIT_BIN/sit-latest" 2>&1 | cmp - "$T/out" || explain "$v changes the answer"
	done
}

@test "names that are paths: no file but the store is written" {
	needs_preload
	stay_inside sit-device ../x '@/etc/passwd' "$(printf '%04096d' 1)"
}

@test "a device that invents names, and devices that are invented, take bounded memory" {
	needs_preload
	invent_names 20000 >"$T/names"
	invent_devices 10000 >"$T/devices"
	for f in names devices; do
		kib=$(peak_kib sit-ingest -q "$T/$f")
		((kib < 64 * 1024)) || explain "$f: $kib KiB"
	done
}
