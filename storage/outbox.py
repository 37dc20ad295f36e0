"""Alerts that wait for their channels to what is due now, and what became of a delivery back into the rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, func, select, update

from core.errors import StorageError
from core.model import Delivery, Due
from storage.rows import family, read_alert
from storage.schema import alerts, deliveries

_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(minutes=15)


def due(connection: Connection, channels: Collection[str], now: datetime, limit: int) -> list[Due]:
    """What is due in these channels, oldest first; of one event in one channel only the oldest, so order is kept."""
    query = _heads().where(deliveries.c.channel.in_(channels), deliveries.c.due <= now)
    found = connection.execute(query.order_by(alerts.c.number, deliveries.c.channel).limit(limit)).all()
    return [
        Due(read_alert(row), row.channel, row.attempts, _thread(connection, row.event_id, row.channel), row.in_doubt)
        for row in found
    ]


def begin(connection: Connection, what: Due, at: datetime, lease: timedelta) -> bool:
    """Take a delivery for `lease`; False where it is done or another process has it."""
    mine = and_(deliveries.c.alert_id == what.alert.id, deliveries.c.channel == what.channel)
    free = and_(mine, deliveries.c.state == "pending", deliveries.c.due <= at)
    taken = connection.execute(update(deliveries).where(free).values(due=at + lease, in_doubt=True))
    return taken.rowcount > 0


def reclaim(connection: Connection, now: datetime) -> int:
    """Make due now what is in doubt, whoever began it."""
    begun = and_(deliveries.c.state == "pending", deliveries.c.in_doubt, deliveries.c.due > now)
    return connection.execute(update(deliveries).where(begun).values(due=now)).rowcount


def next_due(connection: Connection, now: datetime, channels: Collection[str] | None) -> datetime | None:
    """When the next delivery is due, never before `now`; None where nothing waits."""
    heads = _heads() if channels is None else _heads().where(deliveries.c.channel.in_(channels))
    first = connection.scalar(select(func.min(heads.subquery().c.due)))
    return None if first is None else max(first, now)


def record(connection: Connection, delivery: Delivery) -> None:
    """Write down what a channel did. A retry without a time waits longer each time; an end is never undone."""
    mine = and_(deliveries.c.alert_id == delivery.alert_id, deliveries.c.channel == delivery.channel)
    row = connection.execute(select(deliveries).where(mine)).first()
    if row is None:
        raise StorageError(f"no delivery of alert {delivery.alert_id} to {delivery.channel} was ever due")
    if row.state != "pending":
        return
    waits = delivery.outcome == "retry"
    wait = min(_FIRST_WAIT * 2 ** min(row.attempts, 16), _LONGEST_WAIT)
    changed = {
        "state": "pending" if waits else delivery.outcome,
        "attempts": row.attempts + 1,
        "due": (delivery.retry_at or delivery.at + wait) if waits else row.due,
        "at": delivery.at,
        "message_id": delivery.message_id,
        "thread_id": delivery.thread_id,
        "detail": delivery.detail,
        "in_doubt": waits and delivery.in_doubt,
    }
    connection.execute(update(deliveries).where(mine).values(changed))


def of_alert(connection: Connection, alert_id: str) -> list[Delivery]:
    """What became of an alert in each channel where anything did, by channel."""
    tried = select(deliveries).where(deliveries.c.alert_id == alert_id, deliveries.c.at.is_not(None))
    return [_delivery(row) for row in connection.execute(tried.order_by(deliveries.c.channel))]


def _heads() -> Select[Any]:
    """The oldest pending delivery of every event and channel, with its alert."""
    earlier, its_alert = deliveries.alias(), alerts.alias()
    waits_for_another = exists(
        select(earlier.c.alert_id)
        .join(its_alert, its_alert.c.id == earlier.c.alert_id)
        .where(
            earlier.c.event_id == deliveries.c.event_id,
            earlier.c.channel == deliveries.c.channel,
            earlier.c.state == "pending",
            its_alert.c.number < alerts.c.number,
        )
    )
    columns = (alerts, deliveries.c.channel, deliveries.c.attempts, deliveries.c.due, deliveries.c.in_doubt)
    joined = select(*columns).join(deliveries, deliveries.c.alert_id == alerts.c.id)
    return joined.where(deliveries.c.state == "pending", ~waits_for_another)


def _thread(connection: Connection, event_id: str, channel: str) -> str | None:
    """Where a channel keeps the thread of an event: that of the last message there that was accepted."""
    mine = family(connection, event_id)
    accepted = (
        select(deliveries)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(deliveries.c.event_id.in_(mine), deliveries.c.channel == channel, deliveries.c.state == "accepted")
    )
    row = connection.execute(accepted.order_by(alerts.c.number.desc()).limit(1)).first()
    return None if row is None else row.thread_id or row.message_id


def _delivery(row: Row[Any]) -> Delivery:
    waits = row.state == "pending"
    return Delivery(
        alert_id=row.alert_id,
        channel=row.channel,
        outcome="retry" if waits else row.state,
        at=row.at,
        message_id=row.message_id,
        thread_id=row.thread_id,
        detail=row.detail,
        retry_at=row.due if waits else None,
        in_doubt=row.in_doubt,
    )
