#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Users: roles, grants on sites, passwords, keys of programs; who shows a key may do what its user may, and no more.
load ../helpers

given() {
	new_store
	sit-site add plant
	sit-site add north
	for role in viewer analyst operator site_manager org_admin super_admin; do
		sit-user add "$role" role="$role"
	done
}

# key NAME [OPTION...]: make a key of that user, its file is $BATS_TEST_TMPDIR/NAME.key.
key() {
	local name=$1
	shift
	sit-user key add "$name" -q -o "$BATS_TEST_TMPDIR/$name.key" "$@"
}

# as NAME COMMAND...: run it, showing that key.
as() {
	local name=$1
	shift
	SIT_KEY=@$BATS_TEST_TMPDIR/$name.key "$@"
}

@test "a key is a file of its own, and only its digest is in the store" {
	key operator --expires 90d --rights operate,view --note 'meter import'
	file=$BATS_TEST_TMPDIR/operator.key
	[[ $(stat -c %a "$file") == 600 && $(cat "$file") =~ ^sit_[a-z2-9]{8}_[a-z2-9]{52}$ ]]
	try sit-user key list
	expect_json '[.key, .user, .state, .rights, .expires, .note]' \
		"[\"$(cut -c1-12 "$file")\",\"operator\",\"good\",\"operate,view\",\"2026-05-02T12:00:00Z\",\"meter import\"]"
	secret=$(cut -c14- "$file")
	if on_postgres; then
		dump=$(pg_dump -a -d "${SIT_DB/sit@/super@}")
	else
		dump=$(cat "$SIT_DB"* | tr -d '\0')
	fi
	[[ $dump != *"$secret"* ]] || explain 'the secret is in the store'
	hash=$(tr -d '\n' <"$file" | sha256sum | cut -d' ' -f1)
	if on_postgres; then
		[[ $(sql 'SELECT hash FROM api_key') == "\\x$hash" ]]
	else
		[[ $(sql 'SELECT lower(hex(hash)) FROM api_key') == "$hash" ]]
	fi
	try sit-user key add operator
	want 2 && one_line_stderr '-o FILE'
	try sit-user key add operator --show
	want 2 && one_line_stderr 'for a terminal'
	try sit-user key add operator -o "$BATS_TEST_TMPDIR/no/such/folder/key"
	want 3
	try sit-user key list
	expect_lines 1
}

@test "who shows a key works in its user's name" {
	key site_manager
	as site_manager sit-device add m-1 site=plant
	try sit-audit list noun=device --columns actor,session,name
	expect_json '[.actor, .session, .name]' "[\"site_manager\",\"$(cut -c1-12 "$BATS_TEST_TMPDIR/site_manager.key")\",\"m-1\"]"
	try sit-user key list --columns used
	expect_json .used '"2026-02-01T12:00:00Z"'
}

@test "a key that is wrong, expired, revoked, rotated or of somebody not enabled is not taken" {
	refused() {
		try as operator sit-site list
		want 4 && silent_stdout && one_line_stderr 'the key is not taken'
	}
	key operator --expires 1h
	good=$(cat "$BATS_TEST_TMPDIR/operator.key")
	name=${good:0:12}
	try as operator sit-site list
	want 0
	for wrong in "${good%?}" "${good%?}!" "${good}x" "sit_aaaaaaaa${good:12}" '' x; do
		printf '%s\n' "$wrong" >"$BATS_TEST_TMPDIR/operator.key"
		refused
	done
	echo "$good" >"$BATS_TEST_TMPDIR/operator.key"
	SIT_NOW=2026-02-01T13:00:00Z refused
	sit-user set operator enabled=no
	refused
	sit-user set operator enabled=yes
	sit-user key rotate "$name" -q --overlap 10m -o "$BATS_TEST_TMPDIR/new.key"
	try as operator sit-site list
	want 0
	SIT_NOW=2026-02-01T12:10:00Z refused
	try as new sit-site list
	want 0
	sit-user key revoke "$name"
	refused
	try sit-user key revoke "$name"
	want 7
	sit-user rm operator --yes
	try as new sit-site list
	want 4
	# Who knows the name of a key and not the key is in the trail.
	try sit-audit list verb=denied noun=login --columns session
	[[ $output == *"$name"* ]]
	chmod 644 "$BATS_TEST_TMPDIR/new.key"
	try as new sit-site list
	want 4 && one_line_stderr 'chmod 600'
	try env SIT_KEY="$good" sit-site list
	want 2 && one_line_stderr 'a secret is not an argument'
	[[ $stderr != *"$good"* ]]
}

