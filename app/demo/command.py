"""The command: which samples are still to be played, a bar while they are, and the reckoning at the end."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app import installation
from app.case.errors import CaseDuplicate
from app.case.models import Case
from app.db import db, tenant
from app.demo.document_report import DOCUMENTS
from app.demo.matter_report import MATTERS
from app.demo.play import Step, opened_by, play
from app.demo.report import CALLS
from app.demo.sample import Kind, Outcome, S, Sample

KINDS: tuple[Kind[Any], ...] = (CALLS, DOCUMENTS, MATTERS)
"""What is played, in this order; a kind that refers to another stands after it."""


def run(app: Flask, options: Namespace) -> int:
    """Play the samples that have no finished case yet, with `options.again` all; return 1 for any difference."""
    console, wrong = Console(), list[str]()
    with app.app_context():
        if password := installation.open_example():
            console.print(f"An example township is set up. The password of all its accounts: {password}")
        for kind in KINDS:
            outcomes = play_all(kind, kind.read(), again=getattr(options, "again", False), console=console)
            shown, miscounted = kind.report(outcomes)
            console.print(*shown, sep="\n\n", end="\n\n")
            wrong += [f"{each.case.number}: {text}" for each in outcomes for text in each.differences()]
            wrong += miscounted
    for line in wrong:
        console.print(line, style="red", markup=False)
    console.print("[red]Not all is as expected.[/]" if wrong else "All cases are as expected.")
    return 1 if wrong else 0


def play_all(kind: Kind[S], samples: Sequence[S], *, again: bool, console: Console) -> list[Outcome[S]]:
    """Play what is still to be played, the newest case of a line being its own, and return what all have become."""
    before, refused = kind.find(samples), dict[int, str]()
    todo = [sample for sample in samples if again or not _is_finished(sample, before)]
    # What repeats another line has no case of its own to be counted by.
    rounds = max(1, max((len(cases) for cases in before.values()), default=0) + again)
    if all(sample.is_duplicate for sample in todo):
        console.print(
            f"The sample {kind.name} are in the register already: nothing was changed (--again plays them anew)."
        )
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not todo) as progress:
        bar = progress.add_task("", total=len(todo))

        def told(step: Step) -> None:
            progress.update(bar, description=f"{step.number} {step.task} · {step.by}")

        for sample in todo:
            cases = before.get(sample.line, [])
            interrupted = None if again or not cases else cases[-1].instance_id
            copy = rounds if sample.is_duplicate else len(cases) + (interrupted is None)
            try:
                play(sample, interrupted, copy, told)
            except CaseDuplicate as duplicate:
                refused[sample.line] = duplicate.instance_id
            progress.advance(bar)
    after = kind.find(samples)
    return [_outcome(sample, after, refused) for sample in samples]


def _is_finished(sample: Sample, cases: Mapping[int, Sequence[Case]]) -> bool:
    own = cases.get(sample.line, ())[-1:]
    return bool(own) and all(case.closed_at for case in (*own, *opened_by(sample, own[0].instance_id)))


def _outcome(sample: S, cases: Mapping[int, Sequence[Case]], refused: Mapping[int, str]) -> Outcome[S]:
    if sample.line not in refused:
        return Outcome(sample, cases[sample.line][-1])
    first = db.session.get(Case, (tenant(), refused[sample.line]))
    assert first is not None  # a case cannot be deleted
    return Outcome(sample, first, was_refused=True)
