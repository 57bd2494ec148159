"""Makes an installation ready: the database's tables, the example or an empty township, the diagrams deployed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from app import deploying, example
from app.calendar.ledger import set_up_calendar
from app.case.errors import CaseError
from app.case.register import check_properties
from app.db import db, now, tenant, transaction, upgrade
from app.expressions import FUNCTIONS
from app.people.passwords import hash_password, random_password
from app.people.township import add_person, is_set_up, set_up
from engine import Deployment, Engine, Finding
from engine.store.memory import MemoryStore

DIAGRAMS = Path(__file__).parent.parent / "bpmn"
KINDS = (".bpmn", ".dmn", ".form")


class NotSetUp(CaseError):
    """There is no township here yet."""

    code = "not_set_up"


class SetUpAlready(CaseError):
    """There is a township here already."""

    code = "set_up_already"


def open_township() -> None:
    """Bring the tables up to date. Raises NotSetUp when nobody has set up a township."""
    upgrade()
    if not is_set_up(db.session, tenant()):
        raise NotSetUp("there is no township in this data folder: run `changtong init`, or `changtong run --example`")
    with transaction():
        set_up_calendar(db.session(), tenant(), at=now())


def open_example() -> str | None:
    """Set the example up where nothing is yet, and deploy its diagrams; return the password if it is new.

    Raises SetUpAlready when a real township is here: the example's known accounts must never come into it.
    """
    upgrade()
    password = None
    with transaction() as engine:
        if not is_set_up(db.session, tenant()):
            password = example.seed(db.session, tenant(), at=now(), since=min(now(), example.began()))
        elif not example.is_example(db.session, tenant()):
            raise SetUpAlready("this data folder holds a real township: run `changtong run` without --example")
        set_up_calendar(db.session(), tenant(), at=now())
        deploying.deploy(
            engine, read_files([DIAGRAMS]), by="procadmin", name="example", source="changtong run --example"
        )
    return password


def set_up_empty(name: str, login: str) -> str:
    """Set up a township with one administrator and return the administrator's password. Raises SetUpAlready."""
    upgrade()
    data = {**json.loads(Path(__file__).with_name("empty.json").read_text(encoding="utf-8")), "township": name}
    password = random_password()
    with transaction():
        if is_set_up(db.session, tenant()):
            raise SetUpAlready("there is a township in this data folder already: nothing was changed")
        set_up(db.session, tenant(), data, password=password, at=now())
        set_up_calendar(db.session(), tenant(), at=now())
        add_person(
            db.session, tenant(), login, "管理员", groups=["system_admins", "process_admins"],
            password_hash=hash_password(password), at=now(),
        )  # fmt: skip
    return password


def check(files: Mapping[str, bytes], *, with_people: bool = False) -> list[Finding]:
    """Return what there is to say about files; needs a township only for `with_people`: are users and groups known."""
    if not with_people:
        return Engine(MemoryStore("check"), functions=FUNCTIONS, check_properties=check_properties).check(files)
    from app import create_app

    with create_app().app_context():
        open_township()
        with transaction() as engine:
            return engine.check(files)


def deploy(files: Mapping[str, bytes], *, by: str, name: str) -> Deployment:
    """Deploy files together in one transaction. Raises DeploymentRefused."""
    with transaction() as engine:
        return deploying.deploy(engine, files, by=by, name=name, source="changtong deploy")


def read_files(paths: Iterable[Path]) -> dict[str, bytes]:
    """Read diagrams, forms and tables, folders with all below them; names are those of the files alone.

    Raises ValueError for a path that is not there or two files of one name.
    """
    files: dict[str, bytes] = {}
    for path in paths:
        if not path.exists():
            raise ValueError(f"there is no file {path}")
        for file in files_in(path):
            if file.name in files:
                raise ValueError(f"two files are called {file.name}")
            files[file.name] = file.read_bytes()
    if not files:
        raise ValueError("there is no diagram, form or table")
    return files


def files_in(path: Path) -> list[Path]:
    """Return the file itself, or the diagrams, forms and tables in a folder and all below it."""
    return sorted(file for file in path.rglob("*") if file.suffix in KINDS) if path.is_dir() else [path]