@test "every verb of every program is in the table of rights" {
	for p in $(programs); do
		while IFS= read -r verb; do
			[[ $p == sit && $verb == help ]] && continue
			try sit-user can super_admin "$p" ${verb:+"$verb"}
			want 0
		done < <("$p" --describe | jq -r 'if .verbs then .verbs[].name else "" end')
	done
	try sit-user can super_admin sit-device fly
	want 1
	expect_json .why '"no such program or verb: nobody may"'
}

@test "a role does what it may and nothing else" {
	may() { # ROLE VIEW EXPORT OPERATE MANAGE ADMIN STORE: 1 may, 0 may not
		local role=$1 call=0
		local -a calls=('sit-site list' "sit-export * * --all" 'sit-quarantine adopt' "sit-device add $1 site=plant" 'sit-field list'
			"sit-field add f_$1 noun=site type=text" 'sit-db stats')
		shift
		set -- "$1" "$2" "$3" "$4" 1 "$5" "$6"
		for allowed; do
			# shellcheck disable=SC2086 # words
			set -f
			try as "$role" ${calls[call]}
			set +f
			if [[ $allowed == 1 ]]; then
				[[ $status == 0 ]] || explain "$role: ${calls[call]}"
			else
				want 4
				one_line_stderr 'may not do this'
			fi
			call=$((call + 1))
		done
	}
	for role in viewer analyst operator site_manager org_admin super_admin; do
		key "$role"
	done
	may viewer 1 0 0 0 0 0
	may analyst 1 1 0 0 0 0
	may operator 1 1 1 0 0 0
	may site_manager 1 1 1 1 0 0
	may org_admin 1 1 1 1 1 0
	may super_admin 1 1 1 1 1 1
	try sit-audit list verb=denied --columns actor,noun,name
	expect_lines 15
}

@test "rights of a key are at most those of its role" {
	key org_admin --rights view
	try as org_admin sit-site list
	want 0
	try as org_admin sit-site set plant title=x
	want 4
	key viewer --rights view,manage
	try as viewer sit-site set plant title=x
	want 4
	try sit-user key add viewer --rights fly -o "$BATS_TEST_TMPDIR/x"
	want 2 && one_line_stderr '"fly" is no right'
}

@test "a key that could do nothing is not made; can answers for a key" {
	try sit-user key add viewer --rights operate,manage -o "$BATS_TEST_TMPDIR/x"
	want 2 && one_line_stderr 'rights operate,manage: a key with them could do nothing: viewer (role viewer) has view'
	[[ ! -e $BATS_TEST_TMPDIR/x ]] || explain "a key was handed out"
	sit-user grant add viewer plant manage
	key viewer --rights manage # for what is granted
	try as viewer sit-device list
	want 4 && one_line_stderr "may not do this: sit-user can viewer sit-device list --key sit_"
	prefix=$(head -c 12 "$BATS_TEST_TMPDIR/viewer.key")
	try sit-user can viewer sit-device list
	want 0
	try sit-user can viewer sit-device list --key "$prefix"
	want 1
	expect_json '[.allowed, .why]' '[false,"the key has it not, whatever the role has"]'
	try sit-user can viewer sit-device set --site plant --key "$prefix"
	want 0
	sit-user key revoke "$prefix"
	try sit-user can viewer sit-device set --site plant --key "$prefix"
	want 1
	expect_json .why '"the key is revoked"'
	try sit-user can operator sit-device list --key "$prefix"
	want 3
}

