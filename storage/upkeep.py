"""A database -> a copy of it made while it is in use, and whatever is wrong with it, in words."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, exists, func, select, text

from core.errors import StorageError
from storage.engine import describe
from storage.schema import alerts, deliveries, events, members

_PAGES_AT_ONCE = 2_000  # between two such steps writers have their turn
_MOST_TOLD = 20


def back_up(engine: Engine, to: Path) -> int:
    """Copy a SQLite database to a file, which appears whole or not at all; its bytes. Raises StorageError."""
    if engine.dialect.name != "sqlite":
        raise StorageError(f"{describe(engine.url)} is backed up by PostgreSQL's own pg_dump, also while it is in use")
    source = str(engine.url.database)
    if to.resolve() == Path(source).resolve():
        raise StorageError(f"{to} is the database itself: name another file")
    beside = ""
    try:
        handle, beside = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.")
        os.close(handle)
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(beside)) as copy:
            live.backup(copy, pages=_PAGES_AT_ONCE, sleep=0.01)
        size = Path(beside).stat().st_size
        with Path(beside).open("rb") as written:
            os.fsync(written.fileno())
        Path(beside).replace(to)
    except (OSError, sqlite3.Error) as error:
        if beside:
            with suppress(OSError):
                Path(beside).unlink(missing_ok=True)
        raise StorageError(f"{to}: the copy cannot be written: {getattr(error, 'strerror', None) or error}") from None
    return size


def problems(connection: Connection) -> list[str]:
    """What is wrong: damage that the database itself sees, and rows that nothing of ours would leave so."""
    found: list[str] = []
    if connection.dialect.name == "sqlite":
        found += [each for each in connection.scalars(text("PRAGMA integrity_check")) if each != "ok"][:_MOST_TOLD]
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        found += [f"{row[0]}: row {row[1]} points to nothing in {row[2]}" for row in broken[:_MOST_TOLD]]
    has_members = exists().where(members.c.event_id == events.c.id)
    counts = {
        "events without a report": select(func.count())
        .select_from(events)
        .where(events.c.merged_into.is_(None), ~has_members),
        "reports without an event": select(func.count()).select_from(members).where(members.c.event_id.is_(None)),
        "deliveries of no event that there is": select(func.count())
        .select_from(deliveries.join(events, events.c.id == deliveries.c.event_id))
        .where(events.c.merged_into.is_not(None), deliveries.c.state == "pending"),
        "alerts of no event that there is": select(func.count())
        .select_from(alerts)
        .where(~exists().where(events.c.id == alerts.c.event_id)),
    }
    found += [f"{count:,} {what}" for what, query in counts.items() if (count := connection.scalar(query))]
    return found
