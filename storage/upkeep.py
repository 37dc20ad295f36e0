"""A database -> a copy of it made while it is in use, what is wrong with it, and the troubles its operators know of."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Collection, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, exists, func, insert, select, text, update

from core.errors import StorageError
from core.model import Kept, Trouble
from storage.engine import describe
from storage.schema import (
    addresses,
    alerts,
    articles,
    claims,
    crawls,
    deliveries,
    events,
    evidence,
    members,
    rereads,
    totals,
    versions,
)
from storage.schema import troubles as told

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


def troubles(connection: Connection) -> dict[str, Trouble]:
    """What the operators were told of and is not over, by subject."""
    return {row.subject: Trouble(**row._mapping) for row in connection.execute(select(told))}


def put_trouble(connection: Connection, trouble: Trouble) -> None:
    """Write down that the operators were told of a trouble."""
    end_trouble(connection, trouble.subject)
    connection.execute(insert(told).values(asdict(trouble)))


def end_trouble(connection: Connection, subject: str) -> None:
    """Write down that the operators were told that a trouble is over."""
    connection.execute(delete(told).where(told.c.subject == subject))


def forget_articles(connection: Connection, before: datetime, limit: int) -> int:
    """Delete articles that are no reports and were fetched before a time; their addresses stay known. How many."""
    cited = [
        exists().where(table.c.article_id == articles.c.id) for table in (members, claims, totals, versions, evidence)
    ]
    old = select(articles.c.id).where(~articles.c.relevant, articles.c.fetched_at < before, *(~each for each in cited))
    gone = list(connection.scalars(old.limit(limit)))
    if gone:
        connection.execute(update(addresses).where(addresses.c.article_id.in_(gone)).values(article_id=None))
        connection.execute(delete(rereads).where(rereads.c.article_id.in_(gone)))
        connection.execute(delete(articles).where(articles.c.id.in_(gone)))
    return len(gone)


def forget_crawls(connection: Connection, before: datetime, limit: int) -> int:
    """Delete what is written down of visits before a time; how many."""
    gone = list(connection.scalars(select(crawls.c.number).where(crawls.c.started < before).limit(limit)))
    connection.execute(delete(crawls).where(crawls.c.number.in_(gone)))
    return len(gone)


def forget_evidence(connection: Connection, files: Sequence[str]) -> None:
    """The files are gone."""
    connection.execute(delete(evidence).where(evidence.c.file.in_(files)))


def kept(connection: Connection, article_ids: Collection[str]) -> list[Kept]:
    """Where the pages behind these articles are kept, the oldest first."""
    columns = (evidence.c.article_id, evidence.c.file, evidence.c.position, evidence.c.at)
    query = select(*columns).where(evidence.c.article_id.in_(article_ids)).order_by(evidence.c.number)
    return [Kept(*row) for row in connection.execute(query)]
