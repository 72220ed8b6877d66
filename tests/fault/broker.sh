#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# broker.sh [ROUNDS]: sit-ingest is killed at random while three publishers send with QoS 1, the broker is restarted in between. In the end every
# record that a publisher has sent is stored, once, and no other. Prints "published N = stored N".
set -eu
rounds=${1:-200}
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
		printf "{\"device\":\"%s\",\"ts\":%d,\"values\":{\"v\":%d}}\n", d, 1767225600 + i, i }'
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

stored() {
	sit-query "w*" v --all -f csv --columns device,ts,value --no-header | sort
}

published() {
	cat "$BROKER_DIR"/w?.sent | jq -r '[.device, (.ts | todate), .values.v] | @csv' | tr -d '"' | sort
}

all_there() {
	cmp -s <(published) <(stored)
}

sit-db init -q
sit-site add plant
for d in w1 w2 w3; do
	sit-device add "$d" site=plant
	sit-datapoint add v device="$d"
done
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
		broker_stop
		broker_start
	fi
	begin_ingest
done
touch "$BROKER_DIR/stop"
wait "${publishers[@]}"
until_true 60 all_there || :
kill "$ingest"
wait "$ingest" || :
ingest=
published >"$BROKER_DIR/published"
stored >"$BROKER_DIR/stored"
printf '%d kills, %d restarts of the broker: published %d = stored %d\n' "$rounds" $((rounds / 5)) "$(wc -l <"$BROKER_DIR/published")" \
	"$(wc -l <"$BROKER_DIR/stored")"
if ! cmp -s "$BROKER_DIR/published" "$BROKER_DIR/stored"; then
	diff "$BROKER_DIR/published" "$BROKER_DIR/stored" | head >&2
	exit 1
fi
