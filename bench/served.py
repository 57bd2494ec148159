"""The application as people meet it: served by its own command, signed in to as a browser does."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlencode

from flask import Flask

from app import config, create_app

ROOT = Path(__file__).parent.parent
JSON = "application/json"


class Browser:
    """A signed-in person's connection to a served application, kept open."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.headers: dict[str, str] = {}
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        """Return status and text of an answer; keep the cookie that it sets."""
        self._connection.request(method, path, body, {**self.headers, **headers})
        response = self._connection.getresponse()
        if cookie := response.getheader("Set-Cookie"):
            self.headers["Cookie"] = cookie.partition(";")[0]
        return response.status, response.read().decode()

    def sign_in(self, login: str, password: str) -> None:
        """Sign in through the page's form; what is sent from now on carries session and token."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.ask("GET", "/login")[1])
        assert token is not None, "the login page has no token"
        form = urlencode({"login": login, "password": password, "csrf_token": token[1]})
        content = {"Content-Type": "application/x-www-form-urlencoded"}
        status, answer = self.ask("POST", "/login", form, Accept=JSON, **content)
        assert status == 200, answer
        self.headers["X-CSRFToken"] = json.loads(answer)["csrf_token"]


class Server:
    """The serving processes."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log

    def told(self) -> str:
        """Return what the processes have printed."""
        return self.log.read_text(errors="replace")

    def processor_seconds(self) -> float:
        """Return what the processes have computed so far; Linux tells it."""
        children: dict[int, list[int]] = {}
        ticks: dict[int, int] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                figures = path.read_text().rpartition(")")[2].split()
                children.setdefault(int(figures[1]), []).append(int(path.parent.name))
                ticks[int(path.parent.name)] = int(figures[11]) + int(figures[12])
        family, total = [self.process.pid], 0
        while family:
            one = family.pop()
            total += ticks.get(one, 0)
            family += children.get(one, [])
        return total / os.sysconf("SC_CLK_TCK")


def application(environment: Mapping[str, str]) -> Flask:
    """Return the application in this process, to set it up and to look at what became of it."""
    return create_app(config.from_environment(environment))


@contextmanager
def serving(environment: Mapping[str, str], processes: int) -> Iterator[Server]:
    """Run `changtong run` on a free port while the context is open."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "run", "--example", "--port", str(port), "--processes", str(processes)]
    with Path(environment["CHANGTONG_DATA"], "log").open("wb") as log:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            server = Server(process, port, Path(log.name))
            _wait_for(server)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _wait_for(server: Server) -> None:
    until = monotonic() + 60
    while monotonic() < until and server.process.poll() is None:
        with suppress(OSError):
            if Browser(server.port).ask("GET", "/healthz")[0] == 200:
                return
        sleep(0.1)
    raise RuntimeError(f"the application does not answer:\n{server.told()}")
