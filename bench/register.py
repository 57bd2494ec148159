"""A register's pages and its search where there is much; BENCH_FULL=1 asks among 100,000 cases and 300,000 tasks."""

from __future__ import annotations

from statistics import median
from urllib.parse import quote

from bench.row import Row, row, run_alone
from bench.served import serving
from bench.township import WHAT, Environment, both, password_of, waits_for

ADDRESS = "/registers/hotline_closed_loop"
READERS = ("duty1", "leader1", "village03")  # sees callers, sees none, sees own cases alone
PAGES = {
    "newest first": "all=yes", "by due date": "sort=due", "last closed": "sort=case.closed",
    "one state": "state=待派单", "one place": "place=village_07", "a kind": "f.kind=求助",
    "half a year": "f.received_at.from=2026-05-01", "part of a number": "f.external_number=12",
    "a kind, solved": "f.kind=求助&f.solved=解决",
    "a kind and a place": "f.kind=求助&place=village_07", "solved, by kind": "sort=kind&f.solved=解决",
    "a kind in half a year": "f.kind=求助&f.received_at.from=2026-05-01",
}  # fmt: skip
SEARCHES = {
    "a common word": "q=水", "two characters": "q=水管", "three characters": "q=自来水", "every case": "q=件",
    "a number": "q=000123", "a word that is nowhere": "q=不存在的", "a word and a state": "q=水&state=待派单",
    "a word and a place": "q=自来水&place=village_07", "a word and a kind": "q=水&f.kind=求助",
}  # fmt: skip


def rows() -> list[Row]:
    """Ask for each page as several people, one after the other."""
    with both() as townships:
        return [each for name, environment in townships.items() for each in _measured(name, environment)]


def _measured(database: str, environment: Environment) -> list[Row]:
    password, found = password_of(environment), dict[str, float]()
    with serving(environment, processes=1) as server:
        for name, query in {**PAGES, **SEARCHES}.items():
            page = f"{ADDRESS}?{quote(query, safe='=&')}"
            found[name] = median(waits_for(server.port, password, page, READERS))
    return [
        row(f"register, {database}, {WHAT}, {name}, median", value, "ms", limit=150 if name in SEARCHES else 100)
        for name, value in found.items()
    ]


if __name__ == "__main__":
    run_alone(rows)
