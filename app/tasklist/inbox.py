"""What stands in a person's inbox: rows, counts and news, each one statement over tasks, candidates and cases."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from werkzeug.datastructures import MultiDict

from app.case.covers import Cover, covered, owner_of
from app.case.errors import CursorInvalid
from app.case.models import Case, Database
from app.case.ordering import read_instant
from app.dossier.light import Light, light, light_of_done
from app.tasklist.dues import Due, Span, falls, span_of
from engine.store.tables import Instant, TaskCandidateRow, TaskRow

Filter = Literal["mine", "groups", "covered", "done"]
Sort = Literal["due", "urgency", "newest", "oldest"]

PAGE = 50
MANY = 999
"""A badge counts one further than this and no more: how many there are beyond it helps nobody."""
_NEVER = literal(datetime(9999, 1, 1, tzinfo=UTC), Instant())
_DUE = func.coalesce(TaskRow.due_at, _NEVER, type_=Instant())
# Partial indexes are used for a literal only, not for a parameter.
_OPEN: ColumnElement[bool] = literal_column("task.status = 'open'")
_ENDED: ColumnElement[bool] = literal_column("task.ended_by IS NOT NULL")
_COMPLETED: ColumnElement[bool] = literal_column("task.status = 'completed'")
_OF_TASK = and_(Case.tenant == TaskRow.tenant, Case.instance_id == TaskRow.instance_id)
_RANK = case({"紧急": 0, "疑难": 1}, value=Case.urgency, else_=2)


@dataclass(frozen=True, slots=True)
class View:
    """What the address asks for: it survives opening a task, going back and a reload."""

    filter: Filter = "mine"
    due: Due = "all"
    sort: Sort = "due"
    q: str = ""
    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> View:
        """Read the address; what it does not say is as usual."""
        return cls(
            filter=_one_of(args.get("filter"), Filter), due=_one_of(args.get("due"), Due),
            sort=_one_of(args.get("sort"), Sort), q=args.get("q", "").strip()[:100],
            after=args.get("after", ""), before=args.get("before", ""),
        )  # fmt: skip

    def as_query(self, *, place: bool = False) -> dict[str, str]:
        """Return the address's arguments that differ from the usual; with `place`, the page within the list too."""
        usual = View()
        names = ("filter", "due", "sort", "q", *(("after", "before") if place else ()))
        return {name: getattr(self, name) for name in names if getattr(self, name) != getattr(usual, name)}

    @property
    def is_narrowed(self) -> bool:
        """Tell whether more than the filter decides what is listed."""
        return bool(self.q) or self.due != "all"


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom, and when, the inbox is read."""

    tenant: str
    user: str
    groups: Collection[str]
    now: datetime
    group_names: Mapping[str, str]  # of all groups: places are found by what they are called
    covers: tuple[Cover, ...] = ()  # for whom the reader stands in


@dataclass(frozen=True, slots=True)
class Row:
    """A task in the list, with what its case says."""

    id: str
    name: str
    number: str | None
    title: str | None
    place: str | None
    urgency: str | None
    confidential: bool
    redo_count: int
    assignee: str | None
    created_at: datetime
    ended_at: datetime | None
    owner: str | None  # on whose behalf the reader may do it, or has done it
    light: Light


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the cursors of the pages before and after them.

    `counted` is how many tasks the filter holds and how many of them are overdue; None where no row told it.
    """

    rows: Sequence[Row]
    before: str | None
    after: str | None
    counted: tuple[int, int] | None


def read_page(session: Database, reader: Reader, view: View) -> Page:
    """Return one page of the list. Raises CursorInvalid."""
    order, is_descending = _order(view)
    backwards = bool(view.before)
    query = _listed(reader, view, *_COLUMNS, _owner(reader, view).label("owner")).add_columns(*order)
    query = _narrowed(query.outerjoin(Case, _OF_TASK), reader, view).limit(PAGE + 1)
    if cursor := view.before or view.after:
        edge = tuple_(*_read_cursor(cursor, order))
        query = query.where(tuple_(*order) < edge if is_descending != backwards else tuple_(*order) > edge)
    descending = is_descending != backwards
    query = query.order_by(*(column.desc() if descending else column for column in order))
    found = list(session.execute(query))
    more, found = len(found) > PAGE, found[:PAGE]
    if backwards:
        found.reverse()
    before = _write_cursor(found[0][-len(order):]) if found and (more if backwards else view.after) else None
    after = _write_cursor(found[-1][-len(order):]) if found and (more if not backwards else True) else None
    counted = (found[0].held, found[0].late) if found and view.filter != "done" else None
    return Page([_row(each, reader) for each in found], before, after, counted)


