#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Roll-ups of the demo data, computed apart from the programs they test.

    make.py            write oracle-*.csv.gz beside this file
    make.py --check    write nothing; 1 when a file here is missing or has other contents
    make.py --plain D  write the files uncompressed into directory D

Python standard library only. The rules are in README.md.
"""
import csv
import gzip
import io
import math
import pathlib
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

HERE = pathlib.Path(__file__).resolve().parent
PLANT = HERE.parents[2] / "examples" / "plant"
UTC = ZoneInfo("UTC")
MISSING = {"", "?", "NA"}
HEADER = "bucket_start_utc,bucket_start_local,count,sum,min,max,avg,first,last,first_ts,last_ts\n"


def iso(column, zone="UTC"):
    """Time in one column; a stamp without offset is a reading of clocks in zone."""
    def read(row):
        text = row[column].replace("Z", "+00:00")
        stamp = datetime.fromisoformat(text)
        return stamp if stamp.tzinfo else stamp.replace(tzinfo=ZoneInfo(zone))
    return read


def day_and_clock(date, clock, zone):
    """Time in two columns, d/m/yyyy and hh:mm:ss."""
    def read(row):
        stamp = datetime.strptime(row[date] + " " + row[clock], "%d/%m/%Y %H:%M:%S")
        return stamp.replace(tzinfo=ZoneInfo(zone))
    return read


ALL = ("hourly", "daily", "monthly")
SERIES = (
    # file, stem of the oracle, time, column, {zone: periods}
    ("heat-meter", "danish-heat-meter", iso("time_rounded"), "energy_heat_kwh",
     # Hours of UTC would be those of Berlin with another second column.
     {"UTC": ("daily", "monthly"), "Europe/Berlin": ALL}),
    ("solar", "serf_east_15min_ac_power", iso("measured_on"), "ac_power",
     {"UTC": ALL, "Europe/Berlin": ("daily", "monthly")}),
    ("machine-temperature", "machine_temperature_system_failure", iso("timestamp"), "value",
     {"UTC": ALL, "Asia/Kolkata": ALL, "Europe/Berlin": ("daily", "monthly")}),
    ("household-2007-02", "household-2007-02", day_and_clock("date", "time", "Europe/Paris"), "global_active_power",
     {"Europe/Paris": ("hourly", "daily")}),
)


def read_points(name, stamp, column):
    """[(instant, value)] by time; of several rows with one instant the last of the file."""
    points = {}
    with gzip.open(PLANT / (name + ".csv.gz"), "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            if row[column] not in MISSING:
                points[stamp(row).astimezone(UTC)] = float(row[column])
    return sorted(points.items())


def bucket_start(instant, zone, period):
    """The instant at which the bucket of `instant` begins."""
    local = instant.astimezone(zone)
    if period == "hourly":
        # Step back from the instant itself, so that a repeated hour makes two buckets.
        return instant - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    day = 1 if period == "monthly" else local.day
    # fold=0: the first midnight of two, and the instant after the gap when midnight is skipped.
    return datetime(local.year, local.month, day, tzinfo=zone, fold=0).astimezone(UTC)


def zulu(instant):
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def roll_up(points, zone, period):
    buckets = {}
    for instant, value in points:
        buckets.setdefault(bucket_start(instant, zone, period), []).append((instant, value))
    out = io.StringIO()
    out.write(HEADER)
    for start, held in sorted(buckets.items()):
        values = [value for _, value in held]
        total = math.fsum(values)
        numbers = (total, min(values), max(values), total / len(values), values[0], values[-1])
        out.write(",".join([zulu(start), start.astimezone(zone).isoformat(), str(len(values)), *map(repr, numbers),
                            zulu(held[0][0]), zulu(held[-1][0])]) + "\n")
    return out.getvalue()


def oracles():
    """(file name without .gz, contents) of every oracle."""
    for name, stem, stamp, column, zones in SERIES:
        points = read_points(name, stamp, column)
        for zone, periods in zones.items():
            for period in periods:
                yield (f"oracle-{stem}-{column}-{zone.replace('/', '_')}-{period}.csv",
                       roll_up(points, ZoneInfo(zone), period))


def compressed(text):
    out = io.BytesIO()
    # No name and no time in the header: the same contents give the same bytes.
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=out, mtime=0) as packed:
        packed.write(text.encode())
    return out.getvalue()


def check(name, text):
    path = HERE / (name + ".gz")
    same = path.exists() and gzip.decompress(path.read_bytes()).decode() == text
    if not same:
        print(f"make.py: {path.name} is missing or differs", file=sys.stderr)
    return same


def main(argv):
    if argv == []:
        for name, text in oracles():
            (HERE / (name + ".gz")).write_bytes(compressed(text))
        return 0
    if argv == ["--check"]:
        return 0 if all([check(name, text) for name, text in oracles()]) else 1
    if len(argv) == 2 and argv[0] == "--plain":
        for name, text in oracles():
            (pathlib.Path(argv[1]) / name).write_text(text, newline="")
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
