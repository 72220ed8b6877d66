#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The demo runs, and the README shows what its commands print.
load ../helpers

setup_file() {
	local bin=${SIT_BIN:-build/bin}
	PATH=$(cd "$bin" && pwd):$PATH DEMO=$BATS_FILE_TMPDIR/demo examples/plant/demo.sh >"$BATS_FILE_TMPDIR/out" 2>"$BATS_FILE_TMPDIR/err"
}

@test "the demo: its books, its meters, its CSV" {
	out=$(cat "$BATS_FILE_TMPDIR/out") err=$(cat "$BATS_FILE_TMPDIR/err")
	[[ $err == *'read 282240 = stored 282226 + corrected 0 + duplicate 0 + rejected 0 + quarantined 0 + empty 14'* ]]
	[[ $err == *'read 10000 = stored 0 + corrected 0 + duplicate 10000'* ]]
	[[ $out == *'heat-660  energy_kwh     23  63.25  12807.00'* ]]
	[[ $out == *'["2007-02-03T17:00:00Z",7.904]'* ]]
	[[ $(wc -l <"$BATS_FILE_TMPDIR/demo/voltage.csv") == 97 ]]
}

@test "the README's commands print what it shows" {
	export SIT_DB=$BATS_FILE_TMPDIR/demo/sit.db SIT_FORMAT=table
	unset SIT_NOW
	awk -v dir="$BATS_TEST_TMPDIR" '
		/^```console$/ { n++; inside = 1; next }
		/^```$/ { inside = 0 }
		inside && /^\$ / { print substr($0, 3) > (dir "/" n ".sh"); next }
		inside { print > (dir "/" n ".want") }
	' README.md
	n=0
	for f in "$BATS_TEST_TMPDIR"/*.sh; do
		bash "$f" >"$f.got" 2>&1 || true
		diff -u "${f%.sh}.want" "$f.got" || { cat "$f" >&2; return 1; }
		n=$((n + 1))
	done
	((n == 11))
}

@test "every program has a line in the README" {
	for p in $(programs); do
		grep -q "\`$p\`" README.md || { echo "$p" >&2; return 1; }
	done
}

@test "make install puts everything in its place, and uninstall takes it away" {
	local to=$BATS_TEST_TMPDIR/tree/usr/local
	# What is built is what is tested, with whatever it was built: only the installing is done here.
	try make -s -o programs install BUILD="${SIT_BIN%/bin}" DESTDIR="$BATS_TEST_TMPDIR/tree" PREFIX=/usr/local
	want 0
	for p in $(programs); do
		[[ -x $to/bin/$p && -s $to/share/man/man1/$p.1 && -e $to/share/bash-completion/completions/$p ]] || explain "$p"
	done
	for u in share/systemd/*.*; do
		[[ -d $u || -s $to/lib/systemd/system/${u##*/} ]] || explain "$u"
	done
	run ! grep -r @PREFIX@ "$to/lib/systemd"
	[[ -s $to/share/sit/models/energy-meter.json && -s $to/share/sit/mosquitto.service.d/sit.conf ]]
	try make -s uninstall DESTDIR="$BATS_TEST_TMPDIR/tree" PREFIX=/usr/local
	want 0
	[[ -z $(find "$BATS_TEST_TMPDIR/tree" ! -type d) ]]
}
