"""The house's rules that a machine can check: who imports whom, who reads the clock, who commits, what names say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("engine/**/*.py"), *ROOT.glob("app/**/*.py")])
DOMAINS = {
    "case", "calendar", "people", "cockpit", "tasklist", "register", "statistics", "demo", "seed", "duty", "disclosure",
    "files", "printing",
    "home",
}  # fmt: skip


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports, those for types only as well."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def importing(package: str, among: str = "") -> list[str]:
    return [
        name_of(path) for path in SOURCES
        if name_of(path).startswith(among)
        and any(module == package or module.startswith(f"{package}.") for module in imports(path))
    ]


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 60


def test_the_engine_knows_neither_flask_nor_the_app() -> None:
    for package in ("app", "flask", "flask_sqlalchemy", "flask_login", "werkzeug"):
        assert importing(package, "engine/") == []


def test_sqlalchemy_is_known_to_the_store_and_the_app_alone() -> None:
    allowed = re.compile(r"engine/store/(sql|tables|rows|failures|triggers|sqlite|postgresql)\.py")
    assert [path for path in importing("sqlalchemy", "engine/") if not allowed.fullmatch(path)] == []


def test_spiffworkflow_is_known_where_instances_run() -> None:
    allowed = re.compile(r"engine/(elements/\w+|dialect/\w+|definition|instance|snapshot|timer|migration)\.py")
    found = importing("SpiffWorkflow")
    assert found, "the engine runs on SpiffWorkflow"
    assert [path for path in found if not allowed.fullmatch(path)] == []


def test_rules_import_the_standard_library_alone() -> None:
    import sys

    for path in ROOT.glob("app/**/rules.py"):
        foreign = {module.split(".")[0] for module in imports(path)} - set(sys.stdlib_module_names) - {"__future__"}
        assert not foreign, name_of(path)


CLOCK = re.compile(r"\b(datetime\.now|datetime\.utcnow|datetime\.today|date\.today|time\.time|time\.time_ns)\(")


def test_the_wall_clock_is_read_in_one_place() -> None:
    readers = [name_of(path) for path in SOURCES if CLOCK.search(path.read_text(encoding="utf-8"))]
    assert readers == ["engine/clock.py"]


def test_the_session_is_committed_in_one_place() -> None:
    committing = [name_of(path) for path in SOURCES if re.search(r"\.commit\(", path.read_text(encoding="utf-8"))]
    assert committing == ["app/db.py", "app/migrations/__init__.py"], "a migration commits its own step"


def test_nothing_is_evaluated_as_python() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            assert called not in {"eval", "exec", "compile", "__import__"}, f"{name_of(path)}:{node.lineno}"
        assert not {"pickle", "marshal", "shelve"} & imports(path), name_of(path)


EMPTY_NAMES = re.compile(r"(service|manager|helper|util|handler|processor|base|impl)s?", re.IGNORECASE)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_names_say_something(path: Path) -> None:
    assert not EMPTY_NAMES.fullmatch(path.stem)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            assert not re.search(r"(Manager|Helper|Util|Handler|Processor|Impl)s?$", node.name), node.name


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_files_are_read_in_one_sitting_and_say_what_they_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    if text.strip() and "migrations/versions" not in name_of(path):
        assert ast.get_docstring(ast.parse(text)), "a module begins with one sentence on what it is"


def test_domains_meet_in_the_case_and_not_in_each_other() -> None:
    allowed = {
        "tasklist": {"case", "people", "calendar"}, "register": {"case", "people", "calendar", "tasklist"},
        "statistics": {"case", "people", "calendar", "register"}, "cockpit": {"case", "people"},
        "demo": DOMAINS, "seed": DOMAINS, "case": {"calendar"}, "calendar": {"case", "people"}, "people": {"case"},
        "duty": {"case", "people"}, "files": {"case", "people"}, "disclosure": {"case", "people"},
        "printing": {"case", "people", "register"},
        "home": {"case", "people", "calendar", "duty", "register", "tasklist"},
    }
    for path in SOURCES:
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] != "app" or len(parts) < 2 or parts[1] not in DOMAINS:
            continue
        others = {module.split(".")[1] for module in imports(path) if module.startswith("app.")} & DOMAINS
        assert others - {parts[1]} <= allowed[parts[1]], name_of(path)


def test_nothing_committed_names_a_machine_or_a_download() -> None:
    patterns = re.compile(r"https?://[^\s\"']*(\.whl|\.tgz|\.tar\.gz|/simple/?)([\"'# ]|$)")
    machine = re.compile("/(wo" + "rk|ro" + "ot)/")
    for path in [*ROOT.glob("*.*"), *SOURCES, *ROOT.glob("docs/**/*.md"), *ROOT.glob("bpmn/**/*"), ROOT / "Makefile"]:
        if path.is_file() and path.name != ".git":  # a file in a worktree
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not patterns.search(text), name_of(path)
            assert not machine.search(text), name_of(path)
