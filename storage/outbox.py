"""Alerts that wait for their channels to what is due now, and what became of a delivery back into the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, Select, and_, exists, func, or_, select, update

from core.errors import StorageError
from core.feedback import feedback
from core.model import Alert, Delivery, Due
from storage import threads
from storage.rows import current_id, family, read_alert, read_feedback
from storage.schema import alerts, deliveries

_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(minutes=15)
_NONE = timedelta()
_MOST_TOGETHER = 20  # alerts in one message
_MOST_IN_A_DIGEST = 60


def due(
    connection: Connection, channels: Collection[str], now: datetime, limit: int, pause: timedelta = _NONE
) -> list[Due]:
    """What is due in these channels, oldest first; of one event in one channel only the oldest, so order is kept.

    With a pause, an event that a channel was told of less than that ago is not due there yet, and what came
    meanwhile comes along with the oldest. What quiet hours held back of several events comes as one.
    """
    query = _heads().where(deliveries.c.channel.in_(channels), deliveries.c.due <= now)
    if pause:
        told = _last_told()
        query = query.where(or_(told.is_(None), told <= now - pause))
    found = connection.execute(query.order_by(alerts.c.number, deliveries.c.channel).limit(limit)).all()
    together: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in found:
        if row.held:
            together[row.channel].append(row)
    digests = {channel: heads for channel, heads in together.items() if len(heads) > 1}
    alone = [row for row in found if not (row.held and row.channel in digests)]
    return [_together(connection, heads) for heads in digests.values()] + [
        Due(
            alert=_as_known(connection, read_alert(row)),
            channel=row.channel,
            attempts=row.attempts,
            thread_id=_thread(connection, row.event_id, row.channel),
            in_doubt=row.in_doubt,
            later=_later(connection, row) if pause else (),
        )
        for row in alone
    ]


def overdue(connection: Connection, before: datetime) -> dict[str, int]:
    """How many alerts of each channel could have been sent before a time, and were not."""
    late = and_(deliveries.c.state == "pending", ~deliveries.c.held, alerts.c.created < before)
    joined = deliveries.join(alerts, alerts.c.id == deliveries.c.alert_id)
    query = (
        select(deliveries.c.channel, func.count()).select_from(joined).where(or_(late, deliveries.c.state == "kept"))
    )
    return {row[0]: row[1] for row in connection.execute(query.group_by(deliveries.c.channel))}


def told_after(connection: Connection, since: datetime) -> list[float]:
    """How many seconds each alert that was accepted since a time had waited; not those that quiet hours held."""
    joined = deliveries.join(alerts, alerts.c.id == deliveries.c.alert_id)
    told = (deliveries.c.state == "accepted", deliveries.c.at >= since, ~deliveries.c.held)
    query = select(alerts.c.created, deliveries.c.at).select_from(joined).where(*told)
    return [(at - created).total_seconds() for created, at in connection.execute(query)]


def _together(connection: Connection, heads: Sequence[Row[Any]]) -> Due:
    """What quiet hours held back of several events, as one."""
    every = [alert for row in heads for alert in (_as_known(connection, read_alert(row)), *_later(connection, row))][
        :_MOST_IN_A_DIGEST
    ]
    in_doubt = any(row.in_doubt for row in heads)
    attempts = max(row.attempts for row in heads)
    return Due(every[0], heads[0].channel, attempts, None, in_doubt, tuple(every[1:]), together=True)


def begin(connection: Connection, what: Due, at: datetime, lease: timedelta) -> bool:
    """Take a delivery, and what goes with it, for `lease`; False where it is done or another process has it."""
    waits = and_(deliveries.c.channel == what.channel, deliveries.c.state == "pending")
    free = and_(waits, deliveries.c.alert_id == what.alert.id, deliveries.c.due <= at)
    begun = {"due": at + lease, "in_doubt": True}
    if not connection.execute(update(deliveries).where(free).values(begun)).rowcount:
        return False
    # Nobody else has these: whoever takes one takes the oldest first.
    along = deliveries.c.alert_id.in_([each.id for each in what.later])
    connection.execute(update(deliveries).where(waits, along).values(begun))
    return True


def reclaim(connection: Connection, now: datetime) -> int:
    """Make due now what is in doubt, whoever began it."""
    begun = and_(deliveries.c.state == "pending", deliveries.c.in_doubt, deliveries.c.due > now)
    return connection.execute(update(deliveries).where(begun).values(due=now)).rowcount


def revive(connection: Connection, states: Collection[str], channels: Collection[str] | None, now: datetime) -> int:
    """Make due now what stands in one of these states, in these channels or in all."""
    given_up = update(deliveries).where(deliveries.c.state.in_(states))
    given_up = given_up if channels is None else given_up.where(deliveries.c.channel.in_(channels))
    return connection.execute(given_up.values(state="pending", attempts=0, due=now)).rowcount


def next_due(
    connection: Connection, now: datetime, channels: Collection[str] | None, pause: timedelta = _NONE
) -> datetime | None:
    """When the next delivery is due, never before `now`; None where nothing waits."""
    heads = _heads().add_columns(_last_told().label("last_told"))
    heads = heads if channels is None else heads.where(deliveries.c.channel.in_(channels))
    rows = connection.execute(heads)
    return min((max(row.due, now, row.last_told + pause if row.last_told else now) for row in rows), default=None)


def record(connection: Connection, delivery: Delivery) -> None:
    """Write down what a channel did. A retry without a time waits longer each time; an end is never undone."""
    mine = and_(deliveries.c.alert_id == delivery.alert_id, deliveries.c.channel == delivery.channel)
    row = connection.execute(select(deliveries).where(mine)).first()
    if row is None:
        raise StorageError(f"no delivery of alert {delivery.alert_id} to {delivery.channel} was ever due")
    # What was on its way when the desk silenced it, and got there, is in its thread.
    if row.state != "pending" and (row.state, delivery.outcome) != ("silenced", "accepted"):
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
        "in_doubt": delivery.outcome != "accepted" and delivery.in_doubt,
    }
    connection.execute(update(deliveries).where(mine).values(changed))
    if delivery.outcome == "accepted":
        threads.begun(connection, delivery, row.event_id)


def of_alert(connection: Connection, alert_id: str) -> list[Delivery]:
    """What became of an alert in each channel where anything did, by channel."""
    tried = select(deliveries).where(deliveries.c.alert_id == alert_id, deliveries.c.at.is_not(None))
    return [_delivery(row) for row in connection.execute(tried.order_by(deliveries.c.channel))]


def _heads() -> Select[Any]:
    """The oldest delivery of every event and channel where that is pending, with its alert.

    Behind one that is kept the later ones wait, or the thread would tell them in the wrong order.
    """
    earlier, its_alert = deliveries.alias(), alerts.alias()
    waits_for_another = exists(
        select(earlier.c.alert_id)
        .join(its_alert, its_alert.c.id == earlier.c.alert_id)
        .where(
            earlier.c.event_id == deliveries.c.event_id,
            earlier.c.channel == deliveries.c.channel,
            earlier.c.state.in_(("pending", "kept")),
            its_alert.c.number < alerts.c.number,
        )
    )
    columns = tuple(deliveries.c[name] for name in ("channel", "attempts", "due", "in_doubt", "held"))
    joined = select(alerts, *columns, deliveries.c.event_id.label("delivered_as")).join(
        deliveries, deliveries.c.alert_id == alerts.c.id
    )
    return joined.where(deliveries.c.state == "pending", ~waits_for_another)


def _last_told() -> ScalarSelect[datetime | None]:
    """When the channel of a delivery last took a message about its event."""
    told = deliveries.alias()
    same = (told.c.event_id == deliveries.c.event_id, told.c.channel == deliveries.c.channel)
    return select(func.max(told.c.at)).where(*same, told.c.state == "accepted").scalar_subquery()


def _later(connection: Connection, head: Row[Any]) -> tuple[Alert, ...]:
    """What waits behind the oldest delivery of an event in a channel, in order."""
    behind = (
        select(alerts)
        .join(deliveries, deliveries.c.alert_id == alerts.c.id)
        .where(
            deliveries.c.event_id == head.delivered_as,
            deliveries.c.channel == head.channel,
            deliveries.c.state == "pending",
            alerts.c.number > head.number,
        )
    )
    ordered = behind.order_by(alerts.c.number).limit(_MOST_TOGETHER - 1)
    return tuple(_as_known(connection, read_alert(row)) for row in connection.execute(ordered))


def _as_known(connection: Connection, alert: Alert) -> Alert:
    """The alert of an event of which the desk may have said something since."""
    event_id = current_id(connection, alert.event_id)
    said = read_feedback(connection, [event_id]).get(event_id)
    return replace(alert, event=feedback(alert.event, said)) if said else alert


def _thread(connection: Connection, event_id: str, channel: str) -> str | None:
    """Where a channel keeps the thread of an event: that of the last message there that was accepted."""
    mine = family(connection, event_id)
    accepted = (
        select(deliveries)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(deliveries.c.event_id.in_(mine), deliveries.c.channel == channel, deliveries.c.state == "accepted")
        .where(deliveries.c.message_id.is_not(None))  # what stood in a digest has no thread
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
