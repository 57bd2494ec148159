"""Comments, who has opened a case, and the lines under the bell."""

from __future__ import annotations

import pytest

from app.case.errors import CommentRefused
from app.case.talk import (
    add_comment,
    comments_of,
    count_unread,
    mark_read,
    note_view,
    notifications_of,
    notify,
    views_of,
)
from tests.app.case.conftest import Office


def test_comments_stand_in_the_order_in_which_they_were_made(any_office: Office) -> None:
    case = any_office.open()
    with any_office.session() as session:
        for words in ("已电话了解", " 请尽快 \n"):
            add_comment(session, any_office.tenant, case.instance_id, words, by="chief1", at=any_office.clock.now())
        session.commit()
        made = comments_of(session, any_office.tenant, case.instance_id)
        assert [(one.by, one.text) for one in made] == [("chief1", "已电话了解"), ("chief1", "请尽快")]
        assert comments_of(session, "neighbour", case.instance_id) == []


@pytest.mark.parametrize("words", ["", " \n", "x" * 4001, "a\0b"])
def test_a_comment_says_something_and_not_too_much(office: Office, words: str) -> None:
    case = office.open()
    with office.session() as session, pytest.raises(CommentRefused):
        add_comment(session, office.tenant, case.instance_id, words, by="chief1", at=office.clock.now())


def test_who_opened_a_case_is_counted(any_office: Office) -> None:
    case = any_office.open()
    first = any_office.clock.now()
    for user in ("duty1", "chief1", "duty1"):
        any_office.wait(minutes=1)
        with any_office.session() as session:
            note_view(session, case, by=user, at=any_office.clock.now())
            session.commit()
    with any_office.session() as session:
        views = views_of(session, any_office.tenant, case.instance_id)
        assert [(view.user, view.times) for view in views] == [("duty1", 2), ("chief1", 1)]
        assert views[0].first_at > first and views[0].last_at == any_office.clock.now()


def test_the_bell_tells_each_person_and_forgets_what_was_read(any_office: Office) -> None:
    case, tenant = any_office.open(), any_office.tenant
    with any_office.session() as session:
        at = any_office.clock.now()
        notify(session, tenant, ["duty1", "chief1", "duty1"], "task.overdue", at=at, instance_id=case.instance_id)
        notify(session, tenant, ["duty1"], "case.closed", at=at, params={"number": case.number})
        session.commit()
        assert count_unread(session, tenant, "duty1") == 2 and count_unread(session, "neighbour", "duty1") == 0
        newest = notifications_of(session, tenant, "duty1", unread=True)
        assert [(line.text, line.params) for line in newest] == [
            ("case.closed", {"number": case.number}), ("task.overdue", {})
        ]
        mark_read(session, tenant, "duty1", at=at, ids=[newest[0].id])
        assert count_unread(session, tenant, "duty1") == 1
        mark_read(session, tenant, "duty1", at=at)
        mark_read(session, tenant, "chief1", at=at, ids=[newest[1].id])  # another person's line stays as it is
        assert (count_unread(session, tenant, "duty1"), count_unread(session, tenant, "chief1")) == (0, 1)
        assert len(notifications_of(session, tenant, "duty1")) == 2
