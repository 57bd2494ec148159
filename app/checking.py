"""The command `changtong check`: what the check at deploy says of files, for people or for programs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from app import installation
from app.case.errors import CaseError
from engine import Finding
from engine.dialect.xml import MAX_BYTES

RUNS, REFUSED, USAGE = 0, 1, 2
_COLOURS = {"error": "bold red", "warning": "yellow", "runs": "bold green", "refused": "bold red"}
_WORDS = {
    "zh": {"error": "错误", "warning": "警告", "runs": "可以运行", "refused": "拒绝"},
    "en": {"error": "error", "warning": "warning", "runs": "runs", "refused": "refused"},
}
_SUMMARY = {
    "zh": "{files} 个文件：{runs} 个可以运行，{refused} 个被拒绝；错误 {errors}，警告 {warnings}",
    "en": "{files} files: {runs} run, {refused} refused; {errors} errors, {warnings} warnings",
}


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("files", nargs="+", type=Path, help="diagrams, forms and tables; folders with all in them")
    parser.add_argument("--json", action="store_true", help="one object a file: file, verdict, findings")
    parser.add_argument("--language", choices=("zh", "en"), help="of the messages (default: as $LANG says)")
    parser.add_argument("--people", action="store_true", help="look up users and groups in this data folder")


def run(options: argparse.Namespace) -> int:
    """Check the files and print; 0 when all of them run, 1 when one is refused, 2 when one cannot be read."""
    try:
        paths = _listed(options.files)
        files = {name: _read(path) for name, path in paths.items()}
    except OSError as error:
        print(f"changtong check: {error.filename}: {error.strerror}", file=sys.stderr)
        return USAGE
    try:
        said = installation.check(files, with_people=options.people)
    except CaseError as error:  # there are no people to look up
        print(f"changtong check: {error}", file=sys.stderr)
        return USAGE
    findings = {str(path): list[Finding]() for path in paths.values()}
    for finding in said:
        if finding.rule == "id_elsewhere":  # each file is judged for itself; together they need not be deployed
            finding = replace(finding, severity="warning")
        file = str(paths[finding.file])
        findings[file].append(replace(finding, file=file))
    language = options.language or ("zh" if os.environ.get("LANG", "").startswith("zh") else "en")
    if options.json:
        objects = [_as_object(file, findings[file], language) for file in findings]
        print(json.dumps(objects, ensure_ascii=False, indent=2))
    else:
        _show(findings, language)
    return REFUSED if any(_verdict(found) == "refused" for found in findings.values()) else RUNS


def _listed(given: Sequence[Path]) -> dict[str, Path]:
    """Return the files by the name under which a deployment would have them; a name taken already gives way to a path.

    Raises FileNotFoundError.
    """
    paths: dict[str, Path] = {}
    for path in given:
        if not path.exists():
            raise FileNotFoundError(2, os.strerror(2), str(path))
        for file in installation.files_in(path):
            if file not in paths.values():
                paths[str(file) if file.name in paths else file.name] = file
    return paths


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)  # what is larger is refused by its size


def _verdict(findings: Sequence[Finding]) -> str:
    return "refused" if any(finding.severity == "error" for finding in findings) else "runs"


def _as_object(file: str, findings: Sequence[Finding], language: str) -> dict[str, Any]:
    names = ("file", "line", "column", "element_id", "rule", "severity")
    found = [
        {**{name: getattr(finding, name) for name in names}, "message": finding.message(language)}
        for finding in findings
    ]
    return {"file": file, "verdict": _verdict(findings), "findings": found}


def _show(findings: Mapping[str, Sequence[Finding]], language: str) -> None:
    console, words = Console(highlight=False, soft_wrap=True), _WORDS[language]
    for file, found in findings.items():
        verdict = _verdict(found)
        console.print(Text.assemble((file, "bold"), "  ", (words[verdict], _COLOURS[verdict])))
        for finding in found:
            console.print(Text.assemble(
                f"  {finding.line:>5}  ", (words[finding.severity], _COLOURS[finding.severity]), f"  {finding.rule}  ",
                (finding.element_id or "", "cyan"), "  " if finding.element_id else "", finding.message(language),
            ))  # fmt: skip
    verdicts = [_verdict(found) for found in findings.values()]
    severities = [finding.severity for found in findings.values() for finding in found]
    console.print(_SUMMARY[language].format(
        files=len(verdicts), runs=verdicts.count("runs"), refused=verdicts.count("refused"),
        errors=severities.count("error"), warnings=severities.count("warning"),
    ))  # fmt: skip
