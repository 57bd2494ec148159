"""The documents tell the truth: their code runs, their links lead somewhere, their map names every part."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NO_PARTS = ("__init__.py", "__main__.py", "__pycache__", "conftest.py")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bpmn/*.md")])


def test_the_embedding_page_runs_from_top_to_bottom() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/embedding.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 6
    exec(compile("\n".join(blocks), "docs/embedding.md", "exec"), {"__name__": "embedding"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_each_decision_has_a_number_of_its_own_that_its_title_bears() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        assert page.read_text(encoding="utf-8").startswith(f"# {page.name[:4]} ")


def test_the_map_names_every_part_of_the_tree() -> None:
    text = (ROOT / "docs/map.md").read_text(encoding="utf-8")
    parts = [
        path for folder in ("engine", "app", "bench", "tests") for path in (ROOT / folder).iterdir()
        if (path.suffix == ".py" or path.is_dir()) and path.name not in NO_PARTS
    ]
    missing = [f"{path.parent.name}/{path.name}" for path in parts if f"`{path.stem}" not in text]
    assert missing == []
