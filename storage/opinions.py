"""What the desk said of events into rows, back onto the events, and onto what was still to be told of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from core.errors import StorageError
from core.feedback import Feedback, Hush, hushed, is_closed, is_reviewed
from core.model import Event
from storage import rows, threads
from storage.schema import deliveries, events, silences
from storage.schema import feedback as opinions


def put(connection: Connection, given: Feedback) -> Event | None:
    """Store what was said, and do it: the event after it, or None where this click is known.

    What still waits to be told of an event that is silent from now on is told no more. Raises StorageError for an
    event that there is not.
    """
    if connection.scalar(select(opinions.c.number).where(opinions.c.id == given.id)) is not None:
        return None
    event_id = rows.current_id(connection, given.event_id)
    if connection.scalar(select(events.c.id).where(events.c.id == event_id)) is None:
        raise StorageError(f"there is no event {given.event_id}, of which {given.by} said something")
    row = {name: getattr(given, name) for name in ("id", "verdict", "by", "at", "giver", "receiver", "what", "figure")}
    connection.execute(insert(opinions).values(event_id=event_id, **row))
    threads.changed(connection, event_id)
    (event,) = rows.read_events(connection, [event_id])
    now = {"closed": is_closed(event), "reviewed": is_reviewed(event)}
    connection.execute(update(events).where(events.c.id == event_id).values(now))
    silent = hushed(event)
    if silent is not None:
        waits = (deliveries.c.event_id == event_id, deliveries.c.state.in_(("pending", "kept")))
        told = {"state": "silenced", "at": given.at, "detail": silent.in_words()}
        connection.execute(update(deliveries).where(*waits).values(told))
    return event


def hushes(connection: Connection, now: datetime) -> dict[int, Hush]:
    """The silences that hold, by number. One of an event that was merged holds for that into which it was."""
    holds = select(silences).where(silences.c.since <= now, silences.c.until > now).order_by(silences.c.number)
    return {
        row.number: Hush(
            row.event_id and rows.current_id(connection, row.event_id),
            *(row.party, row.kind, row.since, row.until, row.by, row.reason),
        )
        for row in connection.execute(holds)
    }


def hush(connection: Connection, given: Hush) -> int:
    """Store a silence; its number."""
    row = {name: getattr(given, name) for name in ("event_id", "party", "kind", "since", "until", "by", "reason")}
    return int(connection.execute(insert(silences).values(row).returning(silences.c.number)).scalar_one())


def end_hush(connection: Connection, number: int, now: datetime) -> bool:
    """End a silence that holds; whether there was one."""
    holds = (silences.c.number == number, silences.c.until > now)
    return bool(connection.execute(update(silences).where(*holds).values(until=now)).rowcount)


def merged(connection: Connection, event_id: str, into: str) -> None:
    """What was confirmed and corrected of an event holds for the one it belongs to; its silence was its own."""
    goes_along = (opinions.c.event_id == event_id, opinions.c.verdict.in_(("confirm", "correct")))
    if connection.execute(update(opinions).where(*goes_along).values(event_id=into)).rowcount:
        (event,) = rows.read_events(connection, [into])
        connection.execute(update(events).where(events.c.id == into).values(reviewed=is_reviewed(event)))
