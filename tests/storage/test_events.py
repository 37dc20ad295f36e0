"""Events: whole, found by day, kind, party and status, and by the ids of those merged into them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from core.errors import StorageError
from core.model import Alert, Event, Member, Silence
from events.sides import bucket, home
from storage.store import Store
from tests.builders import NOON, make_article, make_event, make_exchange, make_member, make_report, make_transfer

DAY = timedelta(days=1)


def put(store: Store, event_id: str, *members: Member) -> Event:
    event = make_event(*members, id=event_id)
    with store.write() as unit:
        for member in members:
            article = make_article(int(member.article_id.removeprefix("article-")), id=member.article_id)
            if unit.add_article(article, make_report()) is not None:
                unit.add_member(member, bucket(member.exchange), home(member))
        unit.put_event(event)
    return event


def ids(store: Store, *filters: Any, **named: Any) -> list[str]:
    return [event.id for event in store.events(*filters, **named)]


def test_an_event_comes_back_whole(store: Store) -> None:
    ways = (make_transfer(), make_transfer("UA", "RU", 27, claimed_by="Київ"), make_transfer("UA", "RU", None))
    event = put(store, "one", make_member(1, *ways), make_member(2, mediators=("ICRC", "ОАЕ"), sources=("A", "B")))
    assert store.event("one") == event
    assert store.events() == [event]
    assert store.event("two") is None


def test_an_event_put_again_takes_the_place_of_what_was_stored(store: Store) -> None:
    put(store, "one", make_member(1), make_member(2, make_transfer(count=1212)))
    again = put(store, "one", make_member(1))
    assert store.event("one") is not None
    assert store.event("one").ledger == again.ledger  # type: ignore[union-attr]


def test_events_are_chosen_by_day_kind_party_and_status(store: Store) -> None:
    put(store, "june", make_member(1))
    put(store, "july", make_member(2, date="2025-07", published=NOON + 20 * DAY))
    swap = make_transfer("IL", "HAMAS", 3, what="prisoners")
    put(store, "swap", make_member(3, swap, kind="prisoners", status="planned", date="2025-08-01", parties=()))
    assert ids(store) == ["swap", "july", "june"]
    assert ids(store, limit=1) == ["swap"]
    assert ids(store, date(2025, 7, 3), date(2025, 7, 3)) == ["july"]
    assert ids(store, NOON + DAY) == ["swap", "july"]
    assert ids(store, None, NOON) == ["june"]
    assert ids(store, kind="remains") == ["july", "june"]
    assert ids(store, party="HAMAS") == ["swap"]
    assert ids(store, status="completed") == ["july", "june"]


def test_a_merged_event_leads_to_the_other_with_all_that_was_decided(store: Store) -> None:
    members = [make_member(number) for number in (1, 2, 3)]
    for number, name in enumerate(("one", "two", "three")):
        event = put(store, name, members[number])
        with store.write() as unit:
            unit.put_alert(Alert(f"{name}/first", name, "first report", name, event, NOON), [])
            unit.put_silence(Silence(name, "nothing new"), NOON)
    put(store, "two", *members[1:])
    with store.write() as unit:
        unit.remove_event("three", "two")
    put(store, "one", *members)
    with store.write() as unit:
        unit.remove_event("two", "one")
        assert unit.taken("two")
        assert unit.told("one") == make_event(members[2], id="three")
    assert ids(store) == ["one"]
    for name in ("one", "two", "three"):
        found = store.event(name)
        assert found is not None
        assert (found.id, len(found.members)) == ("one", 3)
        assert [alert.detail for alert in store.alerts(name)] == ["three", "two", "one"]
        assert [decision.alert_id is None for decision in store.decisions(name)] == [False, True] * 3
    assert store.counts().events == 1


def test_neighbours_are_near_in_one_bucket_or_share_an_event_with_one_that_is(store: Store) -> None:
    far = make_member(2, date="2025-07-20")
    put(store, "one", make_member(1), far)
    put(store, "other", make_member(3, date="2025-07-21"))
    put(store, "living", make_member(4, kind="prisoners"))
    with store.write() as unit:
        near = unit.neighbours("RU-UA-dead", date(2025, 6, 10), date(2025, 6, 30))
        assert [member.key for member in near] == ["article-1#0", "article-2#0"]
        assert near[1] == far
        assert unit.events_of(["article-4#0", "article-2#0", "article-1#0"]) == {
            "one": {"article-1#0", "article-2#0"},
            "living": {"article-4#0"},
        }
        assert list(unit.events_of(["article-4#0", "article-1#0"])) == ["one", "living"]
        assert unit.neighbours("RU-UA-dead", date(2025, 1, 1), date(2025, 1, 11)) == []


def test_a_member_of_no_stored_article_is_refused(store: Store) -> None:
    member = make_member(1, make_transfer(), date=None)
    with pytest.raises(StorageError), store.write() as unit:
        unit.add_member(member, bucket(make_exchange()), home(member))
