"""The daily digest: on working days by the township's calendar, once, however many workers there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import errands
from app.case import bell
from app.case.models import Notification
from app.db import CLOCK, db, tenant, transaction
from app.errands import Errand
from app.notices.digest import DIGEST
from app.serving import worker
from engine.clock import MovingClock
from tests.app.bad_input.conftest import anywhere, on_postgresql, on_sqlite
from tests.app.notices.conftest import do_errands, told
from tests.app.pages.conftest import Township

__all__ = ["anywhere", "on_postgresql", "on_sqlite"]


def digests(township: Township, user: str) -> list[dict[str, object]]:
    """Return the figures of somebody's digests, the oldest first."""
    return [notice.params for notice in told(township.app, user) if notice.kind == "digest"]


def test_each_person_gets_the_own_figures_on_the_next_working_day(township: Township, clock: MovingClock) -> None:
    claimed, offered = township.call(), township.call()
    township["duty1"].post(f"/tasks/{township.task(claimed, 'accept_call')}/claim")
    with township.app.app_context(), transaction():
        bell.choose(db.session(), tenant(), "duty1", {"urged": "digest"})
        bell.notify(db.session(), tenant(), ["duty1"], "请快办", at=clock.now(), kind="urged")
    monday = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    clock.advance(monday - clock.now() - timedelta(days=1))
    run_once(township)
    assert digests(township, "duty1") == [], "it is Sunday"
    clock.advance(timedelta(days=1))
    run_once(township)
    (mine,) = digests(township, "duty1")
    assert {name: mine[name] for name in ("late", "today", "new", "held")} == {
        "late": 1, "today": 0, "new": 1, "held": 1,
    }
    assert offered and digests(township, "finance1") == [], "where nothing is, nobody is told"
    page = township["duty1"]
    township.visitors.clear()
    assert "今日摘要：逾期 1 件" in township["duty1"].get("/notifications").text and page
    run_once(township)
    clock.advance(timedelta(hours=3))
    run_once(township)
    assert len(digests(township, "duty1")) == 1


def run_once(township: Township) -> None:
    """Run a new worker until there is nothing to do."""
    one = worker(township.app)
    while one.step():
        pass


@pytest.mark.parametrize("workers", [4])
def test_several_workers_make_one_digest_and_one_warning(
    anywhere: Township, workers: int
) -> None:
    anywhere.call()
    clock = anywhere.app.extensions[CLOCK]
    clock.advance(datetime(2026, 11, 23, 0, 30, tzinfo=UTC) - clock.now())
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda _: run_once(anywhere), range(workers)))
    with anywhere.app.app_context():
        done = db.session.execute(select(Errand.topic, Errand.key).where(Errand.done_at.is_not(None))).all()
        assert sorted(map(tuple, done)) == [("day", "2026-11-23"), ("digest", "2026-11-23")]
        users = db.session.scalars(select(Notification.user).where(Notification.kind == "digest")).all()
        warned = db.session.scalars(select(Notification.user).where(Notification.kind == "calendar")).all()
    assert users and len(users) == len(set(users))
    assert warned and len(warned) == len(set(warned)), "next year's notice is missing: each is told once"


def test_a_digest_that_fails_leaves_nobody_told_and_is_made_again(township: Township, clock: MovingClock) -> None:
    township.call()
    clock.advance(datetime(2026, 11, 23, 0, 30, tzinfo=UTC) - clock.now())
    with township.app.app_context():
        with transaction():
            errands.ask(db.session(), tenant(), DIGEST, {"2026-11-23": {}}, due=clock.now())
        topics = dict(township.app.extensions[errands.ERRANDS])

        def failing(errand: Errand) -> None:
            topics[DIGEST].run(errand)
            raise RuntimeError("the power fails")

        broken = errands.Topic("digest", failing)
        township.app.extensions[errands.ERRANDS] = {**topics, DIGEST: broken}
    assert do_errands(township.app) == 1 and digests(township, "duty1") == []
    township.app.extensions[errands.ERRANDS] = topics
    clock.advance(timedelta(minutes=1))
    assert do_errands(township.app) == 1 and len(digests(township, "duty1")) == 1
