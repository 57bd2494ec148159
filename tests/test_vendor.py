"""The front end's files are the ones that were fetched, whole and unchanged."""

import json
import shutil
from pathlib import Path

import pytest

from tools import vendor

VENDORED = (
    "app/static/vendor", "app/printing/fonts", "tests/browser/vendor", "tests/engine/dialect/vendor", "bench/vendor",
    "tools",
)
MARKS = {
    "tabler/tabler.min.js": b"Tabler v1",
    "htmx/htmx.min.js": b"var htmx=",
    "bpmn-js/bpmn-navigated-viewer.production.min.js": b"bpmn-navigated-viewer v18",
    "dmn-js/dmn-navigated-viewer.production.min.js": b"dmn-navigated-viewer v17",
    "form-js/form-viewer.umd.js": b"FormViewer",
    "tom-select/tom-select.complete.min.js": b"Tom Select v2",
    "chart.js/chart.umd.min.js": b"Chart.js v4",
}


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of everything vendored, for tests that spoil it."""
    for folder in VENDORED:
        shutil.copytree(vendor.ROOT / folder, tmp_path / folder)
    for name in ("WISHES", "RECORD"):
        monkeypatch.setattr(vendor, name, tmp_path / getattr(vendor, name).relative_to(vendor.ROOT))
    monkeypatch.setattr(vendor, "ROOT", tmp_path)
    return tmp_path / "app" / "static" / "vendor"


def test_every_vendored_file_is_as_it_was_recorded() -> None:
    assert vendor.check() == []


def test_a_changed_a_lost_and_a_stray_file_are_each_named(copied: Path) -> None:
    (copied / "htmx" / "htmx.min.js").write_text("alert(1)", encoding="utf-8")
    (copied / "tabler" / "tabler.min.css").unlink()
    (copied / "stray.js").write_text("", encoding="utf-8")
    assert vendor.check() == [
        "app/static/vendor/tabler/tabler.min.css: recorded, but missing",
        "app/static/vendor/htmx/htmx.min.js: differs from what was recorded",
        "app/static/vendor/stray.js: not recorded in app/static/vendor/VENDOR.json",
    ]
    assert vendor.main(["--check"]) == 1


def test_a_version_that_was_asked_for_but_not_fetched_is_named(copied: Path) -> None:
    wishes = json.loads(vendor.WISHES.read_text(encoding="utf-8"))
    wishes[2]["version"] = "9.9.9"
    vendor.WISHES.write_text(json.dumps(wishes), encoding="utf-8")
    assert vendor.check() == ["htmx.org: 9.9.9 is wanted, 2.0.11 is here; run tools/vendor.py"]


@pytest.mark.parametrize("file", MARKS)
def test_the_file_holds_the_library_that_its_name_says(file: str) -> None:
    assert MARKS[file] in (vendor.RECORD.parent / file).read_bytes()


def test_every_package_brings_its_licence() -> None:
    for entry in json.loads(vendor.RECORD.read_text(encoding="utf-8")):
        assert (vendor.ROOT / entry["into"] / "LICENSE").stat().st_size > 500
        assert entry["licence"]


def test_the_sprite_has_a_drawing_for_every_icon_asked_for() -> None:
    [wish] = [wish for wish in json.loads(vendor.WISHES.read_text(encoding="utf-8")) if "icons" in wish]
    text = (vendor.RECORD.parent / "tabler-icons" / "sprite.svg").read_text(encoding="utf-8")
    symbols = {line.split('"')[1]: line for line in text.splitlines() if line.startswith("<symbol")}
    assert sorted(symbols) == sorted(wish["icons"])
    assert all("<path" in symbol or "<circle" in symbol for symbol in symbols.values())


def test_no_vendored_file_points_at_a_source_map_that_is_not_there() -> None:
    for entry in json.loads(vendor.RECORD.read_text(encoding="utf-8")):
        for path in entry["files"]:
            assert b"sourceMappingURL" not in (vendor.ROOT / path).read_bytes(), path
