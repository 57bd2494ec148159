"""Sends completions over HTTP as fast as they are answered, as a process of its own.

Standard input holds one JSON object: `port`, `headers`, `body`, `paths`, `connections`, `seconds` (at most so long).
Standard output gets one: `seconds`, `milliseconds` of each answer, `refused` (statuses other than 200).
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from time import perf_counter
from typing import Any


class Connection(asyncio.Protocol):
    """Posts to one path after the other over one kept connection, the next one when the last is answered."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.answer = b""
        self.begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head, separator, body = self.answer.partition(b"\r\n\r\n")
        if not separator or len(body) < _length(head):
            return
        self.load.milliseconds.append((perf_counter() - self.begun) * 1000)
        if not head.startswith(b"HTTP/1.1 200"):
            self.load.refused.append(head.split(b" ", 2)[1].decode())
        self.answer = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.load.close_one()

    def _send(self) -> None:
        path = self.load.next_path()
        if path is None:
            self.transport.close()
            return
        self.begun = perf_counter()
        self.transport.write(b"POST " + path.encode() + self.load.rest)


class Load:
    """What all connections share: the paths that are left, and what was measured."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        body = json.dumps(order["body"]).encode()
        headers = {**order["headers"], "Host": f"127.0.0.1:{order['port']}", "Content-Length": str(len(body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.rest = f" HTTP/1.1\r\n{lines}\r\n".encode() + body
        self.paths: Iterator[str] = iter(order["paths"])
        self.milliseconds: list[float] = []
        self.refused: list[str] = []

    def next_path(self) -> str | None:
        """Return what is to be asked for next; None when all is done or the time is up."""
        return next(self.paths, None) if perf_counter() < self.until else None

    def close_one(self) -> None:
        """Note the end of a connection; the last one ends the load."""
        self.open -= 1
        if not self.open:
            self.done.set()

    async def run(self) -> dict[str, Any]:
        """Open the connections, wait until all paths are asked for, return what was measured."""
        self.open, self.done = self.order["connections"], asyncio.Event()
        begun = perf_counter()
        self.until = begun + self.order["seconds"]
        loop = asyncio.get_running_loop()
        for _ in range(self.order["connections"]):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", self.order["port"])
        await self.done.wait()
        return {"seconds": perf_counter() - begun, "milliseconds": self.milliseconds, "refused": self.refused}


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


if __name__ == "__main__":
    json.dump(asyncio.run(Load(json.load(sys.stdin)).run()), sys.stdout)
