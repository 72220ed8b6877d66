#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""torn.py RECORD BASE REPORT STATES SEED: power cuts after random steps of a recorded run (record.c) over the store BASE.

What was synced is on the disk; of what was not, any sectors of 512 bytes, in any order. Each state must be sound and hold what had been reported by
then (lines of REPORT, as sit-export -f csv prints points). Says how many states; exits 1 with the first few that are not so.
"""
import os
import random
import struct
import subprocess
import sys

SECTOR = 512
COLUMNS = 'ts,device,datapoint,value,quality'


def read_ops(path):
    log = open(path, 'rb').read()
    ops, at = [], 0
    while at + 22 <= len(log):
        off, length, reported = struct.unpack_from('<qIq', log, at + 2)
        ops.append((chr(log[at]), chr(log[at + 1]), off, reported, log[at + 22:at + 22 + length]))
        at += 22 + length
    return ops


def put(image, off, data):
    if len(image) < off:
        image.extend(bytes(off - len(image)))
    image[off:off + len(data)] = data


def cut(synced, pending):
    """The files as a cut may leave them."""
    files = {}
    for name, base in synced.items():
        image = files[name] = bytearray(base)
        kept = random.choice((0, .5, .5, .5, 1))
        for op, off, data in pending[name]:
            if op == 'T':
                if random.random() < kept:
                    del image[off:]
                continue
            for s in range(0, len(data), SECTOR):
                if random.random() < kept:
                    put(image, off + s, data[s:s + SECTOR])
    return files


def fault(store, files, reported):
    for name, suffix in (('d', ''), ('w', '-wal'), (None, '-shm')):
        if os.path.exists(store + suffix):
            os.remove(store + suffix)
        if name:
            with open(store + suffix, 'wb') as f:
                f.write(files[name])
    check = subprocess.run(['sit-db', 'check', '--db', store], capture_output=True, text=True)
    if check.returncode:
        return 'sit-db check: ' + (check.stdout + check.stderr)[:300]
    export = subprocess.run(['sit-export', '*', '*', '--all', '--db', store, '-f', 'csv', '--no-header', '--columns', COLUMNS],
                            capture_output=True, text=True)
    lost = set(reported) - set(export.stdout.splitlines())
    if export.returncode or lost:
        return f'{len(lost)} of {len(reported)} reported points are lost {export.stderr[:300]}'
    return None


def main():
    record, base, report, states, seed = sys.argv[1:]
    random.seed(int(seed))
    ops = read_ops(record)
    said = open(report, 'rb').read()
    at = set(random.sample(range(len(ops)), min(int(states), len(ops))))
    synced = {'d': bytearray(open(base, 'rb').read()), 'w': bytearray()}
    pending = {'d': [], 'w': []}
    bad = held = 0
    for i, (op, name, off, reported, data) in enumerate(ops):
        if i in at:
            lines = said[:said.rfind(b'\n', 0, reported) + 1].decode().splitlines()
            held += bool(lines)
            why = fault(base + '.cut', cut(synced, pending), lines)
            if why:
                bad += 1
                print(f'cut at step {i} of {len(ops)}: {why}', file=sys.stderr)
        if op != 'S':
            pending[name].append((op, off, data))
            continue
        for kind, where, bytes_ in pending[name]:
            if kind == 'T':
                del synced[name][where:]
            else:
                put(synced[name], where, bytes_)
        pending[name] = []
    print(f'{len(at)} cuts in {len(ops)} steps, {held} with reported points, {bad} bad')
    sys.exit(bad > 0 or held * 4 < len(at))


main()
