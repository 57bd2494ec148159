"""Chinese text broken into lines as it is set: nothing lost, nothing too wide, no mark where it must not stand."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.printing.layout import dated, ordinal
from app.printing.lines import CLOSING, OPENING, broken
from app.printing.typeface import markup, runs, width

SIZE, ROOM = 10, 120
PARTS = st.sampled_from(["会议决定", "维修", "泵房，", "（二〇二六年）", "《通知》", "12月3日。", "DB-0001"])
TEXTS = st.text("会议决定维修泵房，。；：（）《》〔〕“”、123 ab\n", max_size=120)


@settings(deadline=None)  # the first line has the typeface loaded
@given(TEXTS)
def test_lines_hold_all_of_the_text_and_fit(text: str) -> None:
    lines = broken(text, SIZE, ROOM)
    assert "".join(lines) == "".join(text.splitlines())
    assert all(width(line, SIZE) <= ROOM for line in lines)


@settings(deadline=None)  # the first line has the typeface loaded
@given(st.lists(PARTS, max_size=30))
def test_no_line_begins_with_a_mark_that_closes_or_ends_with_one_that_opens(parts: list[str]) -> None:
    lines = broken("".join(parts), SIZE, ROOM)
    assert not [line for line in lines[1:] if line[0] in CLOSING]
    assert not [line for line in lines[:-1] if line[-1] in OPENING]


def test_days_numbers_and_words_stay_whole() -> None:
    text = "会议于2026年11月22日召开，讨论昌政〔2026〕18号文件和DB-2026-0001号督办事项。"
    for room in range(90, 400, 7):
        lines = broken(text, SIZE, room)
        for whole in ("2026年11月22日", "〔2026〕18号", "DB-2026-0001"):
            assert any(whole in line for line in lines), (room, lines)


def test_the_first_line_of_a_paragraph_leaves_room_for_its_indent() -> None:
    lines = broken("会" * 40, SIZE, ROOM, first=20)
    assert [len(line) for line in lines] == [10, 12, 12, 6]


def test_what_no_face_has_is_named_and_what_one_has_is_set_in_it() -> None:
    assert [part for _face, part in runs("𠮷田")] == ["〔U+20BB7〕田"]
    assert runs("龘", "NotoSerifSC-SemiBold") == [("NotoSerifSC-Regular", "龘")]
    assert markup("龘<甲>", "NotoSerifSC-SemiBold") == '<font name="NotoSerifSC-Regular">龘</font>&lt;甲&gt;'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-02", "2026年11月2日"), ("2026-11-22 14:05", "2026年11月22日 14:05"), ("政收-2026-0002",) * 2,
    ],
)
def test_dates_read_as_on_official_paper(text: str, shown: str) -> None:
    assert dated(text) == shown


def test_matters_are_counted_in_chinese() -> None:
    assert [ordinal(number) for number in (1, 10, 11, 20, 21, 99, 100)] == [
        "一", "十", "十一", "二十", "二十一", "九十九", "100",
    ]  # fmt: skip
    assert not any(re.search("[〇零]", ordinal(number)) for number in range(1, 100))
