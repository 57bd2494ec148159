"""Who sees which entry and which page; what groups give is data."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.db import db, tenant
from app.people.models import Group, Membership
from app.people.queries import groups_of, members
from engine.clock import MovingClock
from tests.app.conftest import START, Visitor

SignIn = Callable[[str], Visitor]


@pytest.mark.parametrize(
    ("login", "entries"),
    [
        ("duty1", ["/", "/inbox", "/start", "/registers", "/duty", "/settings"]),
        ("village03", ["/", "/inbox", "/start", "/registers", "/duty", "/settings"]),
        ("leader1", ["/", "/inbox", "/start", "/registers", "/duty", "/statistics", "/calendar", "/settings"]),
        ("procadmin", ["/", "/start", "/processes", "/jobs", "/settings"]),
        ("auditor1", ["/", "/audit", "/settings"]),
        ("sysadmin", ["/", "/settings"]),
    ],
)
def test_everybody_sees_the_own_entries_only(signed_in: SignIn, login: str, entries: list[str]) -> None:
    page = signed_in(login).get("/settings").text
    assert re.findall(r'class="bar-entry" href="([^"]+)"', page) == entries


@pytest.mark.parametrize("path", ["/processes", "/processes/hotline_closed_loop", "/jobs", "/statistics"])
def test_a_page_of_others_is_refused(signed_in: SignIn, path: str) -> None:
    refused = signed_in("village03").get(path)
    assert refused.status_code == 403
    assert "您没有此项权限" in refused.text


@pytest.mark.parametrize(
    "path", ["/inbox", "/registers", "/statistics", "/search?q=HL", "/duty", "/duty/absences", "/duty/chart"]
)
@pytest.mark.parametrize("login", ["procadmin", "sysadmin", "auditor1"])
def test_administrators_see_no_business_data(signed_in: SignIn, login: str, path: str) -> None:
    assert signed_in(login).get(path).status_code == 403


def test_the_first_page_is_everybodys_own(signed_in: SignIn) -> None:
    assert "我的待办" in signed_in("duty1").get("/").text
    assert "已锁定的账号" in signed_in("sysadmin").get("/").text


def test_a_permission_that_is_taken_from_a_group_is_gone_at_once(signed_in: SignIn, app: Flask) -> None:
    visitor = signed_in("procadmin")
    assert visitor.get("/jobs").status_code == 200
    with app.app_context():
        db.session.get_one(Group, (tenant(), "process_admins")).permissions = ["deploy"]
        db.session.commit()
    assert visitor.get("/jobs").status_code == 403


def test_a_membership_counts_from_its_beginning_until_its_end(app: Flask, clock: MovingClock) -> None:
    with app.app_context():
        membership = db.session.get_one(Membership, (tenant(), "duty1", "hotline_intake", START))
        membership.valid_to = START + timedelta(days=1)
        db.session.commit()
        held = [groups_of(db.session, tenant(), "duty1", START + timedelta(hours=hours)) for hours in (-1, 0, 23, 24)]
        offices = [{group for group in groups if not group.startswith("post:")} for groups in held]
        assert offices == [set(), {"hotline_intake"}, {"hotline_intake"}, set()]
        assert members(db.session, tenant(), "hotline_intake", START + timedelta(hours=24)) == []
        assert members(db.session, tenant(), "hotline_call_back", START) == ["callback1", "callback2"]


def test_another_township_has_none_of_these_people(app: Flask) -> None:
    with app.app_context():
        assert groups_of(db.session, "elsewhere", "duty1", START) == frozenset()
        assert members(db.session, "elsewhere", "hotline_call_back", START) == []
