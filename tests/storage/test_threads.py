"""Which first messages of threads do not show their event as it is now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.model import Alert, Delivery, Event
from storage.store import Store
from tests.builders import NOON, make_article, make_event, make_member, make_report

SECOND = timedelta(seconds=1)


def told(store: Store, number: int = 1, **delivery: str) -> Event:
    """An event whose first alert the desk's channel took."""
    member = make_member(number, key=f"{number}#0", article_id=f"{number}")
    event = make_event(member, id=f"event-{number}")
    alert = Alert(f"{event.id}/1", event.id, "first report", "", event, NOON)
    with store.write() as unit:
        unit.add_article(make_article(number, id=f"{number}"), make_report())
        unit.add_member(member, "RU-UA", NOON.date())
        unit.put_event(event)
        unit.put_alert(alert, ["desk"])
    place = {"message_id": f"17.{number}", "thread_id": f"17.{number}", **delivery}
    store.record_delivery(Delivery(alert.id, "desk", "accepted", NOON, **place))  # type: ignore[arg-type]
    return event


def grow(store: Store, event: Event, updated: float = 60) -> Event:
    grown = replace(event, updated=event.updated + updated * SECOND)
    with store.write() as unit:
        unit.put_event(grown)
    return grown


def test_a_thread_is_to_be_edited_once_for_each_change_of_its_event(store: Store) -> None:
    event = told(store)
    assert store.stale_threads(["desk"], NOON) == []
    assert store.next_thread_due(NOON, ["desk"]) is None
    grown = grow(store, event)
    (thread,) = store.stale_threads(["desk"], NOON)
    assert (thread.thread_id, thread.event, thread.alert.id) == ("17.1", grown, "event-1/1")
    assert store.stale_threads(["board"], NOON) == []
    grow(store, grown)
    store.record_thread(thread, True, NOON + 10 * SECOND)
    assert store.stale_threads(["desk"], NOON + 9 * SECOND) == []
    assert store.next_thread_due(NOON, ["desk"]) == NOON + 10 * SECOND
    (again,) = store.stale_threads(["desk"], NOON + 10 * SECOND)
    store.record_thread(again, False, NOON + 20 * SECOND)
    (last,) = store.stale_threads(["desk"], NOON + 20 * SECOND)
    assert last.attempts == 1
    store.record_thread(last, True, NOON + 20 * SECOND)
    assert store.next_thread_due(NOON + 60 * SECOND, ["desk"]) is None


def test_a_channel_without_threads_has_nothing_to_edit(store: Store) -> None:
    event = told(store, thread_id=None)  # type: ignore[arg-type]
    grow(store, event)
    assert store.stale_threads(["desk"], NOON) == []


def test_what_grew_while_an_alert_was_waiting_is_shown_after_it(store: Store) -> None:
    event = told(store)
    later = Alert("event-1/2", event.id, "confirmed", "", event, NOON)
    with store.write() as unit:
        unit.put_alert(later, ["desk"])
    grow(store, event)
    (thread,) = store.stale_threads(["desk"], NOON)
    store.record_thread(thread, True, NOON)
    store.record_delivery(Delivery(later.id, "desk", "accepted", NOON, "17.9", "17.1"))
    assert [each.alert.id for each in store.stale_threads(["desk"], NOON)] == [later.id]


def test_a_merged_events_thread_shows_the_one_that_it_belongs_to(store: Store) -> None:
    told(store)
    other = told(store, 2)
    with store.write() as unit:
        unit.remove_event("event-1", other.id)
    assert [(each.thread_id, each.event.id) for each in store.stale_threads(["desk"], NOON)] == [("17.1", "event-2")]
