"""What members make of an event: its kind, status, date, parties and names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.model import Event, Member
from events.event import assemble
from tests.builders import NOON, make_member, make_transfer

DAY = timedelta(days=1)


def event(*members: Member) -> Event:
    made = assemble("one", members)
    assert made == assemble("one", members[::-1])
    return made


def later(number: int, **changes: Any) -> Member:
    return make_member(number, published=NOON + number * DAY, **changes)


def test_completed_beats_planned_whatever_comes_later() -> None:
    assert event(later(1, status="completed"), later(2, status="planned")).status == "completed"


def test_between_planned_and_postponed_the_latest_word_counts() -> None:
    assert event(later(1, status="planned"), later(2, status="postponed")).status == "postponed"
    assert event(later(1, status="postponed"), later(2, status="planned")).status == "planned"


def test_the_date_is_the_one_that_most_outlets_of_its_status_name() -> None:
    planned = [later(number, status="planned", date="2025-06-12") for number in (1, 2, 3)]
    assert event(*planned).date == "2025-06-12"
    assert event(*planned, later(4, date="2025-06-13")).date == "2025-06-13"
    assert event(*planned, later(4, date=None)).date == "2025-06-12"
    assert event(later(1, date="2025-06"), later(2, date="2025-06"), later(3, date="2025-06-13")).date == "2025-06-13"
    assert event(later(1, date=None)).date is None


def test_one_outlet_counts_once_for_the_date() -> None:
    loud = [later(number, outlet="loud.example", date="2025-06-12") for number in (1, 2, 3)]
    assert event(*loud, later(4, date="2025-06-13"), later(5, date="2025-06-13")).date == "2025-06-13"


def test_the_kind_is_what_most_outlets_call_it_and_the_wider_of_two() -> None:
    assert event(later(1, kind="mixed"), later(2, kind="prisoners")).kind == "mixed"
    assert event(later(1, kind="mixed"), later(2, kind="prisoners"), later(3, kind="prisoners")).kind == "prisoners"


def test_the_two_sides_come_first_among_the_parties() -> None:
    ways = (make_transfer("UA", "RU"), make_transfer("RU", "UA"), make_transfer("RU", "AE", 10))
    assert event(make_member(1, *ways, parties=())).parties == ("RU", "UA", "AE")


def test_names_are_kept_once_the_most_frequent_first() -> None:
    made = event(later(1, mediators=("UAE", "ICRC")), later(2, mediators=("icrc",), sources=("Kots",)))
    assert (made.mediators, made.sources) == (("ICRC", "UAE"), ("Kots",))


def test_times_and_score_are_those_of_the_members() -> None:
    made = event(later(1, score=0.5), later(2, score=0.8))
    assert (made.first_seen, made.updated) == (NOON + timedelta(minutes=1), NOON + timedelta(minutes=2))
    assert made.score == 0.8
