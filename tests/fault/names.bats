#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Names that are paths: no file but the store is written.
load ../helpers
load faults

given() {
	T=$BATS_TEST_TMPDIR
	estate
}

@test "things of every kind" {
	for p in org site asset device gateway model product policy group field datapoint; do
		stay_inside "sit-$p" ../x ../../etc/x /tmp/x ./. . .. // %2e%2e/x 'a/../../b' '@/etc/passwd' '~root' 'C:\x' '\\x\y' ' ' \
			"$(printf '%04096d' 1)" "$(printf 'a\tb')"
	done
}

@test "the files that options name are the only ones" {
	cd "$T"
	echo '{"device":"nobody","ts":1,"values":{"x":1}}x' >in
	mkdir away && ln -s ../kept away/link && echo kept >kept
	SIT_DB_WAS=$SIT_DB
	strace -f -qq -e trace=file -o trace sit-latest -o away/link >/dev/null
	[[ $(<kept) == kept && ! -L away/link ]] || explain '-o wrote through a link'
	for o in '-o ..' '-o .' '-o /nonexistent/x' "-o $(printf '%05000d' 1)"; do
		# shellcheck disable=SC2086 # an option and its value
		try sit-latest $o
		[[ $status != 0 && -n $stderr ]] || explain "$o"
	done
	try sit-ingest --rejects . in
	[[ $status != 0 && -n $stderr ]]
	[[ $SIT_DB == "$SIT_DB_WAS" && -z $(find . -name '*.??????' -newer in -type f ! -name '*.db*') ]] || explain 'a half file is left'
}
