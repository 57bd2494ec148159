"""Run all benchmarks, print their figures, write them to build/bench.json."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

from bench.row import Row, complete, show, wide

MODULES = (
    "expressions", "check", "constructs", "store", "complete_task", "flat", "big", "http", "inbox", "home", "register",
)  # fmt: skip
RESULT = Path("build/bench.json")


def main() -> None:
    """Measure one module after the other: side by side they would measure each other."""
    console, rows = wide(), list[Row]()
    for module in MODULES:
        with console.status(f"{module} …"):
            rows += map(complete, import_module(f"bench.{module}").rows())
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    show(rows, console)
    failed = [one["name"] for one in rows if one["holds"] is False]
    console.print(f"Written to {RESULT}. " + (f"Missed: {'; '.join(failed)}." if failed else "All limits hold."))


if __name__ == "__main__":
    main()
