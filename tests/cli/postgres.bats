#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What only a server can do: refuse, prove who it is, go away, be somebody else's behind a pooler. This file starts one of its own.
# shellcheck disable=SC2154
load ../helpers

setup_file() {
	local have=(/usr/lib/postgresql/*/bin/initdb)
	[[ -x ${have[0]} ]] || command -v initdb >/dev/null || skip 'no Postgres server is installed'
	PGPORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	export PGPORT
	mkfifo "$BATS_FILE_TMPDIR/ready" "$BATS_FILE_TMPDIR/end"
	# shellcheck disable=SC2016 # for the shell within
	SIT_PG_OPTIONS='-c listen_addresses=127.0.0.1 -c wal_level=replica' "$top/tests/with-postgres" sh -c \
		'export -p | grep -E "PG|PATH" >"$1/env"; echo >"$1/ready"; cat "$1/end"' sh "$BATS_FILE_TMPDIR" 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/pid"
	read -r _ <"$BATS_FILE_TMPDIR/ready"
}

teardown_file() {
	[[ -e $BATS_FILE_TMPDIR/pid ]] || return 0
	[[ ! -e $BATS_FILE_TMPDIR/pooler ]] || kill "$(<"$BATS_FILE_TMPDIR/pooler")" 2>/dev/null || true # a failed test left it
	echo >"$BATS_FILE_TMPDIR/end"
	wait "$(<"$BATS_FILE_TMPDIR/pid")" 2>/dev/null || true
}

given() {
	# shellcheck disable=SC1091 # made by setup_file
	. "$BATS_FILE_TMPDIR/env"
	export SIT_TEST_STORE=pg T=$BATS_TEST_TMPDIR
	export PATH=$SIT_BIN:$PATH
	SIT_DB=$(place test)
	new_store
	name=${SIT_DB%%\?*}
	name=${name##*/}
}

super() {
	psql -qAtX -v ON_ERROR_STOP=1 -U super -d "${2:-postgres}" -c "$1"
}

# tcp USER[:PASSWORD] HOST [OPTIONS]: the store over the network.
tcp() {
	printf 'postgres://%s@%s:%s/%s?connect_timeout=5%s\n' "$1" "$2" "$PGPORT" "$name" "${3-}"
}

# refused STATUS TEXT COMMAND...: with one line, without the password.
refused() {
	local status_wanted=$1 text=$2
	shift 2
	try "$@"
	want "$status_wanted"
	silent_stdout
	one_line_stderr "$text"
	[[ $stderr != *geheim* ]] || explain 'a password is shown'
}

# A URL with a password is not given on the command line.
refused_at() { # URL STATUS TEXT
	local SIT_DB=$1
	refused "$2" "$3" sit-device list
	refused "$2" "$3" sit-model add m
}

authority() { # NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" -keyout "$T/$1.key" -out "$T/$1.crt" 2>/dev/null
}

@test "sslmode=verify-full: the right authority and name pass, another of either is refused" {
	authority ours
	authority theirs
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost \
		-keyout "$T/server.key" -out "$T/server.csr" 2>/dev/null
	openssl x509 -req -in "$T/server.csr" -CA "$T/ours.crt" -CAkey "$T/ours.key" -CAcreateserial -days 2 -copy_extensions copy -out "$T/server.crt" 2>/dev/null
	install -m 600 -o "$(stat -c %U "$SIT_TEST_PG_DIR/data")" "$T/server.key" "$SIT_TEST_PG_DIR/server.key"
	install -m 644 "$T/server.crt" "$SIT_TEST_PG_DIR/server.crt"
	super "ALTER SYSTEM SET ssl_cert_file = '$SIT_TEST_PG_DIR/server.crt'"
	super "ALTER SYSTEM SET ssl_key_file = '$SIT_TEST_PG_DIR/server.key'"
	super 'ALTER SYSTEM SET ssl = on'
	"$SIT_TEST_PG_CTL" restart -m fast

	try sit-device list -D "$(tcp sit localhost "&sslmode=verify-full&sslrootcert=$T/ours.crt")"
	want 0
	refused 5 'certificate verify failed' sit-device list -D "$(tcp sit localhost "&sslmode=verify-full&sslrootcert=$T/theirs.crt")"
	refused 5 'does not match host name "127.0.0.1"' sit-device list -D "$(tcp sit 127.0.0.1 "&sslmode=verify-full&sslrootcert=$T/ours.crt")"
	try sit-device list -D "$(tcp sit 127.0.0.1 "&sslmode=verify-ca&sslrootcert=$T/ours.crt")"
	want 0
	refused 5 'root certificate file' sit-device list -D "$(tcp sit localhost "&sslmode=verify-full&sslrootcert=$T/none.crt")"
	super 'ALTER SYSTEM RESET ALL'
	"$SIT_TEST_PG_CTL" restart -m fast
	refused 5 'server does not support SSL' sit-device list -D "$(tcp sit localhost "&sslmode=verify-full&sslrootcert=$T/ours.crt")"
}

