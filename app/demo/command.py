"""The command: which calls are still to be played, a bar while they are, and the reckoning at the end."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence

from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app import installation
from app.case.models import Case
from app.demo.calls import Call, read_calls
from app.demo.play import Step, find_cases, play
from app.demo.report import Outcome, miscounts, read_statistics, table_of_cases, table_of_figures


def run(app: Flask, options: Namespace) -> int:
    """Play the calls that have no finished case yet, with `options.again` all of them; return 1 for any difference."""
    console = Console()
    with app.app_context():
        if password := installation.open_example():
            console.print(f"An example township is set up. The password of all its accounts: {password}")
        outcomes = play_all(read_calls(), again=getattr(options, "again", False), console=console)
        figures = read_statistics()
        console.print(table_of_cases(outcomes), table_of_figures(figures), sep="\n\n")
        wrong = [f"{each.case.number}: {text}" for each in outcomes for text in each.differences()]
        wrong += miscounts(outcomes, figures)
    for line in wrong:
        console.print(line, style="red", markup=False)
    console.print("[red]Not all is as expected.[/]" if wrong else "All cases are as expected.")
    return 1 if wrong else 0


def play_all(calls: Sequence[Call], *, again: bool, console: Console) -> list[Outcome]:
    """Play what is still to be played, the newest case of a call being its own, and return all calls' cases."""
    before = find_cases(calls)
    todo = [call for call in calls if again or not _is_finished(before, call)]
    if not todo:
        console.print("The sample calls are in the register already: nothing was changed (--again plays them anew).")
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not todo) as progress:
        bar = progress.add_task("", total=len(todo))

        def told(step: Step) -> None:
            progress.update(bar, description=f"{step.number} {step.task} · {step.by}")

        for call in todo:
            cases = before.get(call.phone, [])
            interrupted = None if again or not cases else cases[-1].instance_id
            play(call, interrupted, len(cases) + (interrupted is None), told)
            progress.advance(bar)
    after = find_cases(calls)
    return [Outcome(call, after[call.phone][-1]) for call in calls]


def _is_finished(cases: Mapping[str, Sequence[Case]], call: Call) -> bool:
    found = cases.get(call.phone)
    return found is not None and found[-1].closed_at is not None
