"""Mail: sent after the transaction to a real server, again when it fails, and told of when it fails for good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import errands
from app.case import bell
from app.config import DEFAULTS
from app.db import db, tenant, transaction
from app.errands import Errand
from app.notices.mail import is_set_up
from app.people.models import User
from engine.clock import MovingClock
from tests.app.notices.conftest import do_errands, told
from tests.app.pages.conftest import Township
from tests.support.smtp import MailServer, Security, certificate, mail_server


@pytest.fixture
def server(township: Township) -> Iterator[MailServer]:
    """A mail server that the township sends to; duty1 wants what urges by mail."""
    with mail_server() as server:
        township.app.config.update(
            MAIL_HOST="127.0.0.1", MAIL_PORT=server.port, MAIL_SECURITY="none", MAIL_FROM="changtong@township.example",
            SITE="https://changtong.example/",
        )
        form = {"mail": "duty1@people.example", "urged": "mail"}
        township["duty1"].get("/notifications/choices")
        assert township["duty1"].post("/notifications/choices", form).status_code == 302
        yield server


def urge(app: Flask, clock: MovingClock) -> None:
    with app.app_context(), transaction():
        text = "“%(task)s” is to be done by you"
        params = {"number": "HL-2026-000001", "task": "签收"}
        bell.notify(db.session(), tenant(), ["duty1"], text, at=clock.now(), kind="urged", params=params)


def test_a_notice_goes_by_mail_in_its_readers_language_and_says_no_more_than_the_bell(
    township: Township, server: MailServer, clock: MovingClock
) -> None:
    urge(township.app, clock)
    assert server.messages == [], "nothing is sent within the transaction"
    assert do_errands(township.app) == 1
    ((recipients, message),) = server.messages
    assert recipients == ["duty1@people.example"]
    assert message["Subject"] == "HL-2026-000001 “签收”待您办理"
    assert message["From"] == "changtong@township.example" and message["Auto-Submitted"] == "auto-generated"
    body = message.get_content()
    assert "https://changtong.example/notifications" in body and message.get_content_type() == "text/plain"
    with township.app.app_context(), transaction():
        db.session.get_one(User, (tenant(), "duty1")).locale = "en"
    urge(township.app, clock)
    do_errands(township.app)
    english = server.messages[1][1]
    assert english["Subject"] == "HL-2026-000001 “签收” is to be done by you"
    assert "Read on: https://changtong.example/notifications" in english.get_content()
    assert len(told(township.app, "duty1")) == 2, "the bell has both, too"


def test_a_lost_connection_is_tried_again_under_the_same_message_id(
    township: Township, server: MailServer, clock: MovingClock
) -> None:
    server.hangs_up = 2
    urge(township.app, clock)
    for _ in range(3):
        assert do_errands(township.app) == 1
        clock.advance(timedelta(hours=1))
    assert do_errands(township.app) == 0 and len(server.messages) == 1
    (notice,) = told(township.app, "duty1")
    assert server.messages[0][1]["Message-ID"] == f"<notice.{notice.id}.{tenant_of(township)}@township.example>"
    with township.app.app_context(), transaction():
        errand = db.session.scalars(select(Errand).where(Errand.topic == "mail")).one()
        assert (errand.attempt, errand.error, errand.done_at is not None) == (2, None, True)


def tenant_of(township: Township) -> str:
    with township.app.app_context():
        return tenant()


def test_what_is_refused_for_good_is_told_to_process_admins_without_the_address_and_can_be_tried_again(
    township: Township, server: MailServer, clock: MovingClock
) -> None:
    server.refuses = {"duty1@people.example"}
    urge(township.app, clock)
    for _ in range(errands.ATTEMPTS):
        assert do_errands(township.app) == 1
        clock.advance(timedelta(hours=2))
    assert do_errands(township.app) == 0
    township.visitors.clear()
    page = township["procadmin"].get("/jobs").text
    assert "发送通知邮件" in page and "mail_refused" in page and "550" in page and "people.example" not in page
    assert "“发送通知邮件”多次失败" in township["procadmin"].get("/notifications").text
    server.refuses = set()
    (notice,) = told(township.app, "duty1")
    assert township["procadmin"].post("/jobs/errand", {"topic": "mail", "key": str(notice.id)}).status_code == 302
    assert do_errands(township.app) == 1 and len(server.messages) == 1


def test_nothing_is_sent_without_a_server_or_an_address_or_to_an_ended_account(
    township: Township, server: MailServer, clock: MovingClock
) -> None:
    urge(township.app, clock)
    township.app.config["MAIL_HOST"] = ""
    assert do_errands(township.app) == 1
    township.app.config["MAIL_HOST"] = "127.0.0.1"
    for change in ({"mail": None}, {"mail": "duty1@people.example", "active": False}):
        with township.app.app_context(), transaction():
            user = db.session.get_one(User, (tenant(), "duty1"))
            for name, value in change.items():
                setattr(user, name, value)
        urge(township.app, clock)
        assert do_errands(township.app) == 1
    assert server.messages == []


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_over_tls_and_the_password_never_in_the_clear(
    township: Township, server: MailServer, chain: Path, clock: MovingClock, monkeypatch: pytest.MonkeyPatch,
    security: Security,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    with mail_server(security, chain) as safe:
        township.app.config.update(
            MAIL_HOST="localhost", MAIL_PORT=safe.port, MAIL_SECURITY=security, MAIL_USER="changtong",
            MAIL_PASSWORD="geheim",
        )
        urge(township.app, clock)
        assert do_errands(township.app) == 1
    ((recipients, message),) = safe.messages
    assert recipients == ["duty1@people.example"] and "签收" in message["Subject"]
    assert safe.logins == [("changtong", "geheim")]
    assert [line.split()[0] for line in safe.said] == (["ehlo", "STARTTLS"] if security == "starttls" else [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_nothing_is_told_to_a_server_that_nobody_vouches_for_or_that_speaks_no_tls(
    township: Township, server: MailServer, chain: Path, clock: MovingClock, security: Security
) -> None:
    township.app.config.update(MAIL_HOST="localhost", MAIL_USER="changtong", MAIL_PASSWORD="geheim")
    urge(township.app, clock)
    with mail_server(security, chain) as stranger:
        township.app.config.update(MAIL_PORT=stranger.port, MAIL_SECURITY=security)
        assert do_errands(township.app) == 1
    township.app.config["MAIL_PORT"] = server.port  # it speaks in the clear alone
    clock.advance(timedelta(hours=1))
    assert do_errands(township.app) == 1
    for each in (stranger, server):
        assert each.messages == [] and each.logins == []
        assert not [line for line in each.said if line.split()[0].upper() not in ("EHLO", "STARTTLS", "QUIT")]
    with township.app.app_context():
        errand = db.session.scalars(select(Errand).where(Errand.topic == "mail")).one()
        assert errand.done_at is None and errand.error and "geheim" not in errand.error


def test_settings_that_fit_not_are_named() -> None:
    assert not is_set_up(DEFAULTS), "off by default"
    usual = {**DEFAULTS, "MAIL_HOST": "mail.example", "MAIL_FROM": "a@b.example"}
    assert is_set_up(usual)
    for wrong in ({"MAIL_SECURITY": "ssl"}, {"MAIL_FROM": "nobody"}, {"MAIL_SECURITY": "none", "MAIL_USER": "me"}):
        with pytest.raises(ValueError, match=r"CHANGTONG_MAIL_"):
            is_set_up({**usual, **wrong})
