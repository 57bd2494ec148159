"""Settings of one installation: from the environment, with defaults that are fit for use."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.case.scanning import scanner_of

SQLITE_FILE = "changtong.sqlite3"
DEFAULTS: Mapping[str, Any] = {
    "TENANT": "township",
    "TIME_ZONE": "Asia/Shanghai",
    "IDLE_MINUTES": 30,  # a session without a request for so long has ended
    "LOCK_AFTER": 5,  # wrong passwords in a row
    "LOCK_MINUTES": 15,
    "PASSWORD_LENGTH": 8,
    "PASSWORD_KINDS": 3,  # of lower case, upper case, digits, others
    "REVEAL_MINUTES": 10,  # a masked value that was shown for a reason is masked again after so long
    "REVEALS_PER_DAY": 30,  # of one person
    "REVEAL_REASON_LENGTH": 4,
    "SQLITE_SYNCHRONOUS": "FULL",  # NORMAL is faster and may lose the last commits when the power fails
    "HTTPS": False,  # True behind a TLS proxy: cookies are then sent over HTTPS only
    "SITE": "",  # the address under which people open the pages, for links in mail
    "DIGEST_HOUR": 8,  # of working days, when the daily digest is made
    "MAIL_HOST": "",  # a mail server; without one no mail is sent
    "MAIL_PORT": 25,
    "MAIL_SECURITY": "starttls",  # or tls, or none
    "MAIL_FROM": "",
    "MAIL_USER": "",
    "MAIL_PASSWORD": "",
    "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,  # bytes of one request, with all the files in it
    "FILE_MEGABYTES": 20,
    "FILES_PER_CASE": 20,
    "SCANNER": "",  # of viruses: clamd:/socket, clamd:host:port, or a command that reads a file and exits with 0 or 1
    "SCANNER_SECONDS": 30,
}


def from_environment(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return Flask's configuration: `CHANGTONG_<NAME>` overrides the default NAME, CHANGTONG_DATA names the data folder
    and DATABASE_URL another database than the SQLite file in it.

    Raises ValueError for a number that is none.
    """
    config = {name: _parse(name, environ.get(f"CHANGTONG_{name}"), default) for name, default in DEFAULTS.items()}
    config["DATA"] = Path(environ.get("CHANGTONG_DATA", "data")).absolute()
    config["SQLALCHEMY_DATABASE_URI"] = _driver(environ.get("DATABASE_URL", ""))
    return config


def complete(config: dict[str, Any]) -> dict[str, Any]:
    """Fill in what follows from the rest; make the data folder and the secret key at the first run."""
    if config["FILE_MEGABYTES"] * 1024 * 1024 > config["MAX_CONTENT_LENGTH"]:
        raise ValueError("CHANGTONG_MAX_CONTENT_LENGTH, in bytes, must be no less than CHANGTONG_FILE_MEGABYTES")
    scanner_of(config["SCANNER"], config["SCANNER_SECONDS"])  # a setting that names none is told of at once
    data = Path(config["DATA"])
    data.mkdir(parents=True, exist_ok=True)
    return {
        "SECRET_KEY": _secret_key(data / "secret.key"),
        "ATTACHMENTS": data / "attachments",
        "SESSION_COOKIE_NAME": "changtong",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config["HTTPS"],
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session, which ends when idle
        "WTF_CSRF_SSL_STRICT": config["HTTPS"],
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True},  # what people wrote is for no log
        **config,
        "SQLALCHEMY_DATABASE_URI": config["SQLALCHEMY_DATABASE_URI"] or _sqlite(data / SQLITE_FILE),
    }


def _parse(name: str, text: str | None, default: Any) -> Any:
    if text is None:
        return default
    if isinstance(default, bool):
        return text.lower() in ("1", "true", "yes", "on")
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"CHANGTONG_{name} must be a whole number, not {text!r}") from None
    return text


def _driver(url: str) -> str:
    """Name the driver that is installed: an address of PostgreSQL usually comes without one."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if separator and scheme in ("postgres", "postgresql") else url


def _sqlite(path: Path) -> str:
    """Open the file only if it is there: one that vanished must not be replaced by an empty one."""
    return f"sqlite:///file:{quote(str(path))}?mode=rw&uri=true"


def _secret_key(path: Path) -> bytes:
    """Return the installation's secret, made at the first run and readable by its owner alone."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(file, "wb") as stream:
        stream.write(secrets.token_hex(32).encode())
    return path.read_bytes()
