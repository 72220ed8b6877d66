#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The server of a WebSocket that behaves as its path says, for tests of who speaks MQTT through one.

websocket.py LOG READY BROKER: listens on a port of 127.0.0.1, which goes into the FIFO READY, and carries what comes to the broker's Unix socket.
/mqtt as it should be, /odd each of the broker's pieces in fragments of 1 to 7 bytes with pings between them; /status/N answers HTTP N, /away with a
redirect to /mqtt, /silent not at all, /plain without a subprotocol, /other with another, /wrong with a key that does not fit, /huge with headers
without end, /text sends text, /closing closes with 1008. Nothing goes on to the broker for as
long as LOG.deaf exists.
LOG: a line for each request, for what is wrong with the client's frames, for the pongs that were asked for, and for each megabyte that went on.
"""
import base64
import hashlib
import itertools
import os
import socket
import struct
import sys
import threading
import time

log, ready, broker = sys.argv[1:4]
lock = threading.Lock()


def note(*words):
    with lock, open(log, 'a', encoding='utf-8') as f:
        print(*words, file=f)


def head(s):
    """The request's lines; what comes behind them waits."""
    got = b''
    while not got.endswith(b'\r\n\r\n'):
        byte = s.recv(1)
        if not byte:
            return []
        got += byte
    return got.decode('latin-1').split('\r\n')


def answer(s, status, *lines):
    s.sendall('\r\n'.join((f'HTTP/1.1 {status}', *lines, '', '')).encode())


def frame(opcode, data, fin=True):
    n = len(data)
    size = bytes([n]) if n < 126 else struct.pack('>BH', 126, n) if n < 65536 else struct.pack('>BQ', 127, n)
    return bytes([opcode | (0x80 if fin else 0)]) + size + data


def exactly(s, n):
    got = bytearray()
    while len(got) < n:
        more = s.recv(n - len(got))
        if not more:
            raise ConnectionError
        got += more
    return bytes(got)


def from_client(s, to, writing, pings):
    """Frames of the client to the broker, until one of the two is gone; each megabyte is noted."""
    passed = 0
    while True:
        first, second = exactly(s, 2)
        size = second & 0x7f
        if size > 125:
            size = int.from_bytes(exactly(s, 2 if size == 126 else 8), 'big')
        if not second & 0x80:
            note('unmasked')
        mask = exactly(s, 4)
        masked = exactly(s, size)
        data = (int.from_bytes(masked, 'big') ^ int.from_bytes((mask * (size // 4 + 1))[:size], 'big')).to_bytes(size, 'big')
        opcode = first & 0xf
        if opcode == 8:
            note('close', int.from_bytes(data[:2], 'big'))
            with writing:
                s.sendall(frame(8, data[:2]))
            return
        if opcode == 10:
            pings.discard(data)
            if not pings:
                note('pongs')
        elif opcode in (0, 2) and not first & 0x70:
            while os.path.exists(log + '.deaf'):
                time.sleep(0.01)
            to.sendall(data)
            passed += size
            if passed // 1000000 > (passed - size) // 1000000:
                note('bytes', passed // 1000000)
        else:
            note('opcode', opcode, first & 0x70)


def to_client(s, path, src, writing, pings):
    widths, number = itertools.cycle(range(1, 8)), itertools.count()
    while True:
        data = src.recv(65536)
        if not data:
            return
        with writing:
            if path != '/odd':
                s.sendall(frame(2, data))
                continue
            pieces, at = [], 0
            while at < len(data):
                n = min(next(widths), len(data) - at)
                pieces.append(data[at:at + n])
                at += n
            for i, piece in enumerate(pieces):
                s.sendall(frame(0 if i else 2, piece, i == len(pieces) - 1))
                if i % 5 == 0 and not pings:
                    ping = b'ping %d' % next(number)
                    pings.add(ping)
                    s.sendall(frame(9, ping))


def upgrade(s, path, key):
    """The answer to the request for a WebSocket: true, it is one."""
    accept = base64.b64encode(hashlib.sha1((key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').encode()).digest()).decode()
    lines = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Accept: ' + ('x' + accept[1:] if path == '/wrong' else accept)]
    if path.startswith('/status/'):
        answer(s, path[8:] + ' no', 'Content-Length: 0')
    elif path == '/away':
        answer(s, '302 Found', 'Location: /mqtt', 'Content-Length: 0')
    elif path == '/silent':
        s.recv(1)
    elif path == '/huge':
        s.sendall(b'HTTP/1.1 101 Switching\r\n')
        while True:
            s.sendall(b'X-Filler: ' + b'x' * 1000 + b'\r\n')
    else:
        answer(s, '101 Switching Protocols', *lines, *([] if path == '/plain' else ['Sec-WebSocket-Protocol: ' + ('amqp' if path == '/other' else 'mqtt')]))
        return True
    return False


def serve(s):
    lines = head(s)
    path = lines[0].split(' ')[1] if lines else ''
    fields = dict(line.lower().split(': ', 1) for line in lines[1:] if ': ' in line)
    keys = [line.split(': ', 1)[1] for line in lines if line.lower().startswith('sec-websocket-key: ')]
    note('GET', path, fields.get('host'), fields.get('sec-websocket-protocol'))
    if not keys or not upgrade(s, path, keys[0]):
        return
    if path == '/text':
        s.sendall(frame(1, b'hello'))
    elif path == '/closing':
        s.sendall(frame(8, struct.pack('>H', 1008) + b'not \x1b[31mhere'))
    to, writing, pings = socket.socket(socket.AF_UNIX), threading.Lock(), set()
    to.connect(broker)

    def back():
        try:
            to_client(s, path, to, writing, pings)
        except OSError:
            pass
        s.close()

    threading.Thread(target=back, daemon=True).start()
    try:
        from_client(s, to, writing, pings)
    finally:
        to.close()


def guarded(s):
    try:
        serve(s)
    except (OSError, ValueError, IndexError):
        pass
    finally:
        s.close()


listening = socket.create_server(('127.0.0.1', 0), backlog=64)
with open(ready, 'w', encoding='utf-8') as f:
    print(listening.getsockname()[1], file=f)
while True:
    client, _ = listening.accept()
    threading.Thread(target=guarded, args=(client,), daemon=True).start()
