#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server that answers as its path says, for tests of what is sent to others.

web.py LOG READY [CERT KEY]: each request is a line of JSON in LOG; the port goes into the FIFO READY once it listens.
/ok 200, /fail 500, /later 503 with Retry-After: 600, /gone 410, /away a redirect to /ok, /long an answer without end, /slow no answer for 30 s,
/hang tells the FIFO READY and never answers the first request, /once 500 the first time.
"""
import http.server
import json
import ssl
import sys
import threading
import time

log, ready = sys.argv[1:3]
seen = {}
lock = threading.Lock()


class Peer(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self, status, text='thanks', **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0))).decode()
        with lock:
            seen[self.path] = first = seen.get(self.path, 0) + 1
            with open(log, 'a', encoding='utf-8') as f:
                f.write(json.dumps({'path': self.path, 'headers': dict(self.headers.items()), 'body': body}) + '\n')
        if self.path == '/fail' or (self.path == '/once' and first == 1):
            self.answer(500, 'out of order\x1b[31m')
        elif self.path == '/later':
            self.answer(503, 'busy', Retry_After='600')
        elif self.path == '/gone':
            self.answer(410, 'gone')
        elif self.path == '/away':
            self.answer(302, '', Location='/ok')
        elif self.path == '/slow':
            time.sleep(30)
        elif self.path == '/hang' and first == 1:
            with open(ready, 'w', encoding='utf-8') as f:
                f.write('here\n')
            time.sleep(30)
        elif self.path == '/long':
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(100000):
                    self.wfile.write(b'x' * 4096)
            except OSError:
                pass
            self.close_connection = True
        else:
            self.answer(200)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Peer)
server.daemon_threads = True
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(ready, 'w', encoding='utf-8') as fifo:
    fifo.write('%d\n' % server.server_port)
server.serve_forever()
