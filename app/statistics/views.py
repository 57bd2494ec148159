"""Pages of figures: the register's for leaders, and the version that may be made public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import quote_plus

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import actor, requires
from app.calendar import LOCAL
from app.case.access import Reader
from app.case.projection import register_of
from app.case.ratings import FINAL, FIRST
from app.case.register import Register, has_register
from app.case.statistics import ALL
from app.db import current_engine, db, now, tenant
from app.people.queries import group_names
from app.register.columns import Column
from app.statistics import charts, public, rates, tables
from app.statistics.periods import Chosen, choose, month_period, usual, within
from app.statistics.reading import Counting, counted_results, kinds_of, read_counting, words_of, words_of_column
from engine import ProcessDefinition
from engine.errors import DefinitionNotFound

blueprint = Blueprint("statistics", __name__)


@dataclass(frozen=True, slots=True)
class Figures:
    """What all pages of one register's figures are made of."""

    definition: ProcessDefinition
    register: Register
    chosen: Chosen
    results: Mapping[str, Column]
    counting: Counting
    called: Mapping[str, Mapping[str, str]]  # the words of each dimension's values
    address: str  # of the register

    def rows(self, **asked: str) -> str:
        """Return the address of the register's rows that a number counts."""
        return self.rows_of_all(**{**self.chosen.period.as_query(), **asked})

    def rows_of_all(self, **asked: str) -> str:
        """Return the address of rows, of whatever period."""
        query = {**asked, **({"voided": "no"} if self.register.voiders else {})}
        # A page has hundreds of them, of few words: asking the routes for each takes longer than counting does.
        text = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in query.items())
        return f"{self.address}?{text}" if text else self.address

    def rows_of_month(self, month: str, **asked: str) -> str:
        """Return the address of rows opened in a month, as far as the period holds it."""
        return self.rows_of_all(**within(month_period(month), self.chosen.period).as_query(), **asked)


@blueprint.get("/statistics")
@requires("statistics")
def index() -> ResponseReturnValue:
    """Open the figures of the first register."""
    registers = _registers()
    if not registers:
        return render_template("statistics/empty.html")
    # The one with the most declared results is the one that figures are asked of.
    best = max(registers, key=lambda definition: len(register_of(definition).result_fields))
    return redirect(url_for("statistics.figures", process_key=best.key))


@blueprint.get("/statistics/<process_key>")
@requires("statistics")
def figures(process_key: str) -> ResponseReturnValue:
    """Show the figures of one register in a period, beside those of the period before."""
    read = _read(process_key)
    kinds, counting = kinds_of(read.register, read.results), read.counting
    shown, before = rates.rate_kinds(kinds), counting.before.all if counting.before else None
    drawn = {
        name: charts.outcomes(counting.all.rows(name), name, read.called[name], read.rows) for name in kinds.dimensions
    } | {"trend": charts.trend(counting.weeks, counting.trend, read.rows_of_all)}
    found = list(_tables(read, kinds))
    if len(counting.months) > 1:
        drawn["months"] = rates.chart_of_months(counting.months, shown, read.rows_of_month)
        found.insert(0, rates.by_month(counting.months, shown, read.rows_of_month))
    return render_template(
        "statistics/figures.html", read=read, registers=_registers(), usual=usual(_today()), counted=counting.all.all,
        before=before, rates=rates.rates(counting.all.all, shown, before, read.rows), tables=found, charts=drawn,
        overdue=counting.overdue.get((ALL, ""), 0), trend=list(zip(counting.weeks, counting.trend, strict=True)),
        closed_in=charts.closed_in, number=tables.number, percent=tables.percent, periods=_periods(),
    )  # fmt: skip


@blueprint.get("/statistics/<process_key>/public")
@requires("statistics")
def public_version(process_key: str) -> ResponseReturnValue:
    """Show, or give as a file, what may be made public: nothing that counts fewer than three cases."""
    read = _read(process_key)
    found = list(_public(read))
    words = {"merged": _("Others, merged"), "total": _("Total"), "too_small": _("fewer than three")}
    if request.args.get("as") == "csv":
        name = f"{process_key}.public.csv"
        headers = {"Content-Disposition": f"attachment; filename={name}"}
        return Response(public.written(found, words), mimetype="text/csv", headers=headers)
    return render_template("statistics/public.html", read=read, tables=found, words=words)


def _read(process_key: str) -> Figures:
    engine = current_engine()
    try:
        definition = engine.latest(process_key)
    except DefinitionNotFound:
        abort(404)
    if not has_register(definition.properties):
        abort(404)
    register, chosen = register_of(definition), choose(request.args, _today())
    reader = Reader(actor().id, actor().groups, actor().covers)
    results = counted_results(definition, register)
    counting = read_counting(db.session(), tenant(), register, reader, chosen, list(results), now())
    called = words_of(definition, register, group_names(db.session, tenant()))
    address = url_for("register.rows", process_key=process_key)
    return Figures(definition, register, chosen, results, counting, called, address)


def _tables(read: Figures, kinds: tables.Kinds) -> Iterator[tables.Table]:
    tally, called, link = read.counting.all, read.called, read.rows
    titles = {"unit": _("By responsible unit"), "place": _("By place"), "category": _("By category")}
    for dimension, title in titles.items():
        if dimension in kinds.dimensions:
            yield tables.by_dimension(tally, dimension, title, called, kinds, read.counting.overdue, link)
    yield tables.by_state(tally, called["state"], link)
    if kinds.satisfaction:
        yield tables.satisfaction(tally, link)
    for name, column in read.results.items():
        if name not in (FIRST, FINAL):
            yield tables.result(tally, name, column.label, words_of_column(column, called["unit"]), link)
    if {"place", "category"} <= kinds.dimensions.keys():
        yield tables.crossed(tally, called, link)


def _public(read: Figures) -> Iterator[tuple[str, public.Public]]:
    """Yield the public tables: the practice's counts by unit, place and category, and the levels of satisfaction."""
    kinds, tally = kinds_of(read.register, read.results), read.counting.all
    counts = {
        "total": _("Total"), "in_time": _("Closed in time"), "late": _("Closed late"),
        "no_limit": _("Closed without limit"), "open": _("Open"),
    }  # fmt: skip
    if kinds.satisfaction:
        counts["dissatisfied"] = _("Dissatisfied")
    for dimension, title in kinds.dimensions.items():
        rows = tally.rows(dimension)
        words = read.called[dimension]
        lines = {words.get(row.name, row.name): tuple(row[count] for count in counts) for row in rows}
        yield title, public.merged(list(counts.values()), lines, parts=4)
    if kinds.satisfaction:
        levels = {level: (count,) for level, count in tally.results(FINAL).items()}
        yield _("Satisfaction"), public.merged([_("Final")], levels)


@lru_cache(4096)
def _quoted(text: str) -> str:
    return quote_plus(text)


def _registers() -> list[ProcessDefinition]:
    engine = current_engine()
    newest: dict[str, str] = {}
    for record in engine.store.definitions():  # the newest of each first
        newest.setdefault(record.key, record.id)
    return [each for each in map(engine.definition, newest.values()) if has_register(each.properties)]


def _today() -> date:
    return now().astimezone(LOCAL).date()


def _periods() -> dict[str, str]:
    return {"month": _("This month"), "quarter": _("This quarter"), "year": _("This year"), "all": _("All time")}
