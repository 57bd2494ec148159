"""The page of all elements and attributes is written from the table, and says of each what the check does."""

from __future__ import annotations

import re

from engine.dialect.vocabulary.table import TABLE
from tools import reference
from tools.element_names import CHINESE

PAGE = reference.PAGE.read_text(encoding="utf-8")


def test_the_page_is_as_the_table_has_it() -> None:
    assert reference.page() == PAGE, "run python -m tools.reference"


def test_the_page_names_every_pair_of_the_table_once_with_its_standing() -> None:
    found = {}
    owner = "*"
    for line in PAGE.splitlines():
        if heading := re.match(r"### .* · `(.+)`$", line):
            owner = heading[1]
        for standing, shown in reference.STANDINGS.items():
            if line.startswith(f"| {shown} |") and "|---" not in line and "` |" in line:
                for name in re.findall(r"`([^`=]+?)(?: = [^`]+)?`", line.split(" | ")[1]):
                    key = (owner, name if name.startswith("@") or ":" in name else f"bpmn:{name}")
                    assert key not in found
                    found[key] = standing
    assert found == {key: line.standing for key, line in TABLE.items()}


def test_every_owner_has_a_chinese_name() -> None:
    owners = {owner.rpartition("/")[2] for owner, _ in TABLE} - {"*"}
    assert owners - set(CHINESE) == set()
    assert set(CHINESE) <= owners | {name for _, name in TABLE}


def test_the_readme_leads_to_the_page() -> None:
    assert "(REFERENCE.md)" in (reference.PAGE.parent / "README.md").read_text(encoding="utf-8")
