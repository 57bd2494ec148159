"""Case numbers have no gaps, and no two cases have the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from app.case.errors import NumberPatternInvalid, NumberValueInvalid
from app.case.numbers import next_number, parse_pattern
from tests.app.case.conftest import TENANT, Office

PATTERN = "HL-{year}-{serial:06}"
SPRING = datetime(2026, 3, 2, tzinfo=UTC)


def take(session: Session, pattern: str = PATTERN, at: datetime = SPRING, tenant: str = TENANT) -> str:
    return next_number(session, tenant, pattern, at)


def test_numbers_follow_one_another(any_office: Office) -> None:
    with any_office.session() as session:
        assert [take(session) for _ in range(3)] == ["HL-2026-000001", "HL-2026-000002", "HL-2026-000003"]


def test_a_number_that_is_rolled_back_is_given_again(any_office: Office) -> None:
    with any_office.session() as session:
        assert take(session) == "HL-2026-000001"
        session.rollback()
        assert take(session) == "HL-2026-000001"
        session.commit()
        assert take(session) == "HL-2026-000002"


def test_each_year_pattern_and_township_counts_by_itself(office: Office) -> None:
    with office.session() as session:
        assert take(session) == "HL-2026-000001"
        assert take(session, at=datetime(2027, 6, 1, tzinfo=UTC)) == "HL-2027-000001"
        assert take(session, "SW{year}-{serial}") == "SW2026-1"
        assert take(session, "{serial:03}") == "001"
        assert take(session, tenant="neighbour") == "HL-2026-000001"
        assert take(session) == "HL-2026-000002"


DOCUMENT = "{organ}-{year}-{serial:04}"


def receive(session: Session, organ: object) -> str:
    return next_number(session, TENANT, DOCUMENT, SPRING, {"organ": organ, "title": "a title/with a slash"})


def test_each_value_of_a_variable_in_the_pattern_counts_by_itself(office: Office) -> None:
    with office.session() as session:
        numbers = [receive(session, organ) for organ in ("政收", "政收", "党收", "政收")]
    assert numbers == ["政收-2026-0001", "政收-2026-0002", "党收-2026-0001", "政收-2026-0003"]


@pytest.mark.parametrize("organ", [None, "", 7, "政 收", "政/收", "{year}", "x" * 21, ["政收"]])
def test_a_value_that_cannot_stand_in_a_number_is_named_and_takes_none(office: Office, organ: object) -> None:
    with office.session() as session:
        with pytest.raises(NumberValueInvalid, match="organ"):
            receive(session, organ)
        assert receive(session, "政收") == "政收-2026-0001"


def test_two_documents_registered_at_once_get_adjacent_numbers(any_office: Office) -> None:
    taken, begin = list[str](), threading.Barrier(2)

    def register() -> None:
        begin.wait()
        with any_office.session() as session:
            number = receive(session, "政收")
            session.commit()
            taken.append(number)

    _run([register] * 2)
    assert sorted(taken) == ["政收-2026-0001", "政收-2026-0002"]


def test_the_year_turns_at_local_midnight(office: Office) -> None:
    with office.session() as session:
        assert take(session, at=datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)) == "HL-2026-000001"
        assert take(session, at=datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == "HL-2027-000001"


def test_a_serial_number_outgrows_its_digits(office: Office) -> None:
    with office.session() as session:
        assert [take(session, "{serial:01}") for _ in range(11)][-2:] == ["10", "11"]


def test_two_at_the_same_instant_get_different_numbers_and_leave_no_gap(any_office: Office) -> None:
    taken, begin = list[str](), threading.Barrier(4)

    def register() -> None:
        begin.wait()
        for turn in range(10):
            with any_office.session() as session:
                number = take(session)
                if turn % 5 == 4:
                    session.rollback()
                else:
                    session.commit()
                    taken.append(number)

    _run([register] * 4)
    assert sorted(taken) == [f"HL-2026-{serial:06}" for serial in range(1, 33)]


def test_two_cases_opened_at_once_have_numbers_of_their_own(any_office: Office) -> None:
    numbers = list[str]()
    _run([lambda: numbers.append(any_office.open().number)] * 4)
    assert sorted(numbers) == [f"T-2026-{serial:04}" for serial in range(1, 5)]


def _run(jobs: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    "pattern",
    [
        "", "HL-{year}", "HL-{serial}-{serial}", "HL {serial}", "HL-{serial:6}",
        "HL-{serial:00}", "HL/{serial}", "{serial", "HL-{}-{serial}", "x" * 60 + "{serial}", "HL-{serial:06",
        "{{serial}}", "a\n{serial}", "{serial:x}", "{1a}-{serial}", "{a b}-{serial}",
    ],
)
def test_a_wrong_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(NumberPatternInvalid):
        parse_pattern(pattern)
