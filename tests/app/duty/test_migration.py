"""Who held a post before posts were held for a time holds it on; taken back, the posts are as before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app.migrations import downgrade, upgrade
from tests.support.postgres import new_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'township.db'}"
        return
    with new_database(request.getfixturevalue("postgres_url")) as url:
        yield url


def test_holders_keep_their_posts_and_who_has_no_account_holds_none(url: str) -> None:
    upgrade(url, "0007")
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO person_group VALUES ('t', 'g', '热线', 'role', NULL, '[]', 0)"))
        for login in ("ann", "ben"):
            connection.execute(
                text(
                    "INSERT INTO person (tenant, login, name, pinyin, password_hash, theme, large_text, active, "
                    f"failed_logins) VALUES ('t', '{login}', '{login}', '', '', 'light', false, true, 0)"
                )
            )
        for post in ("'p', '值守', 'g', 'ann', 'ben'", "'q', '空', 'g', 'x', NULL"):
            connection.execute(text(f"INSERT INTO post VALUES ('t', {post})"))
    upgrade(url)
    with engine.connect() as connection:
        terms = connection.execute(text("SELECT post_id, part, login, valid_to FROM post_term ORDER BY part")).all()
        assert [tuple(term) for term in terms] == [("p", "A", "ann", None), ("p", "B", "ben", None)]
        posts = connection.execute(text("SELECT id, name, excluded, sort_order FROM post ORDER BY id")).all()
        assert [tuple(post) for post in posts] == [("p", "值守", "", 0), ("q", "空", "", 0)]
        assert connection.execute(text("SELECT is_last_resort FROM person_group")).scalar_one() in (False, 0)
    downgrade(url, "0007")
    with engine.connect() as connection:
        posts = connection.execute(text("SELECT id, a, b FROM post ORDER BY id")).all()
        assert [tuple(post) for post in posts] == [("p", "ann", "ben"), ("q", None, None)]
