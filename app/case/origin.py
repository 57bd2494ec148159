"""Keeps the link of a case with the one that it grew out of, as the variable of `case.origin` says, step by step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import exists, select, update

from app.case.access import Reader, may_read
from app.case.errors import CaseValueInvalid, OriginInvalid
from app.case.links import ORIGIN, write_link
from app.case.models import Case, CaseLink, Database
from app.case.projection import Definition, Instance, register_of
from app.case.register import Register, has_register
from engine.history import Event, read_events
from engine.store import Change

FindRegister = Callable[[Case], Register]
Tell = Callable[[Case, Case, Register, datetime], None]
"""Tells those who look after the origin (the first case) that the second, of this register, is closed."""


def origin_keeper(
    session: Database, tenant: str, register_of_case: FindRegister, reader_of: Callable[[str], Reader], tell: Tell
) -> Callable[[Change, Instance], None]:
    """Return the hook that an Engine calls for every change, after the case's row has been written."""

    def keep(change: Change, instance: Instance) -> None:
        properties = instance.definition.properties
        if not properties.get("case.origin") or not has_register(properties):
            return
        register = register_of(instance.definition)
        noted = read_events([change.step] if change.step is not None else [], ())
        growth = Growth(session, tenant, change, instance, register, register_of_case, reader_of)
        if any(event.kind == "variable_written" and event.data["name"] == register.origin for event in noted):
            growth.write(noted)
        if _closes(change, instance.definition, noted):
            growth.tell(noted[-1].at, tell)

    return keep


def _closes(change: Change, definition: Definition, noted: list[Event]) -> bool:
    if change.instance.status in ("completed", "terminated", "cancelled"):
        return bool(noted)
    entered = (event.element_id for event in noted if event.kind == "element_entered" and "call" not in event.data)
    elements = (definition.elements.get(str(element_id)) for element_id in entered)
    return any(element and element.properties.get("case.closes", "").strip() == "true" for element in elements)


class Growth:
    """What one change of one instance means for the link with its origin."""

    def __init__(
        self, session: Database, tenant: str, change: Change, instance: Instance, register: Register,
        register_of_case: FindRegister, reader_of: Callable[[str], Reader],
    ) -> None:
        self.session, self.tenant = session, tenant
        self.change, self.instance, self.register = change, instance, register
        self._register_of_case, self._reader_of = register_of_case, reader_of
        self._mine = (
            CaseLink.tenant == tenant, CaseLink.from_instance == instance.id, CaseLink.kind == ORIGIN,
            CaseLink.removed_at.is_(None),
        )  # fmt: skip

    def write(self, noted: list[Event]) -> None:
        """Link the case with the origin that its variable names now. Raises OriginInvalid, CaseValueInvalid."""
        number, at, by = self._number(), noted[-1].at, noted[-1].actor or ""
        before = None if self.change.is_new else self.session.scalar(select(CaseLink.to_instance).where(*self._mine))
        origin = self._find(number, by, before) if number else None
        if before == (origin.instance_id if origin else None):
            return
        if before is not None:
            self.session.execute(update(CaseLink).where(*self._mine).values(removed_at=at, removed_by=by))
        if origin is not None:
            write_link(self.session, self.tenant, self.instance.id, origin.instance_id, ORIGIN, by=by, at=at)

    def tell(self, at: datetime, tell: Tell) -> None:
        """Tell of the closing, once however often it is closed."""
        closed = exists().where(
            Case.tenant == CaseLink.tenant, Case.instance_id == CaseLink.from_instance, Case.closed_at.is_not(None)
        )
        untold = update(CaseLink).where(*self._mine, CaseLink.told_at.is_(None), closed).values(told_at=at)
        told = untold.returning(CaseLink.to_instance).execution_options(synchronize_session=False)
        for origin_id in self.session.scalars(told).all():
            origin = self.session.get(Case, (self.tenant, origin_id))
            closed_one = self.session.get(Case, (self.tenant, self.instance.id))
            if origin is not None and closed_one is not None:
                tell(origin, closed_one, self.register, at)

    def _number(self) -> str:
        value = self.instance.variables.get(self.register.origin)
        if value is None or isinstance(value, str):
            return (value or "").strip()
        raise CaseValueInvalid(f"variable {self.register.origin} should be a case number")

    def _find(self, number: str, by: str, before: str | None) -> Case:
        """Return the case with this number that the person may read: what the process itself says needs no leave.

        Raises OriginInvalid, which does not tell whether there is one that the person may not read.
        """
        origin = self.session.scalars(select(Case).where(Case.tenant == self.tenant, Case.number == number)).first()
        if origin is not None and origin.instance_id == before:
            return origin
        if origin is None or (by and not self._may_read(origin, by)):
            raise OriginInvalid(f"there is no case {number} to grow out of", self.register.origin, "no_such_case")
        if self._grew_out_of_this(origin.instance_id):
            raise OriginInvalid(f"case {number} grew out of this one", self.register.origin, "grew_out_of_this")
        return origin

    def _may_read(self, origin: Case, by: str) -> bool:
        return may_read(self.session, self._register_of_case(origin), origin, self._reader_of(by))

    def _grew_out_of_this(self, instance_id: str) -> bool:
        """Tell whether a case grew out of this one, or is this one; nothing has grown out of a new one."""
        seen: set[str] = set()
        at: str | None = instance_id
        while at is not None and at not in seen:
            if at == self.instance.id:
                return True
            seen.add(at)
            at = None if self.change.is_new else self.session.scalar(
                select(CaseLink.to_instance).where(
                    CaseLink.tenant == self.tenant, CaseLink.from_instance == at, CaseLink.kind == ORIGIN,
                    CaseLink.removed_at.is_(None),
                )
            )  # fmt: skip
        return False
