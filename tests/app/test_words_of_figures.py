"""Figures call values as the forms call them, wherever a table, a chart or the public version names one."""

from __future__ import annotations

from typing import Any, cast

import pytest
from flask import Flask

from app.case.ratings import LEVELS
from app.case.register import Register
from app.case.statistics import UNSORTED, Tally
from app.register.columns import Column
from app.statistics import charts, reading, tables
from engine import ProcessDefinition

REGISTER = Register("repair", "维修", "R-{serial}", place="where", category="what", units=("team",))
FIELDS = {
    "where": Column("where", "地点", "choice", {"n1": "北区"}),
    "what": Column("what", "类别", "choice", {"w": "供水", "e": "供电"}),
}
GROUPS = {"village_01": "村01", "water_station": "水利站"}


def link(**asked: str) -> str:
    return "&".join(f"{name}={value}" for name, value in asked.items())


@pytest.fixture
def called(app: Flask, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    monkeypatch.setattr(reading, "fields_of", lambda _definition: FIELDS)
    with app.test_request_context():
        return reading.words_of(cast(ProcessDefinition, object()), REGISTER, GROUPS)


def test_codes_are_shown_as_the_words_of_the_form_and_asked_for_as_codes(
    app: Flask, called: dict[str, dict[str, str]]
) -> None:
    tally = Tally()
    for place, number in (("n1", 2), ("village_01", 1)):
        tally.add(number, "place", place, "total")
        tally.add(number, "category×place", "w", place)
    tally.add(3, "category", "w", "total")
    tally.add(3, "unit", "water_station", "total")
    tally.add(3, "unit×category", "water_station", "w")
    kinds = tables.Kinds(dimensions={"category": "类别", "place": "地点", "unit": "承办"})
    with app.test_request_context():
        by_unit = tables.by_dimension(tally, "unit", "", called, kinds, {}, link)
        crossed = tables.crossed(tally, called, link)
        chart: dict[str, Any] = charts.outcomes(tally.rows("place"), "place", called["place"], link)
    assert by_unit.lines[0].name == "水利站"
    assert by_unit.lines[0].cells[-1].links == [("供水 3", "unit=water_station&category=w")]
    assert crossed.headings[1] == "供水" and [line.name for line in crossed.lines] == ["北区", "村01"]
    assert chart["labels"] == ["北区", "村01"] and chart["series"][0]["links"][0].startswith("place=n1")


def test_what_has_no_value_is_called_alike_in_table_and_chart(called: dict[str, dict[str, str]]) -> None:
    assert called["unit"][UNSORTED] != called["place"][UNSORTED] == called["category"][UNSORTED]


def test_a_flag_is_yes_or_no_in_either_database(app: Flask) -> None:
    with app.test_request_context():
        words = reading.words_of_column(Column("solved", "解决", "flag"), GROUPS)
    assert words["1"] == words["true"] != words["0"] == words["false"]
    assert reading.words_of_column(Column("x", "x", "choice", {LEVELS[0]: "好"}), GROUPS) == {LEVELS[0]: "好"}
