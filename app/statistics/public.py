"""Figures as they may be made public: whatever counts fewer than three cases is merged until it does not."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

LEAST = 3
Counts = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Public:
    """Lines of counts, by name; `merged` is what was too small alone; `total` is None where even it is too small."""

    columns: Sequence[str]
    lines: Mapping[str, Counts]
    merged: Counts | None
    total: Counts | None


def merged(columns: Sequence[str], lines: Mapping[str, Counts], *, parts: int = 0) -> Public:
    """Merge columns, then lines, until no count is 1 or 2, the smallest first; what remains too small is left out.

    The first column counts all; the `parts` columns after it add up to it and are merged with one another, those that
    follow are left out. One line merged alone could be told from the total, so that it takes another one with it.
    """
    columns, lines = _joined(list(columns), lines, parts)
    total = _sum(lines.values(), len(columns))
    if not _is_safe(total):
        return Public(columns, {}, None, None)
    by_size = sorted(lines, key=lambda name: (sum(lines[name]), name))
    small = [name for name in by_size if not _is_safe(lines[name])]
    rest = [name for name in by_size if name not in small]
    while small and rest and (len(small) < 2 or not _is_safe(_sum((lines[name] for name in small), len(columns)))):
        small.append(rest.pop(0))
    kept = {name: counts for name, counts in lines.items() if name not in small}
    return Public(columns, kept, _sum((lines[name] for name in small), len(columns)) if small else None, total)


def _joined(columns: list[str], lines: Mapping[str, Counts], parts: int) -> tuple[list[str], Mapping[str, Counts]]:
    """Return columns of which each is large enough in all, as far as that can be."""
    found = {name: list(counts) for name, counts in lines.items()}
    while True:
        totals = _sum(map(tuple, found.values()), len(columns))
        small = [at for at, total in enumerate(totals) if at and 0 < total < LEAST]
        if not small:
            break
        at = small[-1]
        others = [other for other in range(1, parts + 1) if other != at and totals[other]]
        if at > parts:
            columns = columns[:at] + columns[at + 1 :]
        elif others:
            other = min(others, key=lambda each: totals[each])
            columns[other] = f"{columns[min(at, other)]} + {columns[max(at, other)]}"
            for counts in found.values():
                counts[other] += counts[at]
            columns, parts = columns[:at] + columns[at + 1 :], parts - 1
        else:
            break  # it is all there is
        for counts in found.values():
            del counts[at]
    return columns, {name: tuple(counts) for name, counts in found.items()}


def written(tables: Iterable[tuple[str, Public]], words: Mapping[str, str]) -> str:
    """Return tables as CSV that spreadsheets open; `words` names the merged line, the total and what is left out."""
    text = StringIO()
    writer = csv.writer(text)
    for title, table in tables:
        writer.writerow([title, *table.columns])
        for name, counts in table.lines.items():
            writer.writerow([_safe(name), *counts])
        if table.merged is not None:
            writer.writerow([words["merged"], *table.merged])
        writer.writerow([words["total"], *(table.total or [words["too_small"]])])
        writer.writerow([])
    return "\ufeff" + text.getvalue()


def _is_safe(counts: Counts) -> bool:
    return all(count == 0 or count >= LEAST for count in counts)


def _sum(lines: Iterable[Counts], width: int) -> Counts:
    together = [0] * width
    for counts in lines:
        together = [one + other for one, other in zip(together, counts, strict=True)]
    return tuple(together)


def _safe(name: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name
