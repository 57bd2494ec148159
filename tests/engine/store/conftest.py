"""The three places where a store can keep things, each with transactions of its own."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from engine.store import Store
from engine.store.failures import database_errors
from engine.store.memory import MemoryStore
from engine.store.sql import SqlStore
from engine.store.tables import configure_sqlite, create_tables
from tests.support.postgres import new_database


class Place(ABC):
    """Where tenants keep their things; a tenant of this test's own, and a second one."""

    def __init__(self) -> None:
        self.tenant, self.other = f"township_{uuid4().hex}", f"neighbour_{uuid4().hex}"

    @abstractmethod
    def transaction(self, tenant: str | None = None) -> AbstractContextManager[Store]:
        """Give a store; what is done with it stays when the context ends well, and is undone when it raises."""


class InMemory(Place):
    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore(self.tenant)

    def transaction(self, tenant: str | None = None) -> AbstractContextManager[Store]:
        return self.store.of_tenant(tenant or self.tenant).transaction()


class InDatabase(Place):
    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine

    @contextmanager
    def transaction(self, tenant: str | None = None) -> Iterator[Store]:
        with Session(self.engine) as session:
            yield SqlStore(session, tenant or self.tenant)
            with database_errors():
                session.commit()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "template.db"
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    create_tables(engine)
    return path


@pytest.fixture(scope="session")
def postgresql_with_tables(postgres_url: str) -> Iterator[str]:
    with new_database(postgres_url) as url:
        engine = create_engine(url, poolclass=NullPool)
        create_tables(engine)
        yield url


@pytest.fixture
def in_sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[InDatabase]:
    shutil.copy(sqlite_template, tmp_path / "store.db")
    engine = create_engine(f"sqlite:///{tmp_path / 'store.db'}", poolclass=NullPool)
    configure_sqlite(engine)
    yield InDatabase(engine)
    engine.dispose()


@pytest.fixture
def in_postgresql(postgresql_with_tables: str) -> Iterator[InDatabase]:
    engine = create_engine(postgresql_with_tables)
    yield InDatabase(engine)
    engine.dispose()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "memory":
        return InMemory()
    found: Place = request.getfixturevalue(f"in_{request.param}")
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> InDatabase:
    found: InDatabase = request.getfixturevalue(f"in_{request.param}")
    return found
