"""A mail server on this machine that keeps what it is given, and refuses or hangs up when it is told to."""

from __future__ import annotations

import socket
import socketserver
import ssl
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import Literal

Security = Literal["none", "starttls", "tls"]


@dataclass
class MailServer:
    """What has come in; `refuses`: recipients, `hangs_up`: how many connections are dropped before the message ends.

    `said` holds what was said in the clear, `logins` who signed in and with which password.
    """

    port: int = 0
    messages: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    hangs_up: int = 0
    said: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)


def certificate(folder: Path) -> Path:
    """Make a certificate of this machine, with its key, that nobody trusts who is not told to."""
    key, own, both = folder / "key", folder / "certificate", folder / "both"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", own, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    both.write_bytes(key.read_bytes() + own.read_bytes())
    return both


@contextmanager
def mail_server(security: Security = "none", chain: Path | None = None) -> Iterator[MailServer]:
    """Serve SMTP on a free port of the loopback while the context is open; `chain`: a key with its certificate."""
    kept = MailServer()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if chain is not None:
        context.load_cert_chain(chain)

    class Conversation(socketserver.StreamRequestHandler):
        def setup(self) -> None:
            self.is_safe = False
            if security == "tls":
                self._protect()
            super().setup()

        def _protect(self) -> None:
            assert isinstance(self.request, socket.socket)
            self.request = context.wrap_socket(self.request, server_side=True)
            self.is_safe = True

        def finish(self) -> None:
            super().finish()
            self.request.close()

        def handle(self) -> None:
            recipients: list[str] = []
            self._say("220 test")
            while line := self.rfile.readline().strip().decode():
                word, _, rest = line.partition(" ")
                if not self.is_safe:
                    kept.said.append(line)
                match word.upper():
                    case "EHLO":
                        can = "AUTH PLAIN" if self.is_safe else "STARTTLS" if security == "starttls" else "8BITMIME"
                        self._say(f"250-test\r\n250 {can}")
                    case "STARTTLS" if security == "starttls" and not self.is_safe:
                        self._say("220 go on")
                        super().finish()
                        self._protect()
                        super().setup()
                    case "AUTH":
                        _none, user, password = b64decode(rest.partition(" ")[2]).decode().split("\0")
                        kept.logins.append((user, password))
                        self._say("235 welcome")
                    case "HELO" | "MAIL" | "RSET" | "NOOP":
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

    class Quiet(socketserver.ThreadingTCPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of those who do not trust the certificate and hang up."""

    with Quiet(("127.0.0.1", 0), Conversation) as server:
        server.daemon_threads = True
        kept.port = server.server_address[1]
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield kept
        finally:
            server.shutdown()
