"""Notices by mail: one errand a notice, sent after its transaction, at least once, always under the same Message-ID."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app.case.errors import CaseError
from app.case.models import Notification
from app.db import db, tenant, transaction
from app.errands import Errand
from app.i18n import LANGUAGES
from app.notices.words import words
from app.people.models import User

TIMEOUT = 30
"""Seconds that a mail server may take for an answer."""
SECURITY = ("none", "starttls", "tls")


class MailRefused(CaseError):
    """The mail server has refused a message for good."""

    code = "mail_refused"


def is_set_up(config: Mapping[str, Any]) -> bool:
    """Tell whether the installation sends mail: by default it does not. Raises ValueError for settings that fit not."""
    if not config["MAIL_HOST"]:
        return False
    if config["MAIL_SECURITY"] not in SECURITY:
        raise ValueError(f"CHANGTONG_MAIL_SECURITY is one of {', '.join(SECURITY)}")
    if config["MAIL_USER"] and config["MAIL_SECURITY"] == "none":
        raise ValueError("CHANGTONG_MAIL_USER wants CHANGTONG_MAIL_SECURITY starttls or tls: a password goes with it")
    if "@" not in parseaddr(config["MAIL_FROM"])[1]:
        raise ValueError("CHANGTONG_MAIL_FROM must be an address, where CHANGTONG_MAIL_HOST is set")
    return True


def send(errand: Errand) -> None:
    """Send the notice that the errand's key names, if its reader still wants it and has an address.

    Raises MailRefused, and what the network raises; the errand is then tried again.
    """
    config = current_app.config
    if not is_set_up(config):
        return
    with transaction():  # read, and let go of the database before the network is waited for
        message = _compose(int(errand.key))
    if message is not None:
        _deliver(message, config)


def _compose(notice_id: int) -> EmailMessage | None:
    """Return the message on a notice in its reader's language; it says what the bell says, and where to read on."""
    notice = db.session.get(Notification, notice_id)
    reader = None if notice is None else db.session.get(User, (tenant(), notice.user))
    if notice is None or notice.tenant != tenant() or reader is None or not reader.active or not reader.mail:
        return None
    config, message = current_app.config, EmailMessage()
    sender = parseaddr(config["MAIL_FROM"])[1]
    with force_locale(reader.locale if reader.locale in LANGUAGES else "zh"):
        said = " ".join(f"{notice.params.get('number') or ''} {words(notice)}".split())
        link = f"{config['SITE'].rstrip('/')}/notifications" if config["SITE"] else ""
        rest = _("Read on: %(link)s", link=link) if link else _("Read on in the system, under the bell.")
        foot = _("You get this because you chose mail for such notices; change it in your settings.")
    user, _at, domain = reader.mail.rpartition("@")
    message["From"], message["To"] = sender, Address(reader.name, user, domain)
    message["Subject"] = said[:120]
    message["Date"] = format_datetime(notice.at)
    message["Message-ID"] = f"<notice.{notice.id}.{tenant()}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{said}\n\n{rest}\n\n{foot}\n", charset="utf-8", cte="base64")
    return message


def _deliver(message: EmailMessage, config: Mapping[str, Any]) -> None:
    security = config["MAIL_SECURITY"]
    if security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            config["MAIL_HOST"], config["MAIL_PORT"], timeout=TIMEOUT, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(config["MAIL_HOST"], config["MAIL_PORT"], timeout=TIMEOUT)
    with server:
        if security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if config["MAIL_USER"]:
            server.login(config["MAIL_USER"], config["MAIL_PASSWORD"])
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = sorted({str(code) for code, _text in error.recipients.values()})
            raise MailRefused(f"the mail server refuses the recipient: {', '.join(codes)}") from None