@test "no server, no database, a wrong password, no rights: one line, the right exit code, no password in it" {
	refused_at "postgres://sit:geheim@127.0.0.1:1/$name" 5 'Connection refused'
	refused_at "$(tcp sit:geheim 127.0.0.1 | sed "s/$name/nowhere_$name/")" 3 'no store there'
	super "CREATE ROLE locked_$name LOGIN PASSWORD 'right'"
	super "CREATE ROLE stranger_$name LOGIN"
	sed -i "1i host all locked_$name 127.0.0.1/32 scram-sha-256" "$SIT_TEST_PG_DIR/data/pg_hba.conf"
	super 'SELECT pg_reload_conf()' >/dev/null
	refused_at "$(tcp "locked_$name:geheim" 127.0.0.1)" 4 'authentication failed'
	refused_at "$(tcp "stranger_$name" 127.0.0.1)" 4 'permission denied'
	refused_at "postgres://sit:geheim@[::1/$name" 2 'no URL of Postgres'
}

@test "a standby answers and is not written to" {
	sit-model add m
	touch "$SIT_TEST_PG_DIR/data/standby.signal"
	"$SIT_TEST_PG_CTL" restart -m fast
	run -0 sit-model list -f csv --columns name --no-header
	expect m
	try sit-model add n
	"$SIT_TEST_PG_CTL" promote
	want 5
	one_line_stderr 'is read-only'
	sit-model add n
}

@test "a server that cuts, restarts, or does not answer a COMMIT while points go in: nothing lost, nothing twice (F23)" {
	run bash tests/fault/postgres.sh 3 terminated unanswered restarted
	want 0
}

# behind POOLER-FOLDER: URL of the store through the pooler.
behind() {
	printf 'postgres://sit@/%s?host=%s&port=%s\n' "$name" "$1" "$PGPORT"
}

@test "behind a pooler in transaction mode every program works, and leaves nothing behind in the server's sessions" {
	local pooler pid direct going=()
	pooler=$(PATH=$PATH:/usr/sbin command -v pgbouncer) || skip 'no pgbouncer is installed'
	mkdir -m 777 "$T/pool"
	echo '"sit" ""' >"$T/pool/users"
	cat >"$T/pool/ini" <<-END
		[databases]
		* = host=$SIT_TEST_PG_DIR port=$PGPORT pool_size=2
		[pgbouncer]
		listen_port = $PGPORT
		unix_socket_dir = $T/pool
		auth_type = trust
		auth_file = $T/pool/users
		pool_mode = transaction
		logfile = $T/pool/log
		END
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$T" "${T%/*}"
	setpriv --reuid="$(stat -c %u "$SIT_TEST_PG_DIR/data")" --clear-groups "$pooler" "$T/pool/ini" 3>&- 2>/dev/null &
	pid=$!
	echo "$pid" >"$BATS_FILE_TMPDIR/pooler"
	direct=$SIT_DB
	SIT_DB=$(behind "$T/pool")
	for ((i = 0; i < 1000; i++)); do
		! psql -qAtX -d "$SIT_DB" -c 'SELECT 1' >/dev/null 2>&1 || break
	done

	sit-model add meter
	sit-datapoint add v model=meter
	seq -f '{"name":"m-%g","model":"meter"}' 40 | sit-device add --file -
	for ((i = 0; i < 12; i++)); do
		seq 40 | awk -v m="$i" '{ printf "{\"device\":\"m-%d\",\"ts\":%d,\"values\":{\"v\":%d}}\n", $1, 1769904000 + 60 * m, m }' | sit-ingest -q &
		going+=($!)
		((i % 4 != 3)) || { wait "${going[@]}" && going=(); }
	done
	sit-db compact --all
	sit-db check
	try sit-query '*' v --all --agg count -f csv --no-header --columns count
	want 0
	[[ $(sort -u <<<"$output") == 12 ]] || explain 'not all points are there'
	try sit-device list -f csv --no-header
	expect_lines 40
	kill "$pid"
	SIT_DB=$direct
	[[ $(super "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'" "$name") == 0 ]] || explain 'a lock was left behind'
}
