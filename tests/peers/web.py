#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server that answers as its path says, for tests of what is sent to others.

web.py LOG READY [CERT KEY]: each request is a line of JSON in LOG; the port goes into the FIFO READY once it listens.
/ok 200, /fail 500, /later 503 with Retry-After: 600, /gone 410, /away a redirect to /ok, /long an answer without end, /slow no answer for 30 s,
/teams 202 without a text; /slack "ok", or 400 "no_text"; a path that ends with /Messages.json is Twilio's: 201, or 400 for a number that is none;
/hang tells the FIFO READY and never answers the first request, /once 500 the first time.
"""
import http.server
import json
import ssl
import sys
import threading
import time
import urllib.parse

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

    def twilio(self, form):
        """As its public documentation has it: the message, or what is wrong with it."""
        to = form['To'][0]
        if to.endswith('0000'):
            self.answer(400, json.dumps({'code': 21211, 'message': f"The 'To' number {to} is not a valid phone number.",
                                         'more_info': 'https://www.twilio.com/docs/errors/21211', 'status': 400}))
            return
        self.answer(201, json.dumps({'account_sid': 'AC1', 'sid': 'SM87105da94bff44b999e4e6eb90d8eb6a', 'status': 'queued', 'to': to,
                                     'from': form['From'][0], 'body': form['Body'][0], 'error_code': None, 'error_message': None}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0))).decode()
        with lock:
            seen[self.path] = first = seen.get(self.path, 0) + 1
            with open(log, 'a', encoding='utf-8') as f:
                f.write(json.dumps({'path': self.path, 'headers': dict(self.headers.items()), 'body': body}) + '\n')
        if self.path == '/fail' or (self.path == '/once' and first == 1):
            self.answer(500, 'out of order\x1b[31m')
        elif self.path == '/teams':
            self.answer(202, '')
        elif self.path == '/slack':
            self.answer(200, 'ok') if json.loads(body).get('text') else self.answer(400, 'no_text')
        elif self.path.endswith('/Messages.json'):
            self.twilio(urllib.parse.parse_qs(body, strict_parsing=True))
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
