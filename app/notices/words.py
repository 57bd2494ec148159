"""A notice in words, in the reader's language, and where it leads to."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask_babel import gettext

from app.case.models import Notification

LONGEST_ADDRESS = 254
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def words(notice: Notification) -> str:
    """Return what a notice says; what a diagram has written says it by itself."""
    text = gettext(notice.text)
    params = {name: gettext(value) if name == "errand" else value for name, value in notice.params.items()}
    try:
        return text % params if "%(" in text else text
    except (KeyError, TypeError, ValueError):
        return text  # a diagram's own words may hold a per cent sign


def target_of(notice: Notification) -> str:
    """Return the page that a notice is about; that of all notices where it is about none."""
    if path := notice.params.get("path"):
        return str(path)
    number = notice.params.get("number")
    return f"/cases/{quote(str(number))}" if number else "/notifications"


def is_address(text: str) -> bool:
    """Tell whether a text can be a mail address."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None
