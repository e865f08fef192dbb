"""Receivers of the tests' own: a mail server and a webhook on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread


class Mail(StreamRequestHandler):
    """As much of SMTP as one message needs."""

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.say("354 go on")
                text = b""
                while (line := self.rfile.readline()) != b".\r\n":
                    text += line
                self.server.box.append(text.decode())
                self.say("250 taken")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                refused = verb == b"RCPT" and b"nobody@" in line
                self.say("550 not here" if refused else "250 ok")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Hook(BaseHTTPRequestHandler):
    """Takes a POST, or refuses it as often as asked."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.refuse > 0:
            self.server.refuse -= 1
            self.send_response(503)
        else:
            self.server.box.append((dict(self.headers.items()), body))
            self.send_response(204)
        self.end_headers()


@contextmanager
def receiving(kind: type, handler: type) -> Iterator[object]:
    server = kind(("127.0.0.1", 0), handler)
    server.daemon_threads, server.box, server.refuse = True, [], 0
    server.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def mail():
    return receiving(ThreadingTCPServer, Mail)


def webhook():
    return receiving(ThreadingHTTPServer, Hook)
