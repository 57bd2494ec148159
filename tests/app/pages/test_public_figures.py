"""What may be made public counts nothing below three, and yet adds up."""

import csv
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from app.statistics.public import LEAST, merged, written

LINES = st.dictionaries(st.text(min_size=1, max_size=4), st.tuples(*[st.integers(0, 9)] * 3), max_size=8)
WORDS = {"merged": "others", "total": "total", "too_small": "<3"}


@given(LINES)
def test_no_count_below_three_is_shown_and_nothing_is_lost(lines: dict[str, tuple[int, int, int]]) -> None:
    found = merged(("a", "b", "c"), lines)
    shown = [*found.lines.values(), *([found.merged] if found.merged else []), *([found.total] if found.total else [])]
    assert all(count == 0 or count >= LEAST for counts in shown for count in counts)
    total = {name: sum(counts[column] for counts in lines.values()) for column, name in enumerate("abc")}
    if found.total is None:
        assert found.lines == {} and found.merged is None and 0 < total["a"] < LEAST
    else:
        parts = [*found.lines.values(), *([found.merged] if found.merged else [])]
        together = tuple(sum(counts[column] for counts in parts) for column in range(len(found.columns)))
        assert found.total == together == tuple(total[name] for name in found.columns)
        assert all(0 < total[name] < LEAST for name in "abc" if name not in found.columns)


@given(LINES)
def test_what_is_merged_cannot_be_told_from_the_total(lines: dict[str, tuple[int, int, int]]) -> None:
    found = merged(("a", "b", "c"), lines)
    gone = [name for name in lines if name not in found.lines]
    assert len(gone) != 1 or lines[gone[0]] == (0, 0, 0) or found.total is None or len(lines) == 1


@given(st.dictionaries(st.text(min_size=1, max_size=4), st.tuples(*[st.integers(0, 9)] * 4), max_size=8))
def test_columns_that_are_too_small_are_merged_and_still_add_up(parts: dict[str, tuple[int, ...]]) -> None:
    lines = {name: (sum(counts[:3]), *counts) for name, counts in parts.items()}
    found = merged(("all", "a", "b", "c", "d"), lines, parts=3)
    shown = [*found.lines.values(), *([found.merged] if found.merged else []), *([found.total] if found.total else [])]
    width = len(found.columns) - (found.columns[-1] == "d")
    for counts in shown:
        assert all(count == 0 or count >= LEAST for count in counts)
        assert sum(counts[1:width]) == counts[0]
    if sum(counts[0] for counts in lines.values()) >= LEAST:
        assert found.total is not None and found.total[0] == sum(counts[0] for counts in lines.values())


def test_the_file_opens_in_a_spreadsheet_and_runs_nothing() -> None:
    text = written([("Unit", merged(("n",), {"=1+1": (5,), "a": (2,), "b": (4,)}))], WORDS)
    assert text.startswith("\ufeff")
    assert list(csv.reader(StringIO(text[1:]))) == [["Unit", "n"], ["'=1+1", "5"], ["others", "6"], ["total", "11"], []]
    assert "<3" in written([("Unit", merged(("n",), {"a": (1,)}))], WORDS)
