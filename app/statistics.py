"""Figures of a register: tables that add up to the total, whose every number leads to its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import actor, requires
from app.case.access import Reader
from app.case.projection import register_of
from app.case.register import has_register
from app.case.statistics import UNSORTED, Figures, Rate, Row, read_figures, read_ratings
from app.db import current_engine, db, now, tenant
from app.dossier.period import read_period
from app.people.queries import group_names
from engine.errors import DefinitionNotFound

blueprint = Blueprint("statistics", __name__)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table in words, with the address of its cases."""

    row: Row
    name: str
    link: Mapping[str, Any]


@blueprint.get("/statistics")
@requires("statistics")
def index() -> ResponseReturnValue:
    """Open the figures of the first register."""
    engine = current_engine()
    keys = dict.fromkeys(record.key for record in engine.store.definitions())
    registers = [definition for definition in map(engine.latest, keys) if has_register(definition.properties)]
    if not registers:
        return render_template("statistics/empty.html")
    # The one with the most declared results is the one that figures are asked of.
    best = max(registers, key=lambda definition: len(register_of(definition).result_fields))
    return redirect(url_for("statistics.figures", process_key=best.key))


@blueprint.get("/statistics/<process_key>")
@requires("statistics")
def figures(process_key: str) -> ResponseReturnValue:
    """Show the figures of one register in a period."""
    engine = current_engine()
    try:
        definition = engine.latest(process_key)
    except DefinitionNotFound:
        abort(404)
    if not has_register(definition.properties):
        abort(404)
    register, reader = register_of(definition), Reader(actor().id, actor().groups, actor().covers)
    period, session = read_period(request.args), db.session()
    span = {"opened_from": period.begins_at, "opened_before": period.ends_at}
    found = read_figures(session, tenant(), register, reader, **span)
    ratings = read_ratings(session, tenant(), register, reader, at=now(), **span)
    groups = group_names(session, tenant())
    # What a number leads to are the very rows that it counts.
    where = {**period.as_query(), **({"voided": "no"} if register.voiders else {})}
    tables = [
        ("category", _("By category"), _("Category"), _lines(found.by_category, "category", groups, where)),
        ("place", _("By place"), _("Place"), _lines(found.by_place, "place", groups, where)),
        ("unit", _("By responsible unit"), _("Responsible"), _lines(found.by_unit, "unit", groups, where)),
        ("state", _("By state"), _("State"), _lines(found.by_state, "state", groups, where)),
    ]
    return render_template(
        "statistics/figures.html", definition=definition, figures=found, ratings=ratings, tables=tables, period=period,
        rates=_rates(ratings.response, ratings.solved, ratings.satisfied),
        charts={table[0]: _chart(process_key, table[-1]) for table in tables if table[0] in ("category", "place")},
        cross=_cross(found, groups, where),
    )  # fmt: skip


def _lines(
    rows: Sequence[Row], argument: str, groups: Mapping[str, str], where: Mapping[str, str]
) -> list[Line]:
    called = {UNSORTED: _("Unsorted"), **groups}
    return [Line(row, called.get(row.name, row.name), {argument: row.name, **where}) for row in rows]


def _rates(response: Rate, solved: Rate, satisfied: Rate) -> list[tuple[str, str, Rate]]:
    return [
        (_("Response rate"), _("signed and first contacted in time ÷ due"), response),
        (_("Solution rate"), _("solved ÷ validly called back"), solved),
        (_("Satisfaction rate"), _("very satisfied, satisfied and fairly satisfied ÷ rated"), satisfied),
    ]


def _chart(process_key: str, lines: Sequence[Line]) -> dict[str, Any]:
    """Return what the page's script draws: open and closed cases of each line, and where a click leads."""
    return {
        "labels": [line.name for line in lines],
        "series": [
            {"name": _("Closed"), "values": [line.row.closed for line in lines], "color": "--tblr-primary"},
            {"name": _("Open"), "values": [line.row.open for line in lines], "color": "--chart-open"},
        ],
        "links": [url_for("register.rows", **{**line.link, "process_key": process_key}) for line in lines],
    }


@dataclass(frozen=True, slots=True)
class Cross:
    """Places down, categories across; every cell leads to its rows."""

    categories: Sequence[str]
    lines: Sequence[tuple[Line, Sequence[tuple[int, Mapping[str, str]]]]]


def _cross(found: Figures, groups: Mapping[str, str], where: Mapping[str, str]) -> Cross:
    categories = [row.name for row in found.by_category]
    rows = sorted(found.by_place, key=lambda row: (row.name == UNSORTED, row.name))
    return Cross(categories, [
        (line, [
            (found.categories_by_place.get((category, line.row.name), 0), {**line.link, "category": category})
            for category in categories
        ])
        for line in _lines(rows, "place", groups, where)
    ])  # fmt: skip