@test "a grant lets somebody change the things of one site" {
	sit-user grant add viewer plant manage
	key viewer
	as viewer sit-device add m-1 site=plant
	as viewer sit-device set m-1 title=Main
	as viewer sit-site set plant title=Plant
	for refused in 'sit-device add m-2 site=north' 'sit-device add m-3' 'sit-device set m-1 site=north' 'sit-site set north title=x' \
		'sit-site add west' 'sit-model add x' 'sit-user add x'; do
		# shellcheck disable=SC2086
		try as viewer $refused
		want 4
	done
	sit-device add m-9 site=north
	try as viewer sit-device rm m-9 --yes
	want 4
	try sit-user can viewer sit-device set
	want 1
	try sit-user can viewer sit-device set --site plant
	want 0
	expect_json .why '"granted on site plant; role viewer has it not"'
	try sit-user grant list viewer
	expect_json '[.user, .site, .rights]' '["viewer","plant","manage"]'
	sit-user grant rm viewer plant
	try as viewer sit-device set m-1 title=x
	want 4
	try sit-user grant rm viewer plant
	want 3
	try sit-user grant add viewer plant admin
	want 2
	sit-user grant add viewer north view
	sit-device rm m-9 --yes
	sit-site rm north --yes
	try sit-user grant list
	expect ''
}

@test "nobody makes themselves more than they are" {
	key org_admin
	try as org_admin sit-user add boss role=super_admin
	want 4
	try as org_admin sit-user set org_admin role=super_admin
	want 4
	try as org_admin sit-user key add super_admin -o "$BATS_TEST_TMPDIR/boss.key"
	want 4
	try as org_admin sit-user rm super_admin --yes
	want 4
	PW='correct horse battery' try as org_admin sit-user passwd super_admin --password @env:PW
	want 4
	as org_admin sit-user add helper role=site_manager
}

