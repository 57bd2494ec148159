"""A register on a real engine: one small process, in SQLite or PostgreSQL, with a clock that is moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from app.case.models import Case
from app.case.opening import numbering, open_case
from app.case.projection import projector
from app.case.register import check_properties
from engine import Engine, MovingClock
from engine.store.sql import SqlStore
from engine.store.tables import Base, configure_sqlite

TENANT = "changqiao"
DIAGRAM = (Path(__file__).parent / "call.bpmn").read_bytes()
GROUPS: Mapping[str, frozenset[str]] = {
    "duty1": frozenset({"intake"}), "chief1": frozenset({"readers"}), "water1": frozenset({"water_station"}),
    "farm1": frozenset({"agriculture_station"}), "call1": frozenset({"call_back"}), "stranger": frozenset(),
}
CALL = {
    "caller": "王小明", "phone": "13800001234", "village": "village_03", "category": "基础设施", "kind": "求助",
    "urgency": "一般", "confidential": False, "content": "自来水主管爆裂\n四十余户停水", "channel": "值班电话",
}


@dataclass
class Office:
    """One township on a database: opens cases and takes them through their process."""

    database: Database
    tenant: str = TENANT
    clock: MovingClock = field(default_factory=lambda: MovingClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC)))
    statements: list[str] = field(default_factory=list)

    def session(self) -> Session:
        return Session(self.database, expire_on_commit=False)

    def engine(self, session: Session) -> Engine:
        return Engine(
            SqlStore(session, self.tenant), clock=self.clock, groups_of=lambda user: GROUPS.get(user, frozenset()),
            on_change=projector(session, self.tenant), check_properties=check_properties,
            business_key_of=numbering(session, self.tenant),
        )

    def deploy(self, diagram: bytes) -> None:
        with self.session() as session:
            self.engine(session).deploy({"case.bpmn": diagram}, by="admin")
            session.commit()

    def open(self, key: str = "call", **variables: Any) -> Case:
        with self.session() as session:
            case = open_case(
                self.engine(session), session, key, {**CALL, **variables}, by="duty1"
            )
            session.commit()
            return case

    def complete(self, case: Case, by: str, **data: Any) -> Case:
        with self.session() as session:
            engine = self.engine(session)
            task = engine.store.tasks(instance_id=case.instance_id)[0]
            engine.complete_task(task.id, data, by=by)
            session.commit()
        return self.case(case)

    def case(self, case: Case) -> Case:
        with self.session() as session:
            found = session.get(Case, (self.tenant, case.instance_id))
            assert found is not None
            return found

    def wait(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))


def _office(database: Database) -> Office:
    Base.metadata.create_all(database)
    office = Office(database)
    event.listen(database, "before_cursor_execute", lambda *args: office.statements.append(args[2]))
    office.deploy(DIAGRAM)
    return office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    database = create_engine(f"sqlite:///{tmp_path / 'case.db'}")
    configure_sqlite(database)
    yield _office(database)
    database.dispose()


@pytest.fixture
def postgres_office(postgres_database: str) -> Iterator[Office]:
    database = create_engine(postgres_database)
    yield _office(database)
    database.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def any_office(request: pytest.FixtureRequest) -> Office:
    office = request.getfixturevalue("office" if request.param == "sqlite" else "postgres_office")
    assert isinstance(office, Office)
    return office
