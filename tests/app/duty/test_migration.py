"""Who held a post before posts were held for a time holds it on; taken back, the posts are as before."""

from __future__ import annotations

import json
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


def test_a_township_from_before_gets_who_may_look_after_calendar_and_posts_and_others_keep_theirs(url: str) -> None:
    upgrade(url, "0017")
    engine = create_engine(url, poolclass=NullPool)
    groups = {
        ("old", "party_government_office"): '["inbox"]', ("old", "system_admins"): '["people"]',
        ("old", "finance_office"): '["inbox"]', ("new", "leaders"): '["calendar", "duty"]',
        ("new", "system_admins"): '["people"]', ("small", "system_admins"): '["people"]',
    }
    insert = text(
        "INSERT INTO person_group (tenant, id, name, kind, leader, permissions, sort_order, is_last_resort) "
        "VALUES (:tenant, :id, 'n', 'role', NULL, :permissions, 0, :no)"
    )
    with engine.begin() as connection:
        for (tenant, group), permissions in groups.items():
            connection.execute(insert, {"tenant": tenant, "id": group, "permissions": permissions, "no": False})
    upgrade(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT tenant, id, permissions, is_last_resort FROM person_group")).all()
    found = {(row[0], row[1]): json.loads(row[2]) if isinstance(row[2], str) else row[2] for row in rows}
    both = ["calendar", "duty"]
    assert found == {
        ("old", "party_government_office"): ["inbox", *both], ("old", "system_admins"): ["people", *both],
        ("old", "finance_office"): ["inbox"], ("new", "leaders"): both, ("new", "system_admins"): ["people"],
        ("small", "system_admins"): ["people", *both],
    }
    assert [row[1] for row in rows if row[3]] == ["party_government_office"]


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