@test "a key opens its organisation and what is below, and others do not exist" {
	sit-org add a --org '*'
	sit-org add b --org '*'
	sit-org add a1 parent=a --org a
	sit-site add s-b --org b
	sit-site add s-a1 --org a1
	sit-user add u role=org_admin --org a
	sit-user key add u -q --org a -o "$BATS_TEST_TMPDIR/u.key"
	try as u sit-site list --columns name
	expect_json .name '"a1/s-a1"'
	try as u sit-site list --org a1 --columns name
	expect_json .name '"s-a1"'
	try as u sit-site list --org b
	want 3
	there=$stderr
	try as u sit-site list --org nowhere
	want 3
	[[ ${there//\"b\"/X} == "${stderr//\"nowhere\"/X}" ]]
	try as u sit-site list --org '*'
	want 4
	try as u sit-db migrate
	want 4
}

@test "what opens stores by itself takes no key" {
	key super_admin
	for call in "sit-db copy $SIT_DB $(place other)" "sit-db init -D $(place other)" "sit-backup list $BATS_TEST_TMPDIR" \
		"sit-backup restore $BATS_TEST_TMPDIR/set" "sit-backup verify $BATS_TEST_TMPDIR/set" 'sit-db sql SELECT'; do
		# shellcheck disable=SC2086 # words
		try as super_admin $call
		want 4 && silent_stdout && one_line_stderr 'takes no key'
	done
}

@test "passwords are kept as yescrypt and given by file, environment or credential" {
	pw=$BATS_TEST_TMPDIR/pw
	(umask 077 && echo 'correct horse battery' >"$pw")
	sit-user passwd viewer --password "@$pw"
	[[ $(sql "SELECT password FROM account WHERE name = 'viewer'") == '$y$'* ]]
	# Perl's crypt is libxcrypt's too, by another way.
	hash=$(sql "SELECT password FROM account WHERE name = 'viewer'")
	[[ $(perl -e 'print crypt($ARGV[0], $ARGV[1])' 'correct horse battery' "$hash") == "$hash" ]]
	try sit-user check viewer --password "@$pw"
	want 0
	PW='wrong horse battery' try sit-user check viewer --password @env:PW
	want 1
	CREDENTIALS_DIRECTORY=$BATS_TEST_TMPDIR try sit-user check viewer --password @cred:pw
	want 0
	PW=short try sit-user passwd viewer --password @env:PW
	want 2 && one_line_stderr 'at least 12 characters'
	sit-user set viewer enabled=no
	try sit-user check viewer --password "@$pw"
	want 1
	sit-user set viewer enabled=yes
	sit-user passwd viewer --clear
	try sit-user check viewer --password "@$pw"
	want 1
	try sit-user passwd viewer
	want 2
	try sit-audit list --resource user/viewer --columns old,new
	[[ $output == *'"password":"***"'* && $output != *y\$j* && $output != *horse* ]]
}

# guess NAME N [OPTION...]: N wrong passwords, one after the other.
guess() {
	local name=$1 n=$2
	shift 2
	for ((i = 0; i < n; i++)); do PW=wrong-wrong-wrong sit-user check "$name" --password @env:PW "$@" 2>/dev/null && return 1; done
	return 0
}

# refused COMMAND...: it fails.
refused() {
	! "$@" 2>/dev/null
}

# is NAME [OPTION...]: their right password is taken.
is() {
	PW='correct horse battery' sit-user check "$1" --password @env:PW "${@:2}" 2>/dev/null
}

# at MINUTE COMMAND...: so many minutes later.
at() {
	SIT_NOW=$(date -u -d "2026-02-01T12:00:00Z + $1 minutes" +%FT%TZ) "${@:2}"
}

with_passwords() {
	for name in viewer analyst; do PW='correct horse battery' sit-user passwd "$name" --password @env:PW; done
}

@test "five wrong passwords lock a user for a minute, then two, at most a quarter of an hour; unlock ends it" {
	with_passwords
	guess viewer 4
	is viewer
	guess viewer 5 # those before the right one are forgotten
	refused is viewer
	is analyst
	SIT_NOW=2026-02-01T12:00:59Z try is viewer
	want 1
	at 1 is viewer
	for minute in 10 11 13 17 25; do at "$minute" guess viewer "$((minute == 10 ? 5 : 1))"; done
	try sit-audit list verb=lock noun=login --columns at,name,new
	expect_json '[.at[11:16], .name, .new.user, .new.until[11:16]]' '["12:00","password","viewer","12:01"]' \
		'["12:10","password","viewer","12:11"]' '["12:11","password","viewer","12:13"]' '["12:13","password","viewer","12:17"]' \
		'["12:17","password","viewer","12:25"]' '["12:25","password","viewer","12:40"]'
	# What is tried during a lock is not looked at, and does not make it longer.
	at 30 guess viewer 3
	[[ $(sql "SELECT max(locked_until) FROM login_try") == "$(date -d 2026-02-01T12:40:00Z +%s)000000" ]]
	try at 30 sit-user unlock viewer
	want 0
	at 30 is viewer
	try at 31 sit-user unlock viewer
	want 3 && one_line_stderr 'nothing of user "viewer" is locked'
	try sit-audit list verb=unlock --columns noun,name -f tsv --no-header
	expect $'user\tviewer'
	# After a day without a wrong one all is forgotten.
	at 40 guess viewer 4
	at 1481 guess viewer 4
	at 1481 is viewer
	# A clock that was set back does not lock for longer.
	at 60 guess viewer 5
	at 10 is viewer
}

@test "many users from one address: the twentieth wrong one locks it, for everybody there; IPv6 by its first half" {
	with_passwords
	for i in {1..4}; do for name in nobody-{1..4}; do guess "$name" 1 --address 2001:db8:0:1::"$i"; done; done
	is viewer --address 2001:db8:0:1::99
	guess viewer 4 --address 2001:db8:0:1:ffff::1
	refused is viewer --address 2001:db8:0:1::7
	is viewer --address 2001:db8:0:2::7
	is viewer
	try sit-audit list verb=lock name=address --columns new,address
	expect_json '[.new.address, .address]' '["2001:db8:0:1::/64","2001:db8:0:1::/64"]'
	sit-user unlock --address 2001:db8:0:1::7777
	is viewer --address 2001:db8:0:1::7
	at 1 guess nobody 20 --address ::ffff:192.0.2.7
	[[ $(sql "SELECT wrong FROM login_try WHERE what = 'address:192.0.2.7'") == 5 ]] # the name is locked from its fifth
	try sit-user check viewer --password @env:HOME --address example.org
	want 2 && one_line_stderr '"example.org" is no address'
	# Addresses of which nothing was heard for a day are not kept.
	at 2000 guess nobody 1 --address 198.51.100.1
	[[ $(sql "SELECT what FROM login_try WHERE what LIKE 'address:%'") == address:198.51.100.1 ]]
}

# costs COMMAND...: processor time of the quickest of five, in milliseconds.
costs() {
	local i best=100000 spent
	for i in 1 2 3 4 5; do
		spent=$({ TIMEFORMAT='%U %S' && time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print int(($1 + $2) * 1000) }')
		((spent >= best)) || best=$spent
	done
	echo "$best"
}

@test "the answer does not tell whether there is such a user, nor the work it takes" {
	with_passwords
	sit-user set analyst enabled=no
	PW="wrong-wrong-wrong"
	export PW
	try sit-user check viewer --password @env:PW
	want 1
	answer=$stderr
	known=$(costs sit-user check viewer --password @env:PW)
	for name in nobody analyst operator default/viewer 'no name'; do
		try sit-user check "$name" --password @env:PW
		want 1 && [[ $stderr == "$answer" ]]
		(($(costs sit-user check "$name" --password @env:PW) * 2 > known)) || explain "$name is quicker than $known ms"
	done
	guess viewer 6
	try sit-user check viewer --password @env:PW
	want 1 && [[ $stderr == "$answer" ]]
	(($(costs sit-user check viewer --password @env:PW) * 2 > known)) || explain "a locked one is quicker than $known ms"
	# What was typed instead of a name may be a password: it is nowhere.
	guess correct-horse-battery 6
	[[ $(sql "SELECT count(*) FROM audit WHERE new LIKE '%horse%'") == 0 && $(sql "SELECT count(*) FROM login_try WHERE what LIKE '%horse%'") == 0 ]]
	[[ $(sql "SELECT count(*) FROM audit WHERE verb = 'lock' AND new LIKE '{\"user\":\"?\"%'") -ge 1 ]]
}

@test "any number of processes at once tries no more passwords than one" {
	with_passwords
	for i in {1..24}; do PW=wrong-wrong-wrong sit-user check viewer --password @env:PW 2>/dev/null & done
	wait
	[[ $(sql "SELECT wrong FROM login_try WHERE what LIKE 'password:%'") == 5 ]]
	[[ $(sql "SELECT n FROM login_try WHERE what LIKE 'password:%'") == 24 ]]
	[[ $(sql "SELECT count(*) FROM audit WHERE verb = 'lock'") == 1 ]]
	refused is viewer
}

@test "ten wrong keys of a name lock it for who shows them; those that are over are no guesses" {
	key viewer
	key operator
	sed 's/....$/aaaa/' "$BATS_TEST_TMPDIR/viewer.key" >"$BATS_TEST_TMPDIR/wrong.key"
	chmod 600 "$BATS_TEST_TMPDIR/wrong.key"
	for _ in {1..9}; do refused as wrong sit-site list; done
	try as viewer sit-site list
	want 0
	try as wrong sit-site list
	want 4
	answer=$stderr
	try as viewer sit-site list
	want 4 && [[ $stderr == "$answer" ]]
	try as operator sit-site list
	want 0
	at 1 as viewer sit-site list
	try sit-audit list verb=lock --columns name,new
	expect_json '[.name, .new.key, .new.until]' "[\"key\",\"$(cut -c1-12 "$BATS_TEST_TMPDIR/viewer.key")\",\"2026-02-01T12:01:00Z\"]"
	refused at 2 as wrong sit-site list
	try at 2 as viewer sit-site list
	want 4
	at 2 sit-user unlock viewer
	at 2 as viewer sit-site list
	sit-user key revoke "$(cut -c1-12 "$BATS_TEST_TMPDIR/operator.key")"
	for _ in {1..12}; do refused as operator sit-site list; done
	[[ $(sql "SELECT count(*) FROM audit WHERE verb = 'lock'") == 2 && $(sql "SELECT count(*) FROM login_try WHERE wrong > 0") == 0 ]]
}
