"""A mail server for tests: enough of SMTP for one sender at a time on a connection."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import Any, cast


@dataclass
class Accepted:
    """A message that was answered 250; `confirmed` once another command followed."""

    content: bytes
    confirmed: bool = False

    @property
    def message(self) -> EmailMessage:
        parsed: Any = message_from_bytes(self.content, policy=SMTPUTF8)
        return cast(EmailMessage, parsed)


class MailServer(socketserver.ThreadingTCPServer):
    """`offers` are extensions, `refuses` maps a command to its reply, and `delay` is
    the seconds before each reply.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Dialogue)
        self.offers = [b"250-SMTPUTF8"]
        self.refuses: dict[bytes, bytes] = {}
        self.delay = 0.0
        self.lines: list[bytes] = []
        self.accepted: list[Accepted] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no error of the server."""

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a site that sends its emails here."""
        host, port = self.server_address[:2]
        return {
            "EMAIL_HOST": str(host),
            "EMAIL_PORT": str(port),
            "EMAIL_USE_TLS": "false",
            "PUBLIC_URL": "http://fluxrate.example",
        }


class _Dialogue(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        last: Accepted | None = None
        self.say(b"220 test")
        for line in self.rfile:
            if last is not None:
                last.confirmed = True
                last = None
            self.server.lines.append(line.rstrip())
            command = line.split(b" ")[0].strip().upper()
            if reply := self.server.refuses.get(command):
                self.say(reply)
            elif command == b"EHLO":
                self.say(b"250-test", *self.server.offers, b"250 8BITMIME")
            elif command == b"DATA":
                self.say(b"354 go on")
                content = b"".join(iter(self.rfile.readline, b".\r\n"))
                last = Accepted(content)
                self.server.accepted.append(last)
                self.say(b"250 taken")
            elif command == b"QUIT":
                return self.say(b"221 bye")
            else:
                self.say(b"250 ok")
        return None

    def say(self, *lines: bytes) -> None:
        time.sleep(self.server.delay)
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
