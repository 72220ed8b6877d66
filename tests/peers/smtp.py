#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A mail server that keeps what it takes, for tests.

smtp.py LOG READY CERT KEY [plain]: each message is a line of JSON in LOG; the port goes into the FIFO READY once it listens. It asks for STARTTLS (not: plain), knows
the login ops with the password "let me in", has no mailbox nobody@, and has no room at the moment for later@.
"""
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

log, ready, cert, key = sys.argv[1:5]
plain = 'plain' in sys.argv[5:]


class Box:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('nobody@'):
            return '550 no such mailbox'
        if address.startswith('later@'):
            return '451 no room'
        envelope.rcpt_tos.append(address)
        return '250 fine'

    async def handle_DATA(self, server, session, envelope):
        m = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = [p for p in m.walk() if not p.is_multipart()]
        with open(log, 'a', encoding='utf-8') as f:
            f.write(json.dumps({
                'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'tls': session.ssl is not None, 'login': session.auth_data or None,
                'headers': {k.lower(): str(v) for k, v in m.items()}, 'text': parts[0].get_content().replace('\r\n', '\n'),
                'files': [[p.get_filename(), p.get_payload(decode=True).decode('latin-1')] for p in parts[1:]]}) + '\n')
        return '250 kept'


def login(server, session, envelope, mechanism, data):
    good = data.login == b'ops' and data.password == b'let me in'
    return AuthResult(success=good, auth_data='ops') if good else AuthResult(success=False, handled=False)


context = None
if not plain:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Box(), tls_context=context, require_starttls=not plain, authenticator=login, auth_required=False, loop=loop), '127.0.0.1', 0)
    with open(ready, 'w', encoding='utf-8') as fifo:
        fifo.write('%d\n' % server.sockets[0].getsockname()[1])
    await server.serve_forever()

asyncio.run(serve())
