"""A store of its own for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from storage.store import Store

POSTGRES = os.environ.get("EXCHANGEWATCH_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/test")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database: a file, or a schema of its own that is dropped afterwards."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite'}"
        return
    schema = f"test_{uuid.uuid4().hex}"
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        pytest.skip(f"NO POSTGRESQL: {str(error).splitlines()[0]} (EXCHANGEWATCH_TEST_POSTGRES names another)")
    with server:
        server.execute(f"CREATE SCHEMA {schema}")
        try:
            joint = "&" if "?" in POSTGRES else "?"
            yield f"{POSTGRES}{joint}options=-csearch_path%3D{schema}"
        finally:
            server.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def open_store(database_url: str) -> Iterator[Callable[[], Store]]:
    """Opens further connections, as other processes would, to the database of `store`."""
    opened: list[Store] = []

    def another() -> Store:
        opened.append(Store.open(database_url))
        return opened[-1]

    yield another
    for each in opened:
        each.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    """An empty store with its tables."""
    made = open_store()
    made.upgrade()
    return made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud that half of the tests of the store did not run."""
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if "NO POSTGRESQL" in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} tests skipped: {skipped[0].longrepr[2]}", red=True)
