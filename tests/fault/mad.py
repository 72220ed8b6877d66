#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mad.py SOCKET SECONDS SEED: a publisher gone mad. Topics, payloads and packets at random, right and wrong, over a broker's Unix socket; when the broker
hangs up it comes again. Never under the device "good". Prints how many of each it sent."""
import collections
import random
import socket
import sys
import time

path, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
dice = random.Random(seed)
sent = collections.Counter()
WORDS = ['telemetry', 'event', 'status', 'location', 'command', 'command/ack', 'config/ack', 'ota/progress', 'script/log', 'nonsense', '', 'x/telemetry']
DEVICES = ['m1', 'm2', 'gw', 'ghost', 'ghost%2F', '%', '%ZZ', 'é', '', ' ', "'; DROP TABLE device; --", 'a' * 300, '..', '-', '$SYS']
VALUES = ['1', '-0', '1e308', '1e999', '9007199254740993', 'NaN', 'null', 'true', '"text"', '"\\ud800"', '""', '[]', '{}', '{"lat":91,"lon":0}', '01', '"' + 'x' * 5000 + '"']
TIMES = ['1', '-1', '1e300', '"now"', '"2026-01-01T00:00:00Z"', '"2026-02-30"', '"never"', 'null', '{}', '253402300800', '1767225600']


def block(text):
    return len(text).to_bytes(2, 'big') + text


def length(n):
    out = b''
    while True:
        out += bytes([n % 128 | (128 if n > 127 else 0)])
        n //= 128
        if not n:
            return out


def packet(kind, body):
    return bytes([kind]) + length(len(body)) + body


def noise(most):
    return dice.randbytes(dice.randrange(most))


def topic():
    kind = dice.randrange(10)
    if kind == 0:
        return noise(80)
    if kind == 1:
        return dice.choice(['sit/default/+/telemetry', 'sit/#', '#', '+', 'sit/default/m1/#', '$SYS/broker/uptime', '$share/g/sit/#', 'sit/default/m1\0/telemetry']).encode()
    org = 'default' if dice.randrange(5) else dice.choice(['other', '', '+', 'x' * 100])
    return '/'.join(['sit', org, dice.choice(DEVICES), dice.choice(WORDS)]).encode()


def values():
    names = dice.sample(['v', 'w', 'é', '', 'a' * 255, 'online', '__proto__', 'v' * 5000, str(dice.randrange(10 ** 6))], dice.randrange(1, 4))
    return '{' + ','.join(f'"{n}":{dice.choice(VALUES)}' for n in names) + '}'


def payload():
    kind = dice.randrange(12)
    if kind == 0:
        return noise(3000)
    if kind == 1:
        return dice.choice([b'', b' ', b'[]', b'{}', b'17', b'"', b'\xef\xbb\xbf{}', b'\0', b'online', b'offline', b'[[[[', b'{"values":'])
    if kind == 2:
        return dice.choice([b'[', b'{"a":', b'"x', b'9', b'\0']) * dice.randrange(1, 400000)
    text = f'{{"ts":{dice.choice(TIMES)},"values":{values()}}}'
    if kind == 3:
        text = '[' + ','.join([text] * dice.randrange(50)) + ']'
    if kind == 4:
        text = f'{{"device":"{dice.choice(["good", "m2", "gw"])}","datapoint":"v","value":{dice.choice(VALUES)}}}'
    body = bytearray(text.encode())
    for _ in range(dice.randrange(4) if kind < 8 else 0):
        if body:
            body[dice.randrange(len(body))] = dice.randrange(256)
    return bytes(body)


def right():
    qos = dice.randrange(2)
    name = topic()
    if b'/good/' in name:
        name = b'sit/default/m1/telemetry'
    return packet(0x30 | qos << 1 | (dice.randrange(20) == 0), block(name) + (dice.randrange(1, 65536).to_bytes(2, 'big') if qos else b'') + payload())


def wrong():
    kind = dice.randrange(6)
    if kind == 0:
        return noise(200)
    if kind == 1:
        return bytes([dice.randrange(256)]) + b'\xff\xff\xff\xff\x7f'
    if kind == 2:
        return right()[:-1]  # the rest never comes
    if kind == 3:
        return packet(0x36, block(b'sit/default/m1/telemetry') + b'\0\1{}')  # QoS 3
    if kind == 4:
        return packet(0x32, block(b'sit/default/m1/telemetry') + b'\0\0{}')  # packet 0
    return packet(dice.randrange(256), noise(60))


def session(until):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(2)
        s.connect(path)
        s.sendall(packet(0x10, block(b'MQTT') + b'\4\2\0\x3c' + block(b'mad%d' % dice.randrange(10 ** 9))))
        s.recv(4)
        while time.monotonic() < until:
            bad = dice.randrange(40) == 0
            sent['wrong' if bad else 'right'] += 1
            s.sendall(wrong() if bad else right())
            s.setblocking(False)
            try:
                if s.recv(65536) == b'':
                    return
            except BlockingIOError:
                pass
            s.settimeout(2)


end = time.monotonic() + seconds
while time.monotonic() < end:
    sent['sessions'] += 1
    try:
        session(end)
    except OSError:
        pass
print(' '.join(f'{k} {v}' for k, v in sorted(sent.items())))
