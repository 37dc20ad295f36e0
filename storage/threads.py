"""Which first messages of threads do not show their event as it is now, and that one was brought up to date."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, and_, func, insert, select, update

from core.model import Delivery
from storage.records import Thread
from storage.rows import family, read_alert, read_events
from storage.schema import alerts, deliveries, events, threads

_STALE = threads.c.shown < threads.c.wanted


def begun(connection: Connection, delivery: Delivery, event_id: str) -> None:
    """Remember the thread in which an accepted alert stands; it is to be edited where the event has grown since.

    What still waits for the thread brings the event as it is then.
    """
    if delivery.thread_id is None:
        return
    mine = and_(threads.c.channel == delivery.channel, threads.c.thread_id == delivery.thread_id)
    if connection.execute(select(threads.c.event_id).where(mine)).first() is None:
        row = {"channel": delivery.channel, "thread_id": delivery.thread_id, "event_id": event_id}
        start = {"wanted": 0, "shown": 0, "attempts": 0, "due": delivery.at}
        connection.execute(insert(threads).values(row | start))
    same = and_(deliveries.c.event_id == event_id, deliveries.c.channel == delivery.channel)
    waits = connection.scalar(select(func.count()).where(same, deliveries.c.state == "pending"))
    told = connection.execute(select(alerts).where(alerts.c.id == delivery.alert_id)).one()
    updated = connection.scalar(select(events.c.updated).where(events.c.id == event_id))
    if updated is not None and updated > read_alert(told).event.updated and not waits:
        connection.execute(update(threads).where(mine).values(wanted=threads.c.wanted + 1))


def changed(connection: Connection, event_id: str) -> None:
    """An event has changed: its threads are to be edited."""
    mine = threads.c.event_id == event_id
    connection.execute(update(threads).where(mine).values(wanted=threads.c.wanted + 1))


def moved(connection: Connection, event_id: str, into: str) -> None:
    """The threads of an event that was merged into another show that one from now on."""
    mine = threads.c.event_id == event_id
    connection.execute(update(threads).where(mine).values(event_id=into, wanted=threads.c.wanted + 1))


def stale(connection: Connection, channels: Collection[str], now: datetime, limit: int) -> list[Thread]:
    """The threads that are to be edited now, each with the event's last alert there and the event as it is."""
    wanted = select(threads).where(_STALE, threads.c.channel.in_(channels), threads.c.due <= now)
    found = []
    for row in connection.execute(wanted.order_by(threads.c.due).limit(limit)).all():
        accepted = (
            select(alerts)
            .join(deliveries, deliveries.c.alert_id == alerts.c.id)
            .where(
                deliveries.c.event_id.in_(family(connection, row.event_id)),
                deliveries.c.channel == row.channel,
                deliveries.c.state == "accepted",
            )
        )
        last = connection.execute(accepted.order_by(alerts.c.number.desc()).limit(1)).first()
        current = read_events(connection, [row.event_id])
        if last is not None and current:
            found.append(Thread(row.channel, row.thread_id, read_alert(last), current[0], row.wanted, row.attempts))
    return found


def record(connection: Connection, thread: Thread, shown: bool, due: datetime) -> None:
    """Write down that a thread shows its event as `stale` gave it, or that it is tried again when due."""
    mine = and_(threads.c.channel == thread.channel, threads.c.thread_id == thread.thread_id)
    done = {"shown": thread.change, "attempts": 0} if shown else {"attempts": threads.c.attempts + 1}
    connection.execute(update(threads).where(mine).values({**done, "due": due}))


def next_due(connection: Connection, now: datetime, channels: Collection[str]) -> datetime | None:
    """When the next thread is to be edited, never before `now`; None where all are up to date."""
    first = connection.scalar(select(func.min(threads.c.due)).where(_STALE, threads.c.channel.in_(channels)))
    return None if first is None else max(first, now)
