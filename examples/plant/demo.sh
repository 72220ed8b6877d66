#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The tutorial: a store, an estate out of files, four real meters, and what can be asked of them.
# Run it with `make demo`, or in a shell that finds the programs. It writes to build/demo only.
set -eu

here=$(dirname "$0")
demo=${DEMO:-build/demo}
rm -rf "$demo"
mkdir -p "$demo"
export SIT_DB="$demo/sit.db" SIT_FORMAT=table

# Print a command as it would be typed, then run it.
say() { printf '\n# %s\n' "$*"; }
run() {
	printf '$ %s\n' "$*"
	"$@"
}

say "A store is made once; every other program refuses to work without."
run sit-db init

say "The estate comes out of files: what list writes, add --file reads."
for noun in site model device datapoint; do
	run "sit-$noun" add --file "$here/${noun}s.jsonl"
done
run sit-device list

say "Points come from anywhere. A cumulative heat meter, two of its columns:"
run sit-ingest -v --as heat-660 --time time_rounded --map energy_heat_kwh,volume_flow_m3 "$here/heat-meter.csv.gz"

say "A household, minute by minute: date and time in two columns, Paris time without offset, NA where nothing was measured:"
run sit-ingest -v --as house-1 --time date,time --time-format '%d/%m/%Y %H:%M:%S' --null NA "$here/household-2007-02.csv.gz"

say "A machine, whose file repeats an hour: the later row corrects the earlier, and the old value is kept."
run sit-ingest -v --as machine-1 --time timestamp "$here/machine-temperature.csv.gz"

say "A solar plant, times with their offset:"
run sit-ingest -v --as solar-east --time measured_on "$here/solar.csv.gz"

say "The same file again does no harm."
run sit-ingest -v --as solar-east --time measured_on "$here/solar.csv.gz"

say "The newest value of everything:"
run sit-latest

say "Heat a day, in the meter's own time zone; 25 March has 23 hours:"
run sit-query heat-660 energy_kwh --from 2018-03-23 --to 2018-03-28 --every 1d --agg count,delta,last

say "The household's power, a week of days:"
run sit-query house-1 power_kw --from 2007-02-01 --to 2007-02-08 --every 1d --agg count,avg,max

say "The household's energy at three sub-meters, day by day in watt-hours:"
run sit-query house-1 'kitchen_wh,laundry_wh,climate_wh' --from 2007-02-01 --to 2007-02-04 --every 1d --agg count,sum

say "The solar plant and the machine, a few days; each in its own zone:"
run sit-query solar-east ac_power_w --from 2016-07-01 --to 2016-07-05 --every 1d --agg count,avg,max
run sit-query machine-1 temperature --from 2014-01-06 --to 2014-01-10 --every 1d --agg count,min,avg,max

say "The solar plant and the machine, month by month:"
run sit-query solar-east,machine-1 '*' --all --every 1mo --agg count,min,avg,max

say "Totals per site:"
run sit-query '*' 'energy_kwh,volume_m3' --during 2018 --agg delta --by site

unset SIT_FORMAT

say "In a pipe it is JSON Lines:"
printf '%s\n' "$ sit-query house-1 power_kw --from 2007-02-03 --to 2007-02-04 --every 1h --agg max | jq -c 'select(.max > 5) | [.ts, .max]'"
sit-query house-1 power_kw --from 2007-02-03 --to 2007-02-04 --every 1h --agg max | jq -c 'select(.max > 5) | [.ts, .max]'

say "And CSV, into a file that is whole or not there:"
run sit-query house-1 voltage_v --during 2007-02-01 --every 15m --agg min,max -o "$demo/voltage.csv"
run head -4 "$demo/voltage.csv"

say "What is in the store:"
run sit-db stats -f json
