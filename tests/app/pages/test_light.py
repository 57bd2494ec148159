"""The traffic light of a due date: a colour and a word that agree."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from app.dossier.light import light

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "level", "chinese", "english"),
    [
        (timedelta(days=-3, hours=-5), "late", "逾期 3 天", "Overdue by 3 days"),
        (timedelta(hours=-3), "late", "逾期 3 小时", "Overdue by 3 hours"),
        (timedelta(0), "late", "逾期 1 分钟", "Overdue by 1 minute"),
        (timedelta(minutes=20), "near", "剩 20 分钟", "20 minutes left"),
        (timedelta(hours=23, minutes=59), "near", "剩 23 小时", "23 hours left"),
        (timedelta(days=1), "fine", "剩 1 天", "1 day left"),
        (timedelta(days=9, hours=23), "fine", "剩 9 天", "9 days left"),
    ],
)
def test_colour_and_word_agree(app: Flask, left: timedelta, level: str, chinese: str, english: str) -> None:
    with app.test_request_context():
        for language, text in (("zh", chinese), ("en", english)):
            with force_locale(language):
                found = light(NOW + left, NOW)
                assert (found.level, found.text) == (level, text)


def test_what_has_no_limit_says_so(app: Flask) -> None:
    with app.test_request_context(), force_locale("zh"):
        assert (light(None, NOW).level, light(None, NOW).text) == ("none", "无期限")
