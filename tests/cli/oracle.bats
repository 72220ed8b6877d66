#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Rollups of real data against answers that another program computed (tests/data/oracle/README.md): count, min, max, first and
# last exactly, sums within 1e-9.
load ../helpers

setup_file() {
	export ORACLE_DB SIT_NOW=2026-02-01T12:00:00Z
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
	ORACLE_DB=$(place oracle)
	local bin=${SIT_BIN:-build/bin} in=examples/plant noun
	PATH=$(cd "$bin" && pwd):$PATH
	export SIT_DB=$ORACLE_DB
	new_store
	for noun in site model device datapoint; do
		"sit-$noun" add --file "$in/${noun}s.jsonl"
	done
	sit-ingest --as heat-660 --time time_rounded --map energy_heat_kwh,volume_flow_m3 "$in/heat-meter.csv.gz"
	sit-ingest --as solar-east --time measured_on "$in/solar.csv.gz"
	sit-ingest -q --as machine-1 --time timestamp --tz UTC "$in/machine-temperature.csv.gz"
	sit-ingest --as house-1 --time date,time --time-format '%d/%m/%Y %H:%M:%S' --null NA "$in/household-2007-02.csv.gz"
}

# agrees DEVICE DATAPOINT ZONE STEP ORACLE
agrees() {
	SIT_DB=$ORACLE_DB sit-query "$1" "$2" --all --tz "$3" --every "$4" --agg count,sum,min,max,first,last -f csv |
		cut -d, -f1,4- >"$BATS_TEST_TMPDIR/ours"
	gzip -dc "tests/data/oracle/oracle-$5.csv.gz" | cut -d, -f2,3,4,5,6,8,9 >"$BATS_TEST_TMPDIR/theirs"
	awk -F, '
		function off(a, b) { return a > b ? a - b : b - a }
		function size(a) { return a < 0 ? -a : a }
		FNR == 1 { next }
		NR == FNR { sub(/\+00:00$/, "Z", $1); want[$1] = $1 "," $2 "," $3 "," $4 "," $5 "," $6 "," $7; n++; next }
		{
			if (!($1 in want)) { print "no such bucket: " $0; bad = 1; next }
			split(want[$1], w, ",")
			if ($2 + 0 != w[2] + 0 || $4 + 0 != w[4] + 0 || $5 + 0 != w[5] + 0 || $6 + 0 != w[6] + 0 || $7 + 0 != w[7] + 0 ||
			    off($3, w[3]) > 1e-9 * size(w[3])) { print "ours " $0 " theirs " want[$1]; bad = 1 }
			m++
		}
		END { if (n != m || n == 0) { print m " buckets, want " n; bad = 1 } exit bad }
	' "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
}

@test "heat meter: days and months in UTC, hours, days and months in Berlin (days of 23 and 25 hours)" {
	agrees heat-660 energy_kwh UTC 1d danish-heat-meter-energy_heat_kwh-UTC-daily
	agrees heat-660 energy_kwh UTC 1mo danish-heat-meter-energy_heat_kwh-UTC-monthly
	agrees heat-660 energy_kwh Europe/Berlin 1h danish-heat-meter-energy_heat_kwh-Europe_Berlin-hourly
	agrees heat-660 energy_kwh Europe/Berlin 1d danish-heat-meter-energy_heat_kwh-Europe_Berlin-daily
	agrees heat-660 energy_kwh Europe/Berlin 1mo danish-heat-meter-energy_heat_kwh-Europe_Berlin-monthly
}

@test "solar plant: hours, days, months in UTC, days and months in Berlin" {
	agrees solar-east ac_power_w UTC 1h serf_east_15min_ac_power-ac_power-UTC-hourly
	agrees solar-east ac_power_w UTC 1d serf_east_15min_ac_power-ac_power-UTC-daily
	agrees solar-east ac_power_w UTC 1mo serf_east_15min_ac_power-ac_power-UTC-monthly
	agrees solar-east ac_power_w Europe/Berlin 1d serf_east_15min_ac_power-ac_power-Europe_Berlin-daily
	agrees solar-east ac_power_w Europe/Berlin 1mo serf_east_15min_ac_power-ac_power-Europe_Berlin-monthly
}

@test "machine temperature, duplicates corrected: Kolkata's hours do not begin at UTC's" {
	agrees machine-1 temperature UTC 1h machine_temperature_system_failure-value-UTC-hourly
	agrees machine-1 temperature UTC 1d machine_temperature_system_failure-value-UTC-daily
	agrees machine-1 temperature UTC 1mo machine_temperature_system_failure-value-UTC-monthly
	agrees machine-1 temperature Asia/Kolkata 1h machine_temperature_system_failure-value-Asia_Kolkata-hourly
	agrees machine-1 temperature Asia/Kolkata 1d machine_temperature_system_failure-value-Asia_Kolkata-daily
	agrees machine-1 temperature Asia/Kolkata 1mo machine_temperature_system_failure-value-Asia_Kolkata-monthly
	agrees machine-1 temperature Europe/Berlin 1d machine_temperature_system_failure-value-Europe_Berlin-daily
	agrees machine-1 temperature Europe/Berlin 1mo machine_temperature_system_failure-value-Europe_Berlin-monthly
}

@test "household: naive Paris time, hours and days" {
	agrees house-1 power_kw Europe/Paris 1h household-2007-02-global_active_power-Europe_Paris-hourly
	agrees house-1 power_kw Europe/Paris 1d household-2007-02-global_active_power-Europe_Paris-daily
}

@test "the deltas of days add up to the delta of the month" {
	export SIT_DB=$ORACLE_DB
	days=$(sit-query heat-660 energy_kwh --during 2018-03 --every 1d --agg delta | jq -s 'map(.delta) | add')
	month=$(sit-query heat-660 energy_kwh --during 2018-03 --every 1mo --agg delta | jq .delta)
	awk -v a="$days" -v b="$month" 'BEGIN { d = a - b; exit !(d < 1e-6 && d > -1e-6 && a > 1000) }'
}

@test "a buckets' device that is added up --by site equals the sum over its devices" {
	export SIT_DB=$ORACLE_DB
	# from 2 January 23:00 to 31 December 22:00 UTC: 363 days of 24 hours
	try sit-query '*' 'energy_kwh' --during 2018 --agg delta,count --by site
	want 0
	expect_json '[.site, .datapoint, .count]' '["aalborg","energy_kwh",8712]'
}
