"""What a process declares about its prints."""

import pytest

from app.case.prints import meeting_problems, print_problem, read_prints
from app.case.register import check_properties


def test_a_print_has_the_heading_that_is_declared_or_the_usual_one() -> None:
    assert read_prints("slip:昌桥乡文件处理笺, minutes") == {"slip": "昌桥乡文件处理笺", "minutes": "会议纪要"}


@pytest.mark.parametrize(("text", "says"), [("", "empty"), ("slip,poster", "no print poster"), (" , ", "empty")])
def test_a_print_that_there_is_not_is_refused(text: str, says: str) -> None:
    assert says in print_problem(text)


def test_agenda_and_minutes_need_a_meeting() -> None:
    declared = {"case.number": "N-{serial}", "case.prints": "minutes"}
    assert "task.meeting" in meeting_problems(declared, {"meet": {}})[0]
    assert meeting_problems(declared, {"meet": {"task.meeting": "乡务会"}}) == []
    assert [element for element, _text in check_properties(declared, {"meet": {}})] == [None]
    assert check_properties({**declared, "case.prints": "slip"}, {"meet": {}}) == []
