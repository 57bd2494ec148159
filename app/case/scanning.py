"""Asks a virus scanner about a file before it is taken: a clamd on a socket, or any command. Off unless it is set."""

from __future__ import annotations

import shlex
import socket
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO, TypeAlias

from app.case.errors import AttachmentInfected, ScannerUnavailable
from app.case.media import CHUNK

Scanner: TypeAlias = Callable[[IO[bytes]], None]
"""Raises AttachmentInfected when there is something in the file, ScannerUnavailable when that cannot be told."""
_CLAMD = "clamd:"
_LONGEST_ANSWER = 4096
_CLEAN, _INFECTED = 0, 1
"""What a command's exit code says, as clamscan, clamdscan and their like agree."""


def scanner_of(setting: str, seconds: float) -> Scanner | None:
    """Return the scanner that a setting names: `clamd:/socket`, `clamd:host:port`, or a command that reads the file.

    "" is none. Raises ValueError for a setting that names nothing.
    """
    wanted = setting.strip()
    if not wanted:
        return None
    if wanted.startswith(_CLAMD):
        address = _address(wanted.removeprefix(_CLAMD))
        return lambda content: _ask_clamd(address, content, seconds)
    command = shlex.split(wanted)
    return lambda content: _ask_command(command, content, seconds)


def _address(text: str) -> str | tuple[str, int]:
    if text.startswith("/"):
        return str(Path(text))
    host, separator, port = text.rpartition(":")
    if not separator or not host or not port.isdecimal():
        raise ValueError(f"a clamd is at clamd:/socket or clamd:host:port, not at {_CLAMD}{text}")
    return host, int(port)


def _ask_clamd(address: str | tuple[str, int], content: IO[bytes], seconds: float) -> None:
    """Send the file in pieces. Source: clamd(8), INSTREAM."""
    try:
        answer = _instream(address, content, seconds)
    except OSError as error:
        raise ScannerUnavailable("clamd cannot be reached") from error
    if answer.endswith("FOUND"):
        raise AttachmentInfected("the scanner found something")
    if not answer.endswith("OK"):
        raise ScannerUnavailable("clamd could not tell")


def _instream(address: str | tuple[str, int], content: IO[bytes], seconds: float) -> str:
    content.seek(0)
    with closing(_connected(address, seconds)) as line:
        line.sendall(b"zINSTREAM\0")
        while piece := content.read(CHUNK):
            line.sendall(len(piece).to_bytes(4, "big") + piece)
        line.sendall(bytes(4))
        answer = b""
        while len(answer) < _LONGEST_ANSWER and b"\0" not in answer and (piece := line.recv(_LONGEST_ANSWER)):
            answer += piece
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _connected(address: str | tuple[str, int], seconds: float) -> socket.socket:
    if not isinstance(address, str):
        return socket.create_connection(address, seconds)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(seconds)
    try:
        line.connect(address)
    except OSError:
        line.close()
        raise
    return line


def _ask_command(command: list[str], content: IO[bytes], seconds: float) -> None:
    """Give the file to a command on its standard input: 0 says clean, 1 that something was found."""
    content.seek(0)
    try:
        ended = subprocess.run(command, input=content.read(), capture_output=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ScannerUnavailable("the scanner cannot be run, or takes too long") from error
    if ended.returncode == _INFECTED:
        raise AttachmentInfected("the scanner found something")
    if ended.returncode != _CLEAN:
        raise ScannerUnavailable(f"the scanner failed with code {ended.returncode}")
