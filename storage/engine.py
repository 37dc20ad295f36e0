"""A database URL to connections that behave alike: SQLite in WAL mode or PostgreSQL, one error for all that fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import StorageError

_WAIT_SECONDS = 30
_WRITERS_LOCK = 0x45584348  # any number will do, so long as every process takes the same
_turns: WeakKeyDictionary[Engine, AbstractContextManager[object]] = WeakKeyDictionary()
_FORMS = 'write "sqlite:///exchangewatch.sqlite" or "postgresql://user@host/database"'


def connect(url: str) -> Engine:
    """An engine for `url` that has been reached once. Raises StorageError, which never holds a password."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        engine = _sqlite(parsed)
    else:
        wait = {"connect_timeout": 10, **parsed.query}
        engine = create_engine(parsed.set(query={}), pool_pre_ping=True, connect_args=wait)
    with saying(engine), engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction in which every query sees the same state."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with saying(engine), engine.begin() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other writer of any process runs beside.

    Threads of one process take turns before they ask SQLite, which has whoever comes second sleep and try again: an
    alert would be late while articles are being stored.
    """
    with _turns.get(engine, nullcontext()), saying(engine), engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITERS_LOCK})
        yield connection


@contextmanager
def saying(engine: Engine) -> Iterator[None]:
    """Whatever the database refuses inside becomes a StorageError of one line that says what to do."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StorageError(f"{describe(engine.url)}: {_reason(error, engine.url)}") from None


def describe(url: URL) -> str:
    """The database in words, without user or password."""
    if url.get_backend_name() == "sqlite":
        return f"database {url.database}"
    place = f"{url.host or 'local socket'}:{url.port}" if url.port else url.host or "local socket"
    return f"PostgreSQL database {url.database} at {place}"


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (SQLAlchemyError, ValueError):
        raise StorageError(f"the database URL cannot be read: {_FORMS}") from None
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StorageError(f"the database URL names {backend}, which is not supported: {_FORMS}")
    if not parsed.database or parsed.database == ":memory:":
        raise StorageError(f"the database URL names no file: {_FORMS}")
    return parsed.set(drivername="sqlite+pysqlite")


def _sqlite(url: URL) -> Engine:
    path = Path(url.database or "")
    if path.is_dir():
        raise StorageError(f"{path} is a folder, not a database file")
    if not path.parent.is_dir():
        raise StorageError(f"the folder {path.parent} for the database {path.name} does not exist: make it first")
    engine = create_engine(url, connect_args={"timeout": _WAIT_SECONDS})
    _turns[engine] = RLock()
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions begin where _begin says, not where the driver guesses
    connection.execute(f"PRAGMA busy_timeout = {_WAIT_SECONDS * 1000}")
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode = WAL")
    # FULL and not NORMAL: a delivery that was recorded must stay recorded after a power cut, or it is sent twice.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reason(error: SQLAlchemyError, url: URL) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    said = lines[0] if lines else type(cause).__name__
    if url.password:
        said = said.replace(str(url.password), "***")
    if "no such table" in said or ("does not exist" in said and "relation" in said):
        return "it has no tables of this version yet: run `exchangewatch db upgrade`"
    if "database is locked" in said:
        return f"another process has been writing for {_WAIT_SECONDS} seconds: try again"
    return said
