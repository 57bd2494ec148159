"""A mail server on this machine that keeps what it is given, and refuses or hangs up when it is told to."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Thread


@dataclass
class MailServer:
    """What has come in; `refuses`: recipients, `hangs_up`: how many connections are dropped before the message ends."""

    port: int = 0
    messages: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    hangs_up: int = 0


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Serve SMTP on a free port of the loopback while the context is open."""
    kept = MailServer()

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            recipients: list[str] = []
            self._say("220 test")
            while line := self.rfile.readline().strip().decode():
                word, _, rest = line.partition(" ")
                match word.upper():
                    case "EHLO" | "HELO" | "MAIL" | "RSET" | "NOOP":
                        self._say("250 ok")
                    case "RCPT":
                        address = rest.partition("<")[2].partition(">")[0]
                        if address in kept.refuses:
                            self._say("550 no such person")
                        else:
                            recipients.append(address)
                            self._say("250 ok")
                    case "DATA":
                        self._say("354 go on")
                        if not self._read(recipients):
                            return
                    case "QUIT":
                        self._say("221 bye")
                        return
                    case _:
                        self._say("502 what")

        def _read(self, recipients: list[str]) -> bool:
            lines: list[bytes] = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line[1:] if line.startswith(b"..") else line)
            if kept.hangs_up:
                kept.hangs_up -= 1
                return False
            message = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(message, EmailMessage)
            kept.messages.append((list(recipients), message))
            self._say("250 kept")
            return True

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.daemon_threads = True
        kept.port = server.server_address[1]
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield kept
        finally:
            server.shutdown()
