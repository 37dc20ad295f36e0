"""What the desk does by hand with stored events: put together, set apart, close, and take any of it back."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from core.errors import InputError
from core.feedback import Feedback, Ruling, holding
from core.model import Event, Silence
from scheduler.intake import regroup
from storage.store import Store


def merge(store: Store, one: str, other: str, by: str, now: datetime) -> Event:
    """Make two events one, whatever the rules say of them; nobody is paged. Raises InputError, StorageError."""
    first, second = _event(store, one), _event(store, other)
    if first.id == second.id:
        raise InputError(f"{one} and {other} are one event already")
    keys = (first.members[0].key, second.members[0].key)
    _rule(store, Ruling(first.id, "merge", keys, by, now))
    return _event(store, first.id)


def split(store: Store, event_id: str, articles: Collection[str], by: str, now: datetime) -> Event:
    """Make the accounts of some articles (ids or URLs) an event of their own, and give that; nobody is paged.

    Raises InputError where an article is not of the event, or none would be left; StorageError.
    """
    event = _event(store, event_id)
    for each in articles:
        if not any(each in (member.article_id, member.url) for member in event.members):
            raise InputError(f"{each} is no article of {event.id}")
    gone = [each for each in event.members if each.article_id in articles or each.url in articles]
    if len(gone) == len(event.members):
        raise InputError(f"all articles of {event.id} are named: none would be left")
    _rule(store, Ruling(event.id, "split", tuple(each.key for each in gone), by, now))
    key = gone[0].key
    with store.write() as unit:
        (now_in,) = unit.events_of([key])
    return _event(store, now_in)


def close(store: Store, event_id: str, by: str, now: datetime) -> Event:
    """Close an event as no exchange: it is told no more. Raises InputError, StorageError."""
    event = _event(store, event_id)
    with store.write() as unit:
        unit.put_feedback(Feedback(f"hand-{uuid.uuid4().hex}", event.id, "dismiss", by, now))
    return _event(store, event_id)


def undo(store: Store, event_id: str, by: str, now: datetime) -> str:
    """Take back what was done last by hand to an event, and say what it was. Raises InputError, StorageError."""
    event = _event(store, event_id)
    said, ruled = holding(event.feedback), store.rulings(event.id)
    if said and (not ruled or said[-1].at >= ruled[-1].at):
        with store.write() as unit:
            unit.put_feedback(Feedback(f"hand-{uuid.uuid4().hex}", event.id, "withdraw", by, now))
        return said[-1].in_words()
    if not ruled:
        raise InputError(f"nothing was done by hand to {event.id}")
    last = ruled[-1]
    with store.write() as unit:
        held = unit.events_of(last.keys)
        members = unit.members_of(held)
        unit.undo_ruling(last.number, now)
        for changed in regroup(unit, members, now):
            unit.put_silence(Silence(changed.id, f"{last.in_words()}: taken back by {by}"), now)
    return last.in_words()


def _rule(store: Store, ruling: Ruling) -> None:
    with store.write() as unit:
        members = unit.members_of(unit.events_of(ruling.keys))
        unit.put_ruling(ruling)
        for changed in regroup(unit, members, ruling.at):
            unit.put_silence(Silence(changed.id, ruling.in_words()), ruling.at)


def _event(store: Store, event_id: str) -> Event:
    event = store.event(event_id)
    if event is None:
        raise InputError(f"there is no event {event_id}: `exchangewatch events` lists those there are")
    return event
