"""The command `changtong tck`: the cases of the DMN Technology Compatibility Kit, run by our decision engine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.progress import track

from engine.clock import SystemClock
from engine.dmn.tck import Outcome, run_file

PASSED, FAILED, USAGE = 0, 1, 2


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("folder", type=Path, help="folder with *-test-*.xml files, each beside its .dmn model")


def run(options: argparse.Namespace) -> int:
    """Run every case below a folder and list what fails; 0 when all pass, 1 when one fails, 2 without cases."""
    folder: Path = options.folder
    files = sorted(folder.rglob("*-test-*.xml"))
    if not files:
        print(f"changtong tck: {folder}: no *-test-*.xml file below it", file=sys.stderr)
        return USAGE
    now, passed, failed = SystemClock().now(), 0, 0
    for file in track(files, "…", transient=True, disable=not sys.stderr.isatty(), console=Console(stderr=True)):
        for failing in _cases(run_file(file, now=now)):
            passed, failed = passed + (not failing), failed + bool(failing)
            for outcome in failing:
                where = f"{outcome.file.relative_to(folder)}: {outcome.case} {outcome.result}"
                print(f"{where}: {outcome.cause}")
    print(f"{passed} passed, {failed} failed")
    return FAILED if failed else PASSED


def _cases(outcomes: Iterable[Outcome]) -> Iterable[list[Outcome]]:
    """Yield what fails of each case; a case passes when all its results do."""
    for _, results in groupby(outcomes, key=lambda outcome: outcome.case):
        yield [outcome for outcome in results if not outcome.passed]
