"""What tests of every part share: a PostgreSQL server and a browser, each started once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import launch
from tests.support.postgres import new_database, start_postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a server of this test run; whoever writes takes a database of its own on it."""
    with start_postgres(fsync=False) as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database, dropped after the test."""
    with new_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launch() as browser:
        yield browser
