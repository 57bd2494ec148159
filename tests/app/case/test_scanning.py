"""A scanner that finds something, one that does not, one that is broken, and one that is not there."""

import io
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from app.case.attachments import AttachmentFolder
from app.case.errors import AttachmentInfected, ScannerUnavailable
from app.case.scanning import scanner_of

# The test file of EICAR, which every scanner takes for a virus; in two parts, so that no scanner takes this one for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LOOKS_FOR_IT = "import sys; sys.exit(1 if b'EICAR-STANDARD' in sys.stdin.buffer.read() else 0)"
COMMAND = f'"{sys.executable}" -c "{LOOKS_FOR_IT}"'


@contextmanager
def clamd(answer: bytes | None = None, *, kind: socket.AddressFamily = socket.AF_INET, at: str = "") -> Iterator[str]:
    """Run what speaks like a clamd: it finds EICAR, or answers as it is told."""
    server = socket.socket(kind)
    server.bind(at if kind == socket.AF_UNIX else ("127.0.0.1", 0))
    server.listen()

    def serve() -> None:
        line, _ = server.accept()
        with line, line.makefile("rb") as asked:
            assert asked.read(10) == b"zINSTREAM\0"
            content = b""
            while size := int.from_bytes(asked.read(4), "big"):
                content += asked.read(size)
            found = b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"
            line.sendall((found if answer is None else answer) + b"\0")

    thread = Thread(target=serve)
    thread.start()
    try:
        yield f"clamd:{at}" if kind == socket.AF_UNIX else f"clamd:127.0.0.1:{server.getsockname()[1]}"
    finally:
        thread.join(5)
        server.close()


def scan(setting: str, content: bytes = b"clean", seconds: float = 5) -> None:
    scanner = scanner_of(setting, seconds)
    assert scanner is not None
    scanner(io.BytesIO(content))


def test_without_a_setting_nothing_is_scanned() -> None:
    assert scanner_of("", 5) is None and scanner_of("  ", 5) is None


@pytest.mark.parametrize("setting", ["clamd:", "clamd:3310", "clamd:host", "clamd:host:port"])
def test_a_setting_that_names_no_scanner_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="clamd"):
        scanner_of(setting, 5)


def test_a_clamd_lets_clean_files_pass_and_stops_others(tmp_path: Path) -> None:
    with clamd() as setting:
        scan(setting, b"x" * 3_000_000)
    with clamd() as setting, pytest.raises(AttachmentInfected):
        scan(setting, b"x" * 3_000_000 + EICAR)
    with clamd(kind=socket.AF_UNIX, at=str(tmp_path / "clamd.sock")) as setting, pytest.raises(AttachmentInfected):
        scan(setting, EICAR)


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR", b"", b"stream: what? ERROR"])
def test_a_clamd_that_cannot_tell_lets_nothing_pass(answer: bytes) -> None:
    with clamd(answer) as setting, pytest.raises(ScannerUnavailable):
        scan(setting)


def test_a_clamd_that_is_not_there_lets_nothing_pass(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"clamd:127.0.0.1:{free.getsockname()[1]}"
        for setting in (nobody, f"clamd:{tmp_path / 'nothing.sock'}"):
            with pytest.raises(ScannerUnavailable):
                scan(setting)


def test_a_clamd_that_says_nothing_is_not_waited_for_long() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(ScannerUnavailable):
            scan(f"clamd:127.0.0.1:{silent.getsockname()[1]}", seconds=0.2)


def test_a_command_tells_by_its_exit_code() -> None:
    scan(COMMAND)
    with pytest.raises(AttachmentInfected):
        scan(COMMAND, EICAR)
    for broken in (f'"{sys.executable}" -c "import sys; sys.exit(2)"', "no-such-scanner --at-all"):
        with pytest.raises(ScannerUnavailable):
            scan(broken)
    with pytest.raises(ScannerUnavailable):
        scan(f'"{sys.executable}" -c "import time; time.sleep(30)"', seconds=0.5)


def test_the_folder_asks_its_scanner_and_keeps_nothing_that_is_found(tmp_path: Path) -> None:
    folder = AttachmentFolder(
        tmp_path / "files", "changqiao", max_bytes=1000, max_files=3, scan=scanner_of(COMMAND, 20)
    )
    assert folder.receive("a.txt", io.BytesIO(b"clean")).size == 5
    with pytest.raises(AttachmentInfected) as refused:
        folder.receive("a.txt", io.BytesIO(EICAR))
    assert refused.value.file == "a.txt" and not (tmp_path / "files").exists()
