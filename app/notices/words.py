"""A notice in words, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext

from app.case.models import Notification


def words(notice: Notification) -> str:
    """Return what a notice says; what a diagram has written says it by itself."""
    text = gettext(notice.text)
    params = {name: gettext(value) if name == "errand" else value for name, value in notice.params.items()}
    try:
        return text % params if "%(" in text else text
    except (KeyError, TypeError, ValueError):
        return text  # a diagram's own words may hold a per cent sign
