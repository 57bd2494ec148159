"""Names and telephones are masked, and who sees them as they are."""

from __future__ import annotations

import pytest

from app.case.privacy import mask_all, mask_name, mask_phone, masked, sees_private


@pytest.mark.parametrize(
    "name, shown", [("王小明", "王**"), ("王", "王**"), ("欧阳修文", "欧**"), ("Ann Lee", "A**"), (" ", ""), ("", "")]
)
def test_of_a_name_the_first_character_is_left(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    "phone, shown",
    [
        ("13800001234", "138****1234"), ("138 0000 1234", "138****1234"), ("+86 13800001234", "138****1234"),
        ("0563-5012345", "056****2345"), ("5012345", "****45"), ("50123", "***"), ("110", "***"), ("none", "***"),
        ("", ""),
    ],
)
def test_of_a_telephone_number_the_ends_are_left(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


def test_values_are_masked_by_declaration_and_others_left() -> None:
    values = {"caller": "王小明", "phone": 13800001234, "village": "village_03", "id": "x", "none": None}
    private = {"caller": "name", "phone": "phone", "id": "all", "none": "name", "absent": "name"}
    shown = masked(private, values, confidential=False)
    assert shown == {"caller": "王**", "phone": "***", "village": "village_03", "id": "***", "none": None}
    assert values["caller"] == "王小明" and mask_all("") == ""


def test_of_a_confidential_case_nothing_is_left_to_guess_from() -> None:
    values = {"caller": "王小明", "phone": "13800001234"}
    shown = masked({"caller": "name", "phone": "phone"}, values, confidential=True)
    assert shown == {"caller": "***", "phone": "***"}


@pytest.mark.parametrize(
    "groups, confidential, involved, sees",
    [
        ({"intake"}, False, False, True), ({"call_back"}, False, False, True), ({"leaders"}, False, False, False),
        (set(), False, True, True), (set(), False, False, False),
        ({"intake"}, True, False, False), ({"intake"}, True, True, False), ({"call_back"}, True, False, True),
        ({"leaders"}, True, True, False),
    ],
)
def test_who_sees_private_values(groups: set[str], confidential: bool, involved: bool, sees: bool) -> None:
    assert sees is sees_private(
        groups, private_readers=["intake"], confidential_readers=["call_back"], confidential=confidential,
        involved=involved,
    )
