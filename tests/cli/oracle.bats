#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Roll-ups of the demo data against tests/data/oracle, which another program computed (README.md there).
load ../helpers

# One store for all of the file: nothing here writes after it is made.
setup_file() {
	export SIT_BIN=${SIT_BIN:-build/bin} store=$BATS_FILE_TMPDIR/sit.db
	[[ $SIT_BIN == /* ]] || SIT_BIN=$PWD/$SIT_BIN
	[[ -x $SIT_BIN/sit-ingest && -x $SIT_BIN/sit-query ]] || return 0
	local noun
	export SIT_DB=$store PATH=$SIT_BIN:$PATH TZ=UTC
	sit-db init --test
	for noun in site model device datapoint; do
		"sit-$noun" add --file "examples/plant/${noun}s.jsonl"
	done
	sit-ingest --as heat-660 --time time_rounded --map energy_heat_kwh,volume_flow_m3 examples/plant/heat-meter.csv.gz
	sit-ingest --as machine-1 --time timestamp --tz UTC examples/plant/machine-temperature.csv.gz
	sit-ingest --as solar-east --time measured_on examples/plant/solar.csv.gz
	sit-ingest --as house-1 --time date,time --time-format '%d/%m/%Y %H:%M:%S' --null NA examples/plant/household-2007-02.csv.gz
}

given() {
	[[ -e ${store-} ]] || skip "sit-ingest is not built"
	export SIT_DB=$store
}

# compare FILE DEVICE DATAPOINT ZONE PERIOD...: count, min, max, first and last to the digit, sum to 1e-9.
compare() {
	local file=$1 device=$2 datapoint=$3 zone=$4 period step
	shift 4
	for period; do
		case $period in
		hourly) step=1h ;;
		daily) step=1d ;;
		monthly) step=1mo ;;
		esac
		sit-query "$device" "$datapoint" --all --every "$step" --tz "$zone" --agg count,sum,min,max,first,last -f csv \
			>"$BATS_TEST_TMPDIR/ours"
		zcat "tests/data/oracle/oracle-$file-${zone/\//_}-$period.csv.gz" >"$BATS_TEST_TMPDIR/theirs"
		awk -F, -v zone="$zone" -f tests/cli/oracle.awk "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours" ||
			{ echo "^ $file $zone $period" >&2; return 1; }
	done
}

@test "a heat meter, UTC" {
	compare danish-heat-meter-energy_heat_kwh heat-660 energy_kwh UTC daily monthly
}

@test "a heat meter, Berlin: days of 23 and 25 hours" {
	compare danish-heat-meter-energy_heat_kwh heat-660 energy_kwh Europe/Berlin hourly daily monthly
}

@test "a solar plant, UTC" {
	compare serf_east_15min_ac_power-ac_power solar-east ac_power_w UTC hourly daily monthly
}

@test "a solar plant, Berlin" {
	compare serf_east_15min_ac_power-ac_power solar-east ac_power_w Europe/Berlin daily monthly
}

@test "a machine, UTC: later rows correct earlier ones" {
	compare machine_temperature_system_failure-value machine-1 temperature UTC hourly daily monthly
}

@test "a machine, Kolkata: hours begin at half hours of UTC" {
	compare machine_temperature_system_failure-value machine-1 temperature Asia/Kolkata hourly daily monthly
}

@test "a machine, Berlin" {
	compare machine_temperature_system_failure-value machine-1 temperature Europe/Berlin daily monthly
}

@test "a household, Paris" {
	compare household-2007-02-global_active_power house-1 power_kw Europe/Paris hourly daily
}

@test "without --tz days are those of the site" {
	sit-query house-1 power_kw --all --every 1d --agg count,sum -f csv >"$BATS_TEST_TMPDIR/site"
	sit-query house-1 power_kw --all --every 1d --agg count,sum --tz Europe/Paris -f csv |
		sed 's/^\([^,]*\)T00:00:00+01:00/\1/' >"$BATS_TEST_TMPDIR/zone"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/site") == 29 ]]
	diff <(cut -d, -f2- "$BATS_TEST_TMPDIR/site") <(cut -d, -f2- "$BATS_TEST_TMPDIR/zone")
}
