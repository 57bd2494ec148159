"""How often a request asks the database which groups and posts are somebody's, and for whom somebody stands in."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import request_started
from sqlalchemy import event

from app.db import db, now, tenant, transaction
from app.duty import absences
from tests.app.pages.conftest import Township

WHO = re.compile(r"(?:FROM|JOIN) (membership|post_term)\b")


@pytest.fixture
def sent(township: Township) -> Iterator[list[str]]:
    """The statements that the application has sent; it empties itself at each request."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    with township.app.app_context():
        database = db.engine
    event.listen(database, "before_cursor_execute", note)
    with request_started.connected_to(lambda _app, **_: statements.clear(), township.app):
        yield statements
    event.remove(database, "before_cursor_execute", note)


def resolving(statements: list[str]) -> Counter[str]:
    """Return how often it was asked: who acts, who is away, whose groups somebody has who is acted for."""
    found = [each for each in statements if WHO.search(each)]
    return Counter(
        "who acts" if "person.password_hash" in each else "who is away" if "absence" in each else "acted for"
        for each in found
    )


def test_candidates_are_resolved_by_one_statement_however_many_tasks_there_are(
    township: Township, sent: list[str]
) -> None:
    numbers = [township.call() for _ in range(3)]
    task = township.task(numbers[0], "accept_call")
    for path in ("/", "/inbox", "/inbox?filter=groups", f"/inbox?task={task}", "/registers/hotline_closed_loop"):
        assert township["duty1"].get(path).status_code == 200
        assert resolving(sent) == {"who acts": 1, "who is away": 1}, path
    township.do("duty1", numbers[0], "accept_call", acceptance="accept")
    assert resolving(sent) == {"who acts": 1}


def test_whoever_stands_in_for_somebody_asks_once_more_for_those(township: Township, sent: list[str]) -> None:
    numbers = [township.call() for _ in range(3)]
    with township.app.app_context(), transaction():
        entry = absences.Entry("duty1", "trip", now() - timedelta(hours=1), now() + timedelta(days=1))
        absences.enter(db.session, tenant(), entry, by="duty1", at=now())
    assert all(number in township["dispatch1"].get("/inbox?filter=covered").text for number in numbers)
    assert resolving(sent) == {"who acts": 1, "who is away": 1}
    township.do("dispatch1", numbers[0], "accept_call", acceptance="accept")
    assert resolving(sent) == {"who acts": 1, "who is away": 1, "acted for": 1}
