"""Write the page that lists every attribute and element with its standing, out of the table that the check uses.

python -m tools.reference            write bpmn/REFERENCE.md
python -m tools.reference --check    tell whether it is as the table has it
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.dialect.vocabulary.line import Line, Standing
from engine.dialect.vocabulary.table import TABLE
from tools.element_names import CHINESE

PAGE = Path(__file__).resolve().parent.parent / "bpmn" / "REFERENCE.md"
STANDINGS: dict[Standing, str] = {"runs": "运行 · runs", "display": "仅显示 · display", "refused": "拒绝 · refused"}
CHAPTERS = {"bpmn": "BPMN 2.0", "camunda": "Camunda 7", "zeebe": "Camunda 8"}
INTRODUCTION = """# 元素与属性一览 · Every element and attribute

BPMN 2.0、Camunda 7（`camunda:`）和 Camunda 8（`zeebe:`）的全部元素与属性，逐一注明：

- **运行**：引擎照此执行；写有“=”的只接受所列取值；
- **仅显示**：保留在图中，不影响执行；
- **拒绝**：部署时指出文件、行号、元素和原因。

没有单列一节的元素只有任何元素都有的部分，见其所在元素的一节。表中没有的名称一律拒绝；
绘图工具自己的记录（`bpmndi`、`di`、`dc`、`modeler`、`bioc`、`color` 等）仅显示。
一个文件要么按 Camunda 7、要么按 Camunda 8 绘制，两者的写法不能混用。本页由检查所用的同一张表生成，请勿手改。

All elements and attributes of BPMN 2.0, Camunda 7 (`camunda:`) and Camunda 8 (`zeebe:`), each with its standing:
**runs** (the engine acts upon it; where values stand behind `=`, upon these alone), **display** (kept in the diagram,
without effect) or **refused** (named at deploy with file, line, element and reason). A name that is not here is
refused; what drawing tools note for themselves is display. An element without a section has the parts that any element
has, and stands in the sections of those around it. A file is drawn for Camunda 7 or for Camunda 8: what belongs to one
is not mixed with the other. This page is written from the table that the check uses (`engine/dialect/vocabulary/`):
`python -m tools.reference`.
"""


def main(arguments: list[str]) -> int:
    """Write the page, or compare it."""
    text = page()
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != text:
        print("bpmn/REFERENCE.md is not as the table has it; run python -m tools.reference", file=sys.stderr)
        return 1
    return 0


def page() -> str:
    """Return the page's text."""
    owners: dict[str, dict[str, Line]] = defaultdict(dict)
    for (owner, name), line in TABLE.items():
        owners[owner][name] = line
    sections = [INTRODUCTION, *_count(), *_section("*", owners.pop("*"))]
    for prefix, chapter in CHAPTERS.items():
        sections.append(f"\n## {chapter}")
        own = [owner for owner in owners if owner.rpartition("/")[2].startswith(f"{prefix}:")]
        for owner in sorted(own, key=_order):
            sections += _section(owner, owners[owner])
    return "\n".join(sections) + "\n"


def _count() -> Iterator[str]:
    """Yield a table of how many names have which standing in each vocabulary."""
    counts = Counter((_vocabulary(owner, name), line.standing) for (owner, name), line in TABLE.items())
    yield f"| | {' | '.join(STANDINGS.values())} |\n|---|---:|---:|---:|"
    for prefix, chapter in CHAPTERS.items():
        yield f"| {chapter} | {' | '.join(str(counts[prefix, standing]) for standing in STANDINGS)} |"


def _vocabulary(owner: str, name: str) -> str:
    """Return the vocabulary that a name belongs to; an attribute without a prefix belongs to its element's."""
    prefix = name.removeprefix("@").rpartition(":")[0] or owner.rpartition("/")[2].partition(":")[0]
    return prefix if prefix in CHAPTERS else "bpmn"


def _order(owner: str) -> tuple[int, str]:
    """Order elements as their names are ordered, and a child in a certain place after the child anywhere."""
    names, last = list(CHINESE), owner.rpartition("/")[2]
    return names.index(last), owner


def _section(owner: str, lines: dict[str, Line]) -> Iterator[str]:
    """Yield an element's heading and a row for each standing, with what it holds for."""
    yield f"\n### {_title(owner)}\n\n| | 属性与子元素 · attributes and children | 说明 · why |\n|---|---|---|"
    for standing, shown in STANDINGS.items():
        reasons: dict[str, list[str]] = defaultdict(list)
        for name, line in lines.items():
            if line.standing == standing:
                reasons[_reason(line)].append(_name(name, line))
        for reason, names in reasons.items():
            yield f"| {shown} | {_listed(names)} | {reason} |"


def _title(owner: str) -> str:
    if owner == "*":
        return "任何 BPMN 元素 · any element of BPMN"
    *around, last = owner.split("/")
    chinese, words = CHINESE[last], _words(last)
    inside = [f"，在{CHINESE[name]}中" for name in around], [f" in {_words(name)}" for name in around]
    return f"{chinese}{''.join(inside[0])} · {words}{''.join(inside[1])} · `{owner}`"


def _words(name: str) -> str:
    """Return a name in plain words: `userTask` is a user task."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.partition(":")[2]).lower()


def _name(name: str, line: Line) -> str:
    values = f" = {' / '.join(line.values)}" if line.values else ""
    return f"`{name.removeprefix('bpmn:')}{values}`"


def _reason(line: Line) -> str:
    if line.hint is None:
        return ""
    zh, en = ("其他取值：", "other values: ") if line.values else ("", "")
    return f"{zh}{line.hint.zh} · {en}{line.hint.en}"


def _listed(names: Iterable[str]) -> str:
    return " ".join(names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
