"""Due dates in a year whose notice was not there when they were counted: which they are, and whom to tell of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.calendar.ledger import SHIPPED
from app.calendar.models import CalendarNotice
from app.calendar.rules import LOCAL
from app.calendar.warning import tell
from app.case.models import Case, Database
from engine.store.tables import TaskRow


def is_provisional(session: Database, tenant: str, due: datetime | None, since: datetime) -> bool:
    """Tell whether a due date counted at `since` falls in a year of which only the weekends were known then."""
    if due is None:
        return False
    first = session.execute(
        select(CalendarNotice.decided_at, CalendarNotice.decided_by)
        .where(
            CalendarNotice.tenant == tenant, CalendarNotice.year == due.astimezone(LOCAL).year,
            CalendarNotice.status.in_(("confirmed", "replaced")),
        )
        .order_by(CalendarNotice.decided_at).limit(1)
    ).first()
    # What the product brings it has always counted by, whenever the table was filled.
    return first is None or (first.decided_by != SHIPPED and first.decided_at > since)


def tell_people_at_work(session: Database, tenant: str, year: int, *, at: datetime) -> int:
    """Tell whoever has a task with a provisional due date in a year that its notice is confirmed; return how many."""
    begins, ends = datetime(year, 1, 1, tzinfo=LOCAL), datetime(year + 1, 1, 1, tzinfo=LOCAL)
    rows = session.execute(
        select(TaskRow.assignee, Case.number, Case.instance_id)
        .join(Case, (Case.tenant == TaskRow.tenant) & (Case.instance_id == TaskRow.instance_id))
        .where(
            TaskRow.tenant == tenant, TaskRow.status == "open", TaskRow.assignee.is_not(None),
            TaskRow.due_at >= begins, TaskRow.due_at < ends, TaskRow.created_at < at,
        )
        .distinct()
    ).all()
    text = f"{year}年放假安排已确认；您手中任务的期限是此前预估的，不会自动改动，请核对"
    for login, number, instance_id in rows:
        tell(session, tenant, [str(login)], text, at=at, instance_id=instance_id, number=number)
    return len(rows)
