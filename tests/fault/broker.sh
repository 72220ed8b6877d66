#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# broker.sh [ROUNDS [kill]]: sit-ingest is killed at random while three publishers send with QoS 1, the broker is restarted in between. In the end every
# record that a publisher has sent is stored, once, and no other. Prints "published N = stored N".
# kill: the broker is not asked to stop but killed, too. It answers publishers a moment before it writes to its file what it answered, so what it kept is
# looked up in that file after each kill: all of that is stored, once. What it acknowledged and did not keep is its own loss, and counted apart.
set -eu
rounds=${1:-200}
how=${2:-ask}
top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
export PATH=${SIT_BIN:-$top/build/bin}:$PATH LC_ALL=C TZ=UTC
BROKER_DIR=$(mktemp -d /tmp/sit-mqtt.XXXXXX)
export SIT_DB=$BROKER_DIR/store.db
unset SIT_ORG SIT_KEY SIT_NOW SIT_TZ SIT_FORMAT
# shellcheck source=tests/broker.bash
. "$top/tests/broker.bash"
ingest=
publishers=()
gone() {
	touch "$BROKER_DIR/stop"
	[[ ! $ingest ]] || kill -9 "$ingest" 2>/dev/null || :
	broker_stop KILL
	wait
	rm -rf "$BROKER_DIR"
}
trap gone EXIT
trap 'exit 130' INT TERM

# batch DEVICE N: the N-th hundred of its readings.
batch() {
	awk -v d="$1" -v n="$2" 'BEGIN { for (i = n * 100; i < n * 100 + 100; i++)
		printf "{\"device\":\"%s\",\"ts\":%d,\"values\":{\"v\":%d%07d}}\n", d, 1767225600 + i, substr(d, 2), i }'
}

# publish DEVICE: batch after batch until told to stop; one that was interrupted is sent again until the broker has all of it.
publish() {
	local n=0
	while [[ ! -e $BROKER_DIR/stop ]]; do
		batch "$1" $n >"$BROKER_DIR/$1.batch"
		until sit-publish -q "$BROKER" "$BROKER_DIR/$1.batch" 2>/dev/null; do sleep 0.05; done
		cat "$BROKER_DIR/$1.batch" >>"$BROKER_DIR/$1.sent"
		n=$((n + 1))
	done
}

begin_ingest() {
	sit-ingest -q "$BROKER" 2>>"$BROKER_DIR/complaints" &
	ingest=$!
}

# lost FILE: values of it that are not stored.
lost() { comm -23 <(sort -u "$1") <(stored | values); }

stored() {
	sit-query "w*" v --all -f csv --columns device,ts,value --no-header | sort
}

published() {
	cat "$BROKER_DIR"/w?.sent | jq -r '[.device, (.ts | todate), .values.v] | @csv' | tr -d '"' | sort
}

# What lies in the broker's file: values, each of one message only.
keep() {
	[[ ! -e $BROKER_DIR/kept/mosquitto.db ]] || grep -ao '"values":{"v":[0-9]*}' "$BROKER_DIR/kept/mosquitto.db" | grep -o '[0-9]*' >>"$BROKER_DIR/keeps" || :
}

values() { cut -d, -f3 | sort -u; }

# What was sent last is stored last.
end_is_there() { [[ $(sit-query end v --all -f csv --no-header | wc -l) == 1 ]]; }

all_there() {
	cmp -s <(published) <(stored)
}

sit-db init -q
sit-site add plant
for d in w1 w2 w3 end; do
	sit-device add "$d" site=plant
	sit-datapoint add v device="$d"
done
[[ $how == ask ]] || broker_conf 'autosave_on_changes true' 'autosave_interval 1'
: >"$BROKER_DIR/keeps"
broker_start
begin_ingest
until_true 10 broker_knows sit-ingest-default
for d in w1 w2 w3; do
	publish "$d" &
	publishers+=($!)
done
for ((i = 1; i <= rounds; i++)); do
	sleep "0.$(printf '%03d' $((5 + RANDOM % 115)))"
	kill -9 "$ingest"
	wait "$ingest" 2>/dev/null || :
	if ((i % 5 == 0)); then
		if [[ $how == kill ]]; then
			broker_stop KILL 2>/dev/null
			keep
		else
			broker_stop
		fi
		broker_start
	fi
	begin_ingest
done
touch "$BROKER_DIR/stop"
wait "${publishers[@]}"
if [[ $how == kill ]]; then
	echo '{"device":"end","ts":1767225600,"values":{"v":0}}' | sit-publish -q "$BROKER"
	# It writes its file anew for each acknowledgement: that takes its time on a slow disk.
	until_true 300 end_is_there || { echo "what was sent last is not stored" >&2; tail -n 3 "$BROKER_DIR/complaints" >&2; exit 1; }
else
	until_true 60 all_there || :
fi
kill "$ingest"
wait "$ingest" || :
ingest=
published >"$BROKER_DIR/published"
stored >"$BROKER_DIR/stored"
printf '%d kills, %d %s of the broker: published %d = stored %d' "$rounds" $((rounds / 5)) "$([[ $how == kill ]] && echo kills || echo restarts)" \
	"$(wc -l <"$BROKER_DIR/published")" "$(wc -l <"$BROKER_DIR/stored")"
if [[ $how == kill ]]; then
	printf ' + %d that it acknowledged and did not keep; kept when killed %d, of them not stored %d\n' \
		"$(comm -23 "$BROKER_DIR/published" "$BROKER_DIR/stored" | wc -l)" "$(sort -u "$BROKER_DIR/keeps" | wc -l)" "$(lost "$BROKER_DIR/keeps" | wc -l)"
	[[ -s $BROKER_DIR/keeps && -z $(lost "$BROKER_DIR/keeps") && -z $(comm -13 "$BROKER_DIR/published" "$BROKER_DIR/stored") ]]
	exit
fi
echo
if ! cmp -s "$BROKER_DIR/published" "$BROKER_DIR/stored"; then
	diff "$BROKER_DIR/published" "$BROKER_DIR/stored" | head >&2
	exit 1
fi
