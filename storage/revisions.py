"""Articles that are read again: when, what they said before, and what of it holds no more; rows and back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from core.model import Article, ClaimState, Rejection, Report, Reread, Version
from storage import rows
from storage.codec import dump_detection, load_detection
from storage.schema import articles, members, rereads, versions


def plan(connection: Connection, article_id: str, begun: datetime, due: datetime) -> None:
    """An article is to be read again at `due` for the first time."""
    connection.execute(insert(rereads).values(article_id=article_id, begun=begun, done=0, due=due))


def due(connection: Connection, now: datetime, limit: int) -> list[Reread]:
    """The articles that are to be read again now, the longest due first."""
    waiting = select(rereads).where(rereads.c.due <= now).order_by(rereads.c.due).limit(limit)
    found = {row.article_id: row for row in connection.execute(waiting)}
    read = rows.read_articles(connection, select(articles).where(articles.c.id.in_(found)))
    every = [Reread(each, found[each.id].begun, found[each.id].done) for each in read if each.id is not None]
    return sorted(every, key=lambda each: found[str(each.article.id)].due)


def record(connection: Connection, article_id: str, done: int, again: datetime | None) -> None:
    """An article was read again, so many times now; it is next due at `again`, or no more."""
    mine = rereads.c.article_id == article_id
    connection.execute(update(rereads).where(mine).values(done=done, due=again))


def next_due(connection: Connection) -> datetime | None:
    """When an article is next to be read again."""
    found: datetime | None = connection.scalar(select(func.min(rereads.c.due)))
    return found


def replace(
    connection: Connection, article_id: str, new: Article, detection: Report | Rejection, fingerprint: str, at: datetime
) -> int:
    """Put what an article says now in place of what it said, which becomes a version; how many there are then."""
    mine = articles.c.id == article_id
    old = connection.execute(select(articles).where(mine)).one()
    was = {"article_id": article_id, "until": at, "title": old.title, "text": old.text, "detection": old.detection}
    connection.execute(insert(versions).values(**was))
    now = {"title": new.title, "text": new.text, "fingerprint": fingerprint, "detection": dump_detection(detection)}
    connection.execute(update(articles).where(mine).values(relevant=isinstance(detection, Report), **now))
    return connection.scalar(select(func.count()).where(versions.c.article_id == article_id)) or 0


def of(connection: Connection, article_ids: Collection[str]) -> list[Version]:
    """What these articles said before, the oldest first."""
    asked = select(versions).where(versions.c.article_id.in_(article_ids)).order_by(versions.c.number)
    return [
        Version(row.article_id, row.until, row.title, row.text, load_detection(row.detection))
        for row in connection.execute(asked)
    ]


def mark(connection: Connection, keys: Collection[str], state: ClaimState) -> None:
    """What these members tell holds no more."""
    connection.execute(update(members).where(members.c.key.in_(keys)).values(state=state))
