#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# mad.sh [SECONDS]: a publisher that sends whatever it comes upon, beside one that behaves. Every message of the second one is stored, once; sit-ingest
# lives, keeps its books and does not grow. FAULT_SEED chooses what comes.
set -eu
seconds=${1:-60}
top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
export PATH=${SIT_BIN:-$top/build/bin}:$PATH LC_ALL=C.UTF-8 TZ=UTC
BROKER_DIR=$(mktemp -d /tmp/sit-mqtt.XXXXXX)
export SIT_DB=$BROKER_DIR/store.db
unset SIT_ORG SIT_KEY SIT_NOW SIT_TZ SIT_FORMAT
# shellcheck source=tests/broker.bash
. "$top/tests/broker.bash"
ingest=
gone() {
	touch "$BROKER_DIR/stop"
	[[ ! $ingest ]] || kill -9 "$ingest" 2>/dev/null || :
	broker_stop KILL
	wait
	rm -rf "$BROKER_DIR"
}
trap gone EXIT
trap 'exit 130' INT TERM

# One message after the other until told to stop; what was not taken is sent again.
behave() {
	local n=0
	while [[ ! -e $BROKER_DIR/stop ]]; do
		n=$((n + 1))
		printf '{"device":"good","ts":%d,"values":{"v":%d}}\n' $((1767225600 + n)) $n >"$BROKER_DIR/one"
		until sit-publish -q "$BROKER" "$BROKER_DIR/one" 2>/dev/null; do sleep 0.05; done
		echo $n >"$BROKER_DIR/sent"
	done
}

memory() { awk -v what="$1:" '$1 == what { print int($2 / 1024) }' "/proc/$ingest/status"; }
stored() { sit-query good v --all -f csv --no-header --columns value; }
is_all_there() { cmp -s <(seq "$(<"$BROKER_DIR/sent")") <(stored); }
fail() { echo "not ok: $* (FAULT_SEED=${FAULT_SEED:-1})" >&2; tail -n 3 "$BROKER_DIR/complaints" >&2; exit 1; }

sit-db init -q
sit-gateway add gw
sit-device add m1
sit-device add m2 gateway=gw edge_key=x
sit-device add good
for d in m1 m2 good; do sit-datapoint add v device=$d; done
broker_start
sit-ingest --stats -f jsonl "$BROKER" >"$BROKER_DIR/books" 2>"$BROKER_DIR/complaints" &
ingest=$!
until_true 10 broker_knows sit-ingest-default
behave &
good=$!
python3 "$top/tests/fault/mad.py" "$BROKER_DIR/socket" "$(awk -v s="$seconds" 'BEGIN { print s / 3 }')" "${FAULT_SEED:-1}" >"$BROKER_DIR/first"
kill -0 "$ingest" 2>/dev/null || fail 'sit-ingest is dead'
early=$(memory VmRSS)
python3 "$top/tests/fault/mad.py" "$BROKER_DIR/socket" "$(awk -v s="$seconds" 'BEGIN { print s * 2 / 3 }')" $((${FAULT_SEED:-1} + 1)) >"$BROKER_DIR/second"
touch "$BROKER_DIR/stop"
wait "$good"
kill -0 "$ingest" 2>/dev/null || fail 'sit-ingest is dead'
until_true 60 is_all_there || fail "sent $(<"$BROKER_DIR/sent"), stored $(stored | wc -l)"
late=$(memory VmRSS) peak=$(memory VmHWM)
kill "$ingest"
status=0
wait "$ingest" || status=$?
ingest=
((status == 143)) || fail "sit-ingest ended with $status"
jq -e '.read == .stored + .corrected + .duplicate + .rejected + .quarantined + .empty' "$BROKER_DIR/books" >/dev/null || fail "$(<"$BROKER_DIR/books")"
jq -e '.rejected > 0 and .quarantined > 0' "$BROKER_DIR/books" >/dev/null || fail "nothing was refused: $(<"$BROKER_DIR/books")"
((late - early <= 32 && peak <= 192)) || fail "memory: $early MiB after a third, $late at the end, $peak at most"
sit-db check >"$BROKER_DIR/check" 2>&1 || fail "sit-db check: $(head -n 1 "$BROKER_DIR/check")"
echo "the mad one: $(cat "$BROKER_DIR/first" "$BROKER_DIR/second" | paste -sd, -); the good one: $(<"$BROKER_DIR/sent") sent and stored; memory $early MiB after a third, $late at the end, $peak at most"
