# SPDX-License-Identifier: MIT
# pgproxy.py SERVER-SOCKET OUR-SOCKET EVERY LOG: between a program and Postgres. Of every EVERY-th transaction that writes it loses, in turns, the reply to
# COMMIT (the server has done it) and the COMMIT itself (the server has not), and cuts the connection; each is a line of LOG.
import os
import select
import socket
import sys

server_path, own_path, every, log = sys.argv[1], sys.argv[2], int(sys.argv[3]), open(sys.argv[4], "a", buffering=1)


class Pair:
    def __init__(self, client):
        self.client = client
        self.server = socket.socket(socket.AF_UNIX)
        self.server.connect(server_path)
        self.reply = b""  # of the server, not passed on yet
        self.writes = self.drop = False

    def close(self):
        self.client.close()
        self.server.close()


pairs = {}
commits = lost = 0
listener = socket.socket(socket.AF_UNIX)
listener.bind(own_path)
os.chmod(own_path, 0o777)
listener.listen(64)
print("ready", flush=True)


def forget(pair):
    pairs.pop(pair.client, None)
    pairs.pop(pair.server, None)
    pair.close()


def from_client(pair, data):
    """The COMMIT and what goes before it in the same transaction come in one piece."""
    global commits, lost
    if b"INSERT INTO main.batch" in data and b"COMMIT\0" in data:
        commits += 1
        if commits % every == 0:
            lost += 1
            if lost % 2 == 0:
                log.write("request\n")
                forget(pair)
                return
            pair.drop = True
    pair.server.sendall(data)


def from_server(pair, data):
    pair.reply += data
    at = 0
    while len(pair.reply) - at >= 5:
        size = 1 + int.from_bytes(pair.reply[at + 1 : at + 5], "big")
        if len(pair.reply) - at < size:
            break
        if pair.drop and pair.reply[at : at + 1] == b"C" and pair.reply[at + 5 : at + size] == b"COMMIT\0":
            log.write("reply\n")
            forget(pair)
            return
        at += size
    pair.client.sendall(pair.reply[:at])
    pair.reply = pair.reply[at:]


while True:
    for ready in select.select([listener, *pairs], [], [])[0]:
        if ready is listener:
            pair = Pair(listener.accept()[0])
            pairs[pair.client] = pairs[pair.server] = pair
            continue
        pair = pairs.get(ready)
        if not pair:
            continue
        try:
            data = ready.recv(1 << 16)
            if not data:
                forget(pair)
            elif ready is pair.client:
                from_client(pair, data)
            else:
                from_server(pair, data)
        except OSError:
            forget(pair)
