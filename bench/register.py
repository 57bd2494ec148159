"""A register's pages and its search where there is much; as many cases as the inbox is measured among."""

from __future__ import annotations

from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import quote

from bench.inbox import CASES, OPEN_TASKS, password_of, seed, waits_for
from bench.row import Row, row, run_alone
from bench.served import serving

ADDRESS = "/registers/hotline_closed_loop"
READERS = ("duty1", "leader1", "village03")  # sees callers, sees none, sees own cases alone
PAGES = {
    "newest first": "all=yes", "by due date": "sort=due", "one state": "state=待派单", "one place": "place=village_07",
    "a kind": "f.kind=求助", "half a year": "f.received_at.from=2026-05-01", "part of a number": "f.external_number=12",
}  # fmt: skip
SEARCHES = {
    "a common word": "q=水", "two characters": "q=水管", "every case": "q=件", "a number": "q=000123",
    "a word that is nowhere": "q=不存在的", "a word and a state": "q=水&state=待派单",
}  # fmt: skip


def rows() -> list[Row]:
    """Make the cases, then ask for each page as several people, one after the other."""
    with TemporaryDirectory() as folder:
        environment = {"CHANGTONG_DATA": folder, "CHANGTONG_SQLITE_SYNCHRONOUS": "NORMAL"}
        seed(environment)
        password = password_of(environment)
        with serving(environment, processes=1) as server:
            found = {
                name: median(waits_for(server.port, password, f"{ADDRESS}?{quote(query, safe='=&')}", READERS))
                for name, query in {**PAGES, **SEARCHES}.items()
            }  # fmt: skip
    what = f"{CASES:,} cases, {OPEN_TASKS:,} open tasks"
    return [
        row(f"register, {what}, {name}, median", value, "ms", limit=150 if name in SEARCHES else 100)
        for name, value in found.items()
    ]


if __name__ == "__main__":
    run_alone(rows)