def _listed(reader: Reader, view: View, *columns: Any) -> Select[Any]:
    """Return the select of these columns of the filter's tasks, and of how many there are and are overdue.

    Which tasks those are is found once, for all that is asked of them. Of what comes first by due date no more is read
    than what falls due as early as the last row of the page.
    """
    if view.filter == "done":
        return _of(reader, view, *columns)
    found = _of(reader, view, TaskRow.id, TaskRow.due_at, _DUE.label("due")).cte("found")
    held, late = select(func.count()).select_from(found), found.c.due_at <= reader.now
    columns = (*columns, held.scalar_subquery().label("held"), held.where(late).scalar_subquery().label("late"))
    listed = select(*columns).select_from(TaskRow).join(found, found.c.id == TaskRow.id)
    listed = listed.where(TaskRow.tenant == reader.tenant)
    if view.sort == "due" and not (view.before or view.after or view.is_narrowed):
        last = select(found.c.due).order_by(found.c.due).offset(PAGE).limit(1).scalar_subquery()
        latest = select(func.max(found.c.due)).scalar_subquery()
        listed = listed.where(found.c.due <= func.coalesce(last, latest))
    return listed


def count_filters(
    session: Database, reader: Reader, chosen: Filter, counted: tuple[int, int] | None = None
) -> tuple[dict[Filter, int], int]:
    """Return how many tasks each filter holds, and how many of the chosen one's are overdue, in one statement.

    The others are counted up to MANY + 1, the chosen one not at all where its page has `counted` it; "done" is not
    counted, it only grows.
    """
    parts = [
        _counted(reader, name) if name == chosen else _bounded(_of(reader, View(filter=name), TaskRow.id), name)
        for name in filters_of(reader) if counted is None or name != chosen
    ]  # fmt: skip
    found = [tuple(row) for row in session.execute(union_all(*parts))]
    if counted is not None:
        found.append((chosen, *counted))
    return {name: count for name, count, _late in found}, sum(late for _name, _count, late in found)


def _counted(reader: Reader, name: Filter) -> Select[Any]:
    is_late = case((TaskRow.due_at <= reader.now, 1), else_=0)
    return _of(reader, View(filter=name), literal(name), func.count(), func.coalesce(func.sum(is_late), 0))


def _bounded(query: Select[Any], name: Filter) -> Select[Any]:
    columns: tuple[Any, ...] = literal(name), func.count(), literal(0)
    return select(*columns).select_from(query.limit(MANY + 1).subquery())


def count_spans(session: Database, reader: Reader) -> dict[Filter, dict[Span, int]]:
    """Return how many tasks of each filter fall due in each span, all of them, in one statement."""
    span = span_of(reader.now).label("span")
    parts = [_of(reader, View(filter=name), literal(name).label("filter"), span) for name in filters_of(reader)]
    listed = union_all(*parts).subquery()
    counted: dict[Filter, dict[Span, int]] = {name: {} for name in filters_of(reader)}
    query = select(listed.c.filter, listed.c.span, func.count()).group_by(listed.c.filter, listed.c.span)
    for name, due, count in session.execute(query):
        counted[name][due] = int(count)
    return counted


def read_first(session: Database, reader: Reader, count: int) -> list[tuple[Filter, Row]]:
    """Return the tasks that fall due first, of all filters together, each with its filter."""
    firsts = []
    for name in filters_of(reader):
        view = View(filter=name)
        first = _of(reader, view, TaskRow.id, _owner(reader, view).label("owner"), literal(name).label("filter"))
        firsts.append(select(first.order_by(_DUE, TaskRow.id).limit(count).subquery()))
    found = union_all(*firsts).subquery()
    query = select(*_COLUMNS, found.c.owner, found.c.filter).select_from(TaskRow)
    query = query.join(found, found.c.id == TaskRow.id).outerjoin(Case, _OF_TASK).where(TaskRow.tenant == reader.tenant)
    rows = session.execute(query.order_by(_DUE, _RANK, TaskRow.created_at, TaskRow.id).limit(count))
    return [(row.filter, _row(row, reader)) for row in rows]


def filters_of(reader: Reader) -> tuple[Filter, ...]:
    """Return the filters that hold open tasks of this reader; no task is in two."""
    return ("mine", "groups", "covered") if reader.covers else ("mine", "groups")


def in_short(count: int) -> str:
    """Return a count as a badge shows it."""
    return str(count) if count <= MANY else f"{MANY}+"


def count_news(session: Database, reader: Reader, since: datetime) -> int:
    """Return how many tasks (the person's own, the groups', those of whom the person acts for) came since then."""
    belonging = or_(*(and_(*_belongs(reader, View(filter=name))) for name in filters_of(reader)))
    query = select(func.count()).select_from(TaskRow).where(TaskRow.created_at > since, belonging)
    return session.execute(query).scalar_one()


