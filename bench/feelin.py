"""The best JavaScript engine beside ours: npm's feelin, run by node on the same expressions in the same run."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

SCRIPT = Path(__file__).parent / "vendor" / "measure_feelin.mjs"


class Measured(NamedTuple):
    """What feelin made of an expression, and how many seconds one warm evaluation took."""

    value: Any
    seconds: float


def measured(cases: Sequence[tuple[str, dict[str, Any]]]) -> list[Measured] | None:
    """Return a measure of each expression with its variables, or None where there is no node to run it."""
    node = shutil.which("node")
    if node is None:
        return None
    given = json.dumps([{"text": text, "context": context} for text, context in cases])
    answer = subprocess.run([node, SCRIPT.name], input=given, capture_output=True, text=True, cwd=SCRIPT.parent)
    if answer.returncode:
        raise RuntimeError(f"feelin cannot be measured: {answer.stderr[-500:]}")
    return [Measured(one["value"], one["seconds"]) for one in json.loads(answer.stdout)]
