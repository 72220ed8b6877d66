#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Completion of fish: what a real one offers after a line. Programs are played, but for the last test.
load ../helpers
load ../completion

complete_lines() {
	timeout 60 fish --no-config "$top/tests/complete.fish" "${made:-$BATS_FILE_TMPDIR}/sit.fish" "$@"
}

setup_file() {
	made_for fish >"$BATS_FILE_TMPDIR/sit.fish"
}

given() {
	command -v fish >/dev/null || skip "no fish"
	fake_site
}

@test "what every shell offers" {
	common_lines | offered
}

@test "with what it means" {
	complete_lines 'sit-site l' 'sit-site add x ty' 'sit-site list --fo' 'sit si' 'sit f' 'sit-site list --columns ty' >"$BATS_TEST_TMPDIR/answers"
	diff - "$BATS_TEST_TMPDIR/answers" <<-'END'
	list	print those: all, or some

	type=	what it is

	--format	how: one\of it's

	site	places

	find	where WORD stands

	type	what it is

	END
}

@test "names come from the store that the line names" {
	echo 'sit-site -D "other one.db" set pl=>plant plant-2' | offered
	grep -qF -e '-D other one.db -f tsv --columns name --no-header name=pl*' "$BATS_TEST_TMPDIR/asked"
	echo 'sit-site -D ~/other.db set pl=>plant plant-2' | offered
	grep -qF -e "-D $HOME/other.db -f" "$BATS_TEST_TMPDIR/asked"
}

@test "files for FILE" {
	touch "$BATS_TEST_TMPDIR/in.csv" "$BATS_TEST_TMPDIR/in two.csv"
	cd "$BATS_TEST_TMPDIR"
	offered <<-'END'
	sit-site add --file in.=>in.csv
	sit-site add --file=in.=>--file=in.csv
	sit-query in=>in two.csv in.csv
	END
}

@test "the committed completion knows every program, and offers real names" {
	[[ -x $SIT_BIN/sit-site ]] || skip "sit-site is not built"
	rm "$BATS_TEST_TMPDIR/bin/sit-site"
	made=$top/completions
	new_store
	sit-site add plant >/dev/null
	sit-site add depot >/dev/null
	offered <<-'END'
	sit-site show\s=>depot plant
	sit site show pl=>plant
	sit-device add pump site=d=>site=depot
	sit-group member a=>add
	END
}
