"""Events put together, set apart and closed by hand, and all of it taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import InputError
from core.feedback import is_closed
from core.model import Event
from scheduler import desk
from scheduler.intake import take_in
from storage.store import Store
from tests.builders import NOON, make_article, make_exchange, make_report, make_transfer

DAY = timedelta(days=1)
JUNE, JULY = "RU-UA-dead-2025-06-13", "RU-UA-dead-2025-07-17"


def bring(store: Store, number: int, day: str, count: int = 1200) -> None:
    report = make_report(make_exchange(make_transfer(count=count), date=day))
    now = NOON + timedelta(minutes=number)
    take_in(store, make_article(number, id=f"a-{number}"), report, now, ["desk"], max_age=60 * DAY)


def articles(event: Event | None) -> set[str]:
    assert event is not None
    return {member.article_id for member in event.members}


@pytest.fixture
def filled(store: Store) -> Store:
    """Two reports of an exchange in June, and one of July."""
    for number, day in enumerate(("2025-06-13", "2025-06-13", "2025-07-17"), start=1):
        bring(store, number, day)
    return store


def test_events_put_together_stay_so_when_more_is_reported(filled: Store) -> None:
    event = desk.merge(filled, JUNE, JULY, "Olena", NOON + DAY)
    assert (event.id, articles(event)) == (JUNE, {"a-1", "a-2", "a-3"})
    assert [member.joined for member in event.members][-1] == "put together by Olena"
    assert filled.event(JULY) == event
    bring(filled, 4, "2025-07-17")
    assert articles(filled.event(JUNE)) == {"a-1", "a-2", "a-3", "a-4"}
    assert "put together by Olena" in [decision.reason for decision in filled.decisions(JUNE)]


def test_events_put_together_are_two_again_after_undo(filled: Store) -> None:
    desk.merge(filled, JUNE, JULY, "Olena", NOON + DAY)
    assert desk.undo(filled, JUNE, "Taras", NOON + 2 * DAY) == "put together by Olena"
    assert sorted(map(sorted, map(articles, filled.events()))) == [["a-1", "a-2"], ["a-3"]]
    with pytest.raises(InputError, match="nothing was done by hand"):
        desk.undo(filled, JUNE, "Taras", NOON + 3 * DAY)


def test_reports_set_apart_are_an_event_of_their_own_until_undone(filled: Store) -> None:
    own = desk.split(filled, JUNE, ["a-2"], "Olena", NOON + DAY)
    assert articles(own) == {"a-2"}
    bring(filled, 4, "2025-06-13")
    assert articles(filled.event(JUNE)) == {"a-1", "a-4"}
    desk.undo(filled, JUNE, "Olena", NOON + 2 * DAY)
    assert articles(filled.event(JUNE)) == {"a-1", "a-2", "a-4"}


def test_what_is_done_by_hand_pages_nobody(filled: Store) -> None:
    before = filled.counts().alerts
    desk.split(filled, JUNE, ["a-2"], "Olena", NOON + DAY)
    desk.merge(filled, JUNE, JULY, "Olena", NOON + DAY)
    assert filled.counts().alerts == before


def test_a_closed_event_is_opened_again_by_undo(filled: Store) -> None:
    assert is_closed(desk.close(filled, JUNE, "Olena", NOON + DAY))
    assert desk.undo(filled, JUNE, "Taras", NOON + 2 * DAY) == "closed as not an exchange by Olena"
    event = filled.event(JUNE)
    assert event is not None
    assert not is_closed(event)
    assert [each.verdict for each in event.feedback] == ["dismiss", "withdraw"]


@pytest.mark.parametrize(
    ("ids", "says"), [((JUNE, "nothing"), "no event nothing"), ((JUNE, JUNE), "one event already")]
)
def test_events_that_cannot_be_put_together(filled: Store, ids: tuple[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        desk.merge(filled, *ids, "Olena", NOON)


@pytest.mark.parametrize(("named", "says"), [(["a-3"], "no article"), (["a-1", "a-2"], "none would be left")])
def test_reports_that_cannot_be_set_apart(filled: Store, named: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        desk.split(filled, JUNE, named, "Olena", NOON)