_COLUMNS: tuple[Any, ...] = (
    TaskRow.id, TaskRow.name, func.coalesce(Case.number, TaskRow.business_key).label("number"), Case.title, Case.place,
    Case.urgency, Case.confidential, Case.redo_count, TaskRow.assignee, TaskRow.created_at, TaskRow.ended_at,
    TaskRow.due_at,
)  # fmt: skip


def _of(reader: Reader, view: View, *columns: Any) -> Select[Any]:
    """Return the select of these columns of the filter's tasks."""
    return select(*columns).select_from(TaskRow).where(*_belongs(reader, view))


def _owner(reader: Reader, view: View) -> ColumnElement[Any]:
    if view.filter == "done":
        return TaskRow.on_behalf_of.expression
    return owner_of(reader.tenant, reader.user, reader.covers if view.filter == "covered" else ())


def _narrowed(query: Select[Any], reader: Reader, view: View) -> Select[Any]:
    if (wanted := falls(view.due, reader.now)) is not None:
        query = query.where(wanted)
    for word in view.q.split():
        fields = (Case.number, Case.title, Case.place, TaskRow.name, TaskRow.business_key)
        places = [group for group, name in reader.group_names.items() if word.lower() in name.lower()]
        query = query.where(or_(Case.place.in_(places), *(field.icontains(word, autoescape=True) for field in fields)))
    return query


def _belongs(reader: Reader, view: View) -> tuple[ColumnElement[bool], ...]:
    """Return what makes a task one of this filter's. Nobody sees a task that separation of duties forbids."""
    mine = TaskRow.tenant == reader.tenant
    if view.filter == "done":
        return mine, _ENDED, _COMPLETED, TaskRow.ended_by == reader.user
    if view.filter == "mine":
        return mine, _OPEN, TaskRow.assignee == reader.user, ~_is_excluded(reader)
    if view.filter == "covered":
        own = and_(TaskRow.assignee.is_(None), TaskRow.id.in_(_offered(reader)))
        return mine, _OPEN, covered(reader.tenant, reader.user, reader.covers), ~own
    return mine, _OPEN, TaskRow.assignee.is_(None), TaskRow.id.in_(_offered(reader)), ~_is_excluded(reader)


def _offered(reader: Reader) -> CompoundSelect[Any]:
    candidate = TaskCandidateRow
    of_tenant = select(candidate.task_id).where(candidate.tenant == reader.tenant)
    return union_all(
        of_tenant.where(candidate.kind == "group", candidate.name.in_(reader.groups)),
        of_tenant.where(candidate.kind == "user", candidate.name == reader.user),
    )


def _is_excluded(reader: Reader) -> ColumnElement[bool]:
    candidate = TaskCandidateRow
    return exists().where(
        candidate.tenant == TaskRow.tenant, candidate.task_id == TaskRow.id, candidate.kind == "excluded",
        candidate.name == reader.user,
    )  # fmt: skip


def _order(view: View) -> tuple[tuple[Any, ...], bool]:
    """Return the columns that order the list (the last one unique), and whether the largest come first."""
    if view.filter == "done":
        # The order of an index: whoever has done thousands of tasks waits no longer than others.
        return (TaskRow.instance_id, TaskRow.id), True
    match view.sort:
        case "due":
            return (_DUE, _RANK, TaskRow.created_at, TaskRow.id), False
        case "urgency":
            return (_RANK, _DUE, TaskRow.created_at, TaskRow.id), False
        case "newest":
            return (TaskRow.created_at, TaskRow.id), True
        case "oldest":
            return (TaskRow.created_at, TaskRow.id), False


def _row(found: Any, reader: Reader) -> Row:
    return Row(
        id=found.id, name=found.name, number=found.number, title=found.title,
        place=reader.group_names.get(found.place, found.place),
        urgency=found.urgency, confidential=bool(found.confidential), redo_count=found.redo_count or 0,
        assignee=found.assignee, created_at=found.created_at, ended_at=found.ended_at, owner=found.owner,
        light=light_of_done(found.due_at, found.ended_at) if found.ended_at else light(found.due_at, reader.now),
    )  # fmt: skip


def _write_cursor(values: Sequence[Any]) -> str:
    return "~".join(value.isoformat() if isinstance(value, datetime) else str(value) for value in values)


def _read_cursor(text: str, order: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    parts = text.split("~")
    if len(parts) != len(order):
        raise CursorInvalid("the mark is none of ours")
    try:
        return [_value(part, column) for part, column in zip(parts, order, strict=True)]
    except ValueError:
        raise CursorInvalid("the mark is none of ours") from None


def _value(part: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, Instant):
        return literal(read_instant(part), Instant())
    if column is _RANK:
        if part not in ("0", "1", "2"):
            raise ValueError(part)
        return literal(int(part))
    return literal(part, String())


def _one_of(value: str | None, kind: Any) -> Any:
    choices = get_args(kind)
    return value if value in choices else choices[0]
