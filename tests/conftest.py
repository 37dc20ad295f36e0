"""An empty store for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from app.detector import ENCODER, OFF
from storage.schema import metadata
from storage.store import Store

# No test is timed: a busy machine is no error.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# What is tested of the encoder asks for it: a reading takes two thirds of a second.
os.environ[ENCODER] = OFF

POSTGRES = os.environ.get("EXCHANGEWATCH_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/test")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest) -> str:
    """Every test of the store runs on both."""
    return str(request.param)


@pytest.fixture
def empty_database_url(backend: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any tables: a file, or a schema of its own that is dropped afterwards."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite'}"
        return
    with new_schema() as (_, url):
        yield url


@pytest.fixture
def database_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database with empty tables; making them once for many tests spares most of the time."""
    if backend == "sqlite":
        path = tmp_path / "store.sqlite"
        copyfile(request.getfixturevalue("sqlite_with_tables"), path)
        yield f"sqlite:///{path}"
        return
    server, url = request.getfixturevalue("postgres_with_tables")
    yield url
    for table in reversed(metadata.sorted_tables):
        server.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy."""
    path = tmp_path_factory.mktemp("tables") / "store.sqlite"
    with Store.open(f"sqlite:///{path}") as store:
        store.upgrade()
    return path


@pytest.fixture(scope="module")
def postgres_with_tables() -> Iterator[tuple[psycopg.Connection, str]]:
    """A connection to a schema that the tests of a module share, one after the other, and its URL."""
    with new_schema() as (server, url):
        with Store.open(url) as store:
            store.upgrade()
        yield server, url


@contextmanager
def new_schema() -> Iterator[tuple[psycopg.Connection, str]]:
    """A connection to a schema of its own, which is dropped afterwards, and its URL; skips where no server is."""
    schema = f"test_{uuid.uuid4().hex}"
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        pytest.skip(f"NO POSTGRESQL: {str(error).splitlines()[0]} (EXCHANGEWATCH_TEST_POSTGRES names another)")
    with server:
        # A connection that a test left in a transaction would hold up the clearing away for ever.
        server.execute(f"CREATE SCHEMA {schema}; SET search_path = {schema}; SET lock_timeout = '30s'")
        try:
            joint = "&" if "?" in POSTGRES else "?"
            yield server, f"{POSTGRES}{joint}options=-csearch_path%3D{schema}"
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
    return open_store()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three for two cores: for a third of its time a test waits, for a server or for another process to start."""
    return ((os.cpu_count() or 1) * 3 + 1) // 2


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud what did not run for want of a server or a browser."""
    for wanted in ("NO POSTGRESQL", "NO CHROMIUM"):
        skipped = [each for each in terminalreporter.stats.get("skipped", []) if wanted in str(each.longrepr)]
        if skipped:
            terminalreporter.write_line(f"{len(skipped)} tests skipped: {skipped[0].longrepr[2]}", red=True)
