"""The outbox: every alert once to every channel, in order, and nothing forgotten after a crash."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.errors import StorageError
from core.model import Alert, Delivery
from storage.store import Store
from tests.builders import NOON, make_article, make_event, make_member, make_report

SECOND = timedelta(seconds=1)


def put(store: Store, *names: str, number: int = 1, channels: tuple[str, ...] = ("desk",)) -> list[Alert]:
    """Alerts of these names about the event of article `number`."""
    member = make_member(number, key=f"{number}#0", article_id=f"{number}")
    event = make_event(member, id=f"event-{number}")
    told = [Alert(f"{event.id}/{name}", event.id, "first report", name, event, NOON) for name in names]
    with store.write() as unit:
        unit.add_article(make_article(number, id=f"{number}"), make_report())
        unit.put_event(event)
        for alert in told:
            unit.put_alert(alert, channels)
    return told


def record(store: Store, alert: Alert, outcome: Any, **changes: Any) -> None:
    store.record_delivery(Delivery(alert.id, "desk", outcome, **{"at": NOON, **changes}))


def due(store: Store, seconds: float = 0) -> list[str]:
    return [each.alert.detail for each in store.due_deliveries(["desk"], NOON + seconds * SECOND)]


def test_an_alert_is_due_in_every_channel_until_it_is_accepted(store: Store) -> None:
    (alert,) = put(store, "one", channels=("desk", "board"))
    assert [each.channel for each in store.due_deliveries(["board", "desk"], NOON)] == ["board", "desk"]
    assert store.counts().deliveries_pending == 2
    record(store, alert, "accepted", message_id="17.1")
    assert due(store) == []
    assert [each.channel for each in store.due_deliveries(["board", "desk"], NOON)] == ["board"]
    assert store.deliveries(alert.id) == [Delivery(alert.id, "desk", "accepted", NOON, "17.1")]


def test_the_same_alert_is_put_once(store: Store) -> None:
    (alert,) = put(store, "one")
    with store.write() as unit:
        assert not unit.put_alert(alert, ["desk", "board"])
    assert store.counts().deliveries_pending == 1
    assert [each.alert_id for each in store.decisions("event-1")] == [alert.id]


def test_of_one_event_the_second_alert_waits_for_the_first(store: Store) -> None:
    first, _ = put(store, "one", "two")
    put(store, "else", number=2)
    assert due(store) == ["one", "else"]
    record(store, first, "retry", retry_at=NOON + 60 * SECOND)
    assert due(store) == ["else"]
    record(store, first, "accepted", message_id="17.1", thread_id="17.0")
    (second, _) = store.due_deliveries(["desk"], NOON)
    assert (second.alert.detail, second.thread_id) == ("two", "17.0")


def test_a_refused_alert_stands_in_nobodys_way(store: Store) -> None:
    first, _ = put(store, "one", "two")
    record(store, first, "refused", detail="channel_not_found")
    (second,) = store.due_deliveries(["desk"], NOON)
    assert (second.alert.detail, second.thread_id) == ("two", None)
    record(store, first, "accepted")
    assert [each.outcome for each in store.deliveries(first.id)] == ["refused"]


def test_retries_wait_longer_each_time_up_to_a_quarter_of_an_hour(store: Store) -> None:
    (alert,) = put(store, "one")
    waits = []
    now = NOON
    for _ in range(9):
        record(store, alert, "retry", at=now)
        when = store.next_delivery_due(now)
        assert when is not None
        waits.append((when - now).total_seconds())
        now = when
    assert waits == [10, 20, 40, 80, 160, 320, 640, 900, 900]
    (waiting,) = store.due_deliveries(["desk"], now)
    assert waiting.attempts == 9


def test_when_the_next_delivery_is_due(store: Store) -> None:
    assert store.next_delivery_due(NOON) is None
    (alert,) = put(store, "one")
    assert store.next_delivery_due(NOON + 5 * SECOND) == NOON + 5 * SECOND
    record(store, alert, "retry", retry_at=NOON + 60 * SECOND)
    assert store.next_delivery_due(NOON) == NOON + 60 * SECOND
    assert store.next_delivery_due(NOON, ["board"]) is None
    record(store, alert, "accepted")
    assert store.next_delivery_due(NOON) is None


def test_what_was_begun_and_never_recorded_is_due_again_in_doubt(store: Store) -> None:
    put(store, "one")
    (waiting,) = store.due_deliveries(["desk"], NOON)
    assert not waiting.in_doubt
    assert store.begin_delivery(waiting, NOON)
    assert not store.begin_delivery(waiting, NOON), "another process has it"
    assert due(store, 29) == []
    (again,) = store.due_deliveries(["desk"], NOON + 30 * SECOND)
    assert again.in_doubt
    assert store.begin_delivery(again, NOON + 30 * SECOND)


def test_doubt_ends_when_the_outcome_is_known_and_stays_when_it_is_not(store: Store) -> None:
    (alert,) = put(store, "one")
    (waiting,) = store.due_deliveries(["desk"], NOON)
    store.begin_delivery(waiting, NOON)
    record(store, alert, "retry", retry_at=NOON)
    (again,) = store.due_deliveries(["desk"], NOON)
    assert not again.in_doubt
    record(store, alert, "retry", retry_at=NOON, in_doubt=True)
    (again,) = store.due_deliveries(["desk"], NOON)
    assert again.in_doubt
    record(store, alert, "accepted")
    assert not store.begin_delivery(again, NOON)


def test_what_was_never_due_cannot_be_recorded(store: Store) -> None:
    (alert,) = put(store, "one")
    with pytest.raises(StorageError, match="no delivery of alert event-1/one to board was ever due"):
        store.record_delivery(Delivery(alert.id, "board", "accepted", NOON))


def test_what_a_killed_process_had_begun_can_be_reclaimed_before_its_time(store: Store) -> None:
    put(store, "one")
    put(store, "two", number=2)
    begun = store.due_deliveries(["desk"], NOON)[0]
    assert store.begin_delivery(begun, NOON, 60 * SECOND)
    assert due(store, 1) == ["two"]
    assert store.reclaim_deliveries(NOON + SECOND) == 1
    assert due(store, 1) == ["one", "two"]
    assert store.due_deliveries(["desk"], NOON + SECOND)[0].in_doubt


def test_what_a_whole_channel_refused_keeps_the_later_behind_it_until_it_is_tried_again(store: Store) -> None:
    first, second = put(store, "one", "two")
    (other,) = put(store, "else", number=2)
    record(store, first, "kept", detail="invalid_auth", in_doubt=True)
    record(store, other, "refused", detail="invalid_blocks")
    assert due(store, 3600) == []
    assert store.next_delivery_due(NOON) is None
    assert store.retry_kept(NOON, ["board"]) == 0
    assert store.retry_kept(NOON, ["desk"]) == 1
    (again,) = store.due_deliveries(["desk"], NOON)
    assert (again.alert.detail, again.attempts, again.in_doubt) == ("one", 0, True)
    record(store, first, "accepted", message_id="17.1")
    assert due(store) == ["two"]
    record(store, second, "kept")
    assert store.retry_refused(NOON + SECOND) == 2
    assert due(store, 1) == ["two", "else"]


def test_an_event_told_a_moment_ago_waits_and_then_all_of_it_goes_together(store: Store) -> None:
    pause = 10 * SECOND
    first, second, third = put(store, "one", "two", "three")
    put(store, "else", number=2)
    (together, other) = store.due_deliveries(["desk"], NOON, pause=pause)
    assert together.later == (second, third)
    assert other.later == ()
    record(store, first, "accepted", message_id="17.1")
    (only,) = store.due_deliveries(["desk"], NOON + 9 * SECOND, pause=pause)
    assert only.alert.detail == "else"
    record(store, only.alert, "accepted")
    assert store.next_delivery_due(NOON + SECOND, ["desk"], pause) == NOON + pause
    assert store.next_delivery_due(NOON + SECOND, ["desk"]) == NOON + SECOND
    (rest,) = store.due_deliveries(["desk"], NOON + pause, pause=pause)
    assert (rest.alert, rest.later, rest.thread_id) == (second, (third,), "17.1")
    assert store.begin_delivery(rest, NOON + pause)
    store.record_delivery(Delivery(second.id, "desk", "retry", NOON + pause, retry_at=NOON + pause))
    (again,) = store.due_deliveries(["desk"], NOON + pause, pause=pause)
    assert (again.in_doubt, again.later) == (False, (third,))
    record(store, second, "accepted", at=NOON + pause)
    (last,) = store.due_deliveries(["desk"], NOON + 60 * SECOND, pause=pause)
    assert last.in_doubt, "it was begun with the other, and nothing was recorded of it"


def test_the_alerts_of_two_events_that_became_one_go_out_in_one_order(store: Store) -> None:
    put(store, "one")
    put(store, "two", number=2)
    with store.write() as unit:
        unit.remove_event("event-1", "event-2")
    assert due(store) == ["one"]
