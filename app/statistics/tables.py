"""Tables of figures: lines by name whose every number leads to just the rows that it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from flask_babel import gettext as _

from app.case.ratings import FINAL, FIRST, LEVELS
from app.case.statistics import UNSORTED, Rate, Row, Tally
from app.case.trend import Overdue

Link = Callable[..., str]
"""Makes the address of a register's rows out of arguments of it."""
Words = Mapping[str, Mapping[str, str]]
"""What the values of each dimension are called."""
TOP = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: words that lead to their rows, as (words, address), then a text."""

    links: Sequence[tuple[str, str]] = ()
    text: str = ""
    is_count: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line: the id of what it is about, its name, its cells."""

    id: str
    name: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `footer` is its last line, to which the others add up."""

    key: str
    title: str
    headings: Sequence[str]
    lines: Sequence[Line]
    footer: Line | None = None
    width: str = "wide"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which figures a register has, by what it declares."""

    response: bool = False
    satisfaction: bool = False
    solved: bool = False
    dimensions: Mapping[str, str] = field(default_factory=dict)  # in words


def number(count: int, link: str) -> Cell:
    """Return a number that leads to its rows; nothing leads nowhere."""
    return Cell([(str(count), link)], is_count=True) if count else Cell(text="0", is_count=True)


def percent(rate: Rate) -> str:
    """Return a share as people read it."""
    return "–" if rate.share is None else f"{rate.share * 100:.1f}%"


def by_dimension(
    tally: Tally, dimension: str, title: str, called: Words, kinds: Kinds, overdue: Overdue, link: Link
) -> Table:
    """Return what the public practice asks of each unit, of whatever dimension."""
    lines, names = [], called[dimension]
    for row in tally.rows(dimension):
        to_rows = partial(link, **{dimension: row.name})
        cells = [*_cells(row, overdue.get((dimension, row.name), 0), kinds, to_rows)]
        if dimension == "unit" and "category" in kinds.dimensions:
            cells.append(_top(tally, row.name, called["category"], to_rows))
        lines.append(Line(row.name, names.get(row.name, row.name), cells))
    headings = [kinds.dimensions[dimension], *_headings(kinds)]
    footer = [*_cells(tally.all, overdue.get(("all", ""), 0), kinds, link)]
    if dimension == "unit" and "category" in kinds.dimensions:
        headings.append(_("Top categories"))
        footer.append(Cell())
    return Table(dimension, title, headings, lines, Line("", _("Total"), footer))


def _headings(kinds: Kinds) -> list[str]:
    dissatisfied = [_("Dissatisfied"), _("Dissatisfaction rate")] if kinds.satisfaction else []
    return [
        _("Total"), _("Closed in time"), _("Closed late"), _("Closed without limit"), _("Open"), _("Of these overdue"),
        _("Closing rate"), _("On-time rate"), _("Working days on average"), *dissatisfied,
    ]  # fmt: skip


def _cells(row: Row, overdue: int, kinds: Kinds, link: Link) -> Iterator[Cell]:
    yield number(row.total, link())
    for outcome in ("in_time", "late", "no_limit"):
        yield number(row[outcome], link(closed=outcome))
    yield number(row.open, link(open="yes"))
    yield number(overdue, link(light="late"))
    yield Cell(text=percent(Rate(row.closed, row.total)))
    yield Cell(text=percent(row.rate("in_time", "in_time", "late")))
    yield Cell(text="–" if row.working_days is None else f"{row.working_days:.1f}")
    if kinds.satisfaction:
        yield number(row["dissatisfied"], link(rating="dissatisfied"))
        yield Cell(text=percent(row.rate("dissatisfied", "rated")))


def _top(tally: Tally, unit: str, names: Mapping[str, str], link: Link) -> Cell:
    """Return a unit's most frequent categories."""
    counts = sorted((-int(count), category) for category, count in tally.of("unit×category").get(unit, {}).items())
    top = [(f"{names.get(each, each)} {-count}", link(category=each)) for count, each in counts[:TOP]]
    return Cell(top)


def by_state(tally: Tally, names: Mapping[str, str], link: Link) -> Table:
    """Return how many cases stand in each state."""
    rows = tally.rows("state")
    lines = [Line(row.name, names.get(row.name, row.name), [number(row.total, link(state=row.name))]) for row in rows]
    footer = Line("", _("Total"), [number(tally.all.total, link())])
    return Table("state", _("By state"), [_("State"), _("Total")], lines, footer, "third")


def satisfaction(tally: Tally, link: Link) -> Table:
    """Return how often each level was given first and last, of those who were reached."""
    first, final = tally.results(FIRST), tally.results(FINAL)
    lines = [
        Line(level, level, [
            number(first.get(level, 0), link(**{f"result.{FIRST}": level}, rating="reached")),
            number(final.get(level, 0), link(**{f"result.{FINAL}": level}, rating="reached")),
        ])
        for level in dict.fromkeys((*LEVELS, *first, *final))
    ]  # fmt: skip
    unreached = tally.all["unreached"]
    lines.append(Line("unreached", _("Not reached, in no rate"), [Cell(), number(unreached, link(rating="unreached"))]))
    return Table("rated", _("Satisfaction"), [_("Level"), _("First"), _("Final")], lines, None, "third")


def result(tally: Tally, name: str, label: str, words: Mapping[str, str], link: Link) -> Table:
    """Return how often each value of a result was given, and how often none."""
    counts = tally.results(name)
    given = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    lines = [
        Line(value, words.get(value, value), [number(count, link(**{f"result.{name}": value}))])
        for value, count in given
    ]  # fmt: skip
    if without := tally.all.total - sum(counts.values()):
        lines.append(Line(UNSORTED, _("Not given yet"), [number(without, link(**{f"result.{name}": UNSORTED}))]))
    footer = Line("", _("Total"), [number(tally.all.total, link())])
    return Table(f"result-{name}", label, [label, _("Total")], lines, footer, "third")


def crossed(tally: Tally, called: Words, link: Link) -> Table:
    """Return places down, categories across."""
    counts, categories = tally.crossed("category×place"), tally.rows("category")
    places = sorted(tally.rows("place"), key=lambda row: (row.name == UNSORTED, row.name))
    lines = []
    for place in places:
        cells = [
            number(counts.get((each.name, place.name), 0), link(place=place.name, category=each.name))
            for each in categories
        ]
        cells.append(number(place.total, link(place=place.name)))
        lines.append(Line(place.name, called["place"].get(place.name, place.name), cells))
    footer = [number(each.total, link(category=each.name)) for each in categories]
    headings = [_("Place"), *(called["category"].get(each.name, each.name) for each in categories), _("Total")]
    whole = Line("", _("Total"), [*footer, number(tally.all.total, link())])
    return Table("cross", _("Place by category"), headings, lines, whole)
