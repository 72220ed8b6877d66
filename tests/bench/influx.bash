# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2034 # devices, minutes, work and those of the deep set are bench.sh's
# InfluxDB 1.x as a peer of bench.sh: a server of its own in $work, on a free port of the loopback, stopped by its pid.

influx_lines() { # FOLDER DEVICES MINUTES
	mkdir "$work/$1"
	gen -d "$2" -m "$3" influx | split -l 5000 -a 5 - "$work/$1/"
}

free_port() {
	local port
	for ((port = 20000 + $$ % 20000; port < 65000; port++)); do
		(: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
	done
	return 1
}

# influx_start [SETTING...]: of [data].
influx_start() {
	local port rpc i
	port=$(free_port)
	rpc=$((port + 1))
	cat >"$work/influx.conf" <<-END
		reporting-disabled = true
		bind-address = "127.0.0.1:$rpc"
		[meta]
		dir = "$work/influx/meta"
		[data]
		dir = "$work/influx/data"
		wal-dir = "$work/influx/wal"
		query-log-enabled = false
		$(printf '%s\n' "$@")
		[monitor]
		store-enabled = false
		[http]
		bind-address = "127.0.0.1:$port"
		log-enabled = false
		[logging]
		level = "error"
	END
	influx_url=http://127.0.0.1:$port
	influxd -config "$work/influx.conf" >"$work/influx.log" 2>&1 &
	influx_pid=$!
	for ((i = 0; i < 300; i++)); do
		! curl -sf "$influx_url/ping" || return 0
		kill -0 "$influx_pid" || break
		sleep 0.1
	done
	tell "influxd does not start: $(tail -n 1 "$work/influx.log")"
	return 1
}

influx_stop() {
	kill "$influx_pid"
	wait "$influx_pid" || true
	influx_pid=
}

# All batches of a folder into a database of their own, over one connection that is kept: for curl -K.
influx_batches() { # FOLDER DATABASE
	local f
	curl -sf "$influx_url/query" --data-urlencode "q=CREATE DATABASE $2" >/dev/null
	for f in "$work/$1"/*; do
		printf 'url = "%s/write?db=%s"\ndata-binary = "@%s"\nnext\n' "$influx_url" "$2" "$f"
	done | sed '$d' >"$work/curl.conf"
}

influx_ingest() {
	influx_batches lines "run$1"
	sync
	timed influx curl -sSf -K "$work/curl.conf"
}

influx_deep() {
	influx_lines deep "$deep_devices" "$deep_minutes"
	influx_batches deep deep
	curl -sSf -K "$work/curl.conf"
	rm -r "$work/deep"
}

# Peak memory of the server, KiB.
influx_memory() { sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$influx_pid/status"; }

tsm_bytes() { find "$work/influx/data/deep" -name '*.tsm' -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }'; }

# $influx_size: bytes of the deep set's files once everything is out of the log and compacted: started anew with settings that do not wait for it.
influx_bytes() {
	local last=0 still=0 i
	influx_start 'cache-snapshot-write-cold-duration = "1s"' 'compact-full-write-cold-duration = "1s"'
	for ((i = 0; i < 120 && still < 5; i++)); do
		sleep 1
		influx_size=$(tsm_bytes)
		still=$((influx_size > 0 && influx_size == last ? still + 1 : 0))
		last=$influx_size
	done
	influx_stop
}
