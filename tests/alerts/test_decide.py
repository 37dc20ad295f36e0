"""What the desk hears of an event, and why it does not hear the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alerts.decide import decide
from core.model import Alert, Event, Member, Silence
from tests.builders import NOON, make_event, make_member, make_transfer

DAY = timedelta(days=1)


def claim(number: int, count: int | None, by: str | None = None, **changes: Any) -> Member:
    side = by if by in ("RU", "UA") else None
    return make_member(number, make_transfer(count=count, claimed_by=by, claimed_side=side), **changes)


def news(event: Event, told: Event | None, now: timedelta = DAY) -> tuple[str, str]:
    """The reason and what it says; "silence" where nothing is told."""
    decided = decide(event, told, NOON + now, 3 * DAY)
    return ("silence", decided.reason) if isinstance(decided, Silence) else (decided.reason, decided.detail)


ONE = make_event(claim(1, 1200))


def test_the_first_report() -> None:
    assert news(ONE, None) == ("first report", "completed, by outlet-1.example")


@pytest.mark.parametrize(
    ("told", "now", "expected"),
    [
        ([claim(1, None, status="planned")], [claim(2, 1200)], ("status changed", "planned, now completed")),
        (
            [claim(1, None, status="planned")],
            [claim(2, None, status="postponed")],
            ("status changed", "planned, now postponed"),
        ),
        ([claim(1, None)], [claim(2, 1200)], ("figure changed", "RU to UA, bodies: 1,200, before no figure")),
        ([claim(1, 1200)], [claim(2, 1212, "UA")], ("figure changed", "RU to UA, bodies: 1,212, before 1,200")),
        (
            [claim(1, 1200, "RU"), claim(2, 1200, "RU")],
            [claim(3, 1212, "Kots")],
            ("figure disputed", "RU to UA, bodies: RU 1,200, Kots 1,212"),
        ),
        (
            [claim(1, 1200), claim(2, 1200), claim(3, 1212)],
            [claim(4, 1190)],
            ("silence", "outlet-4.example: nothing new"),
        ),
        ([claim(1, 1200, "RU")], [claim(2, 1200, "UA")], ("confirmed", "by UA")),
        ([claim(1, 1200)], [claim(2, 1200, outlet_kind="official")], ("confirmed", "by an official source")),
        ([claim(1, 1200)], [claim(2, 1200)], ("silence", "outlet-2.example: nothing new")),
        ([claim(1, 1200)], [], ("silence", "outlet-1.example: nothing new")),
        ([claim(1, 1200)], [claim(2, None)], ("silence", "outlet-2.example: nothing new")),
    ],
)
def test_what_is_new_since_it_was_told(told: list[Member], now: list[Member], expected: tuple[str, str]) -> None:
    assert news(make_event(*told, *now), make_event(*told)) == expected


def test_the_same_people_under_another_word_are_nothing_new() -> None:
    persons = make_member(1, make_transfer(count=390, what="persons"), kind="prisoners")
    prisoners = make_member(2, make_transfer(count=390, what="prisoners"), kind="prisoners")
    assert news(make_event(persons, prisoners), make_event(persons))[0] == "silence"


def test_old_news_is_never_told() -> None:
    assert news(ONE, None, 4 * DAY) == ("silence", "old news: the exchange was on 2025-06-13")
    undated = make_event(claim(1, 1200, date=None))
    assert news(undated, None, 4 * DAY) == ("silence", "old news: published on 2025-06-13")
    resurfaced = make_event(claim(1, 1200), claim(2, 1300, published=NOON + 30 * DAY))
    assert news(resurfaced, ONE, 30 * DAY) == ("silence", "old news: the exchange was on 2025-06-13")


def test_what_is_planned_for_next_month_is_not_old() -> None:
    assert news(make_event(claim(1, 1000, status="planned", date="2025-07-20")), None)[0] == "first report"


def test_the_same_news_has_the_same_id_and_other_news_another() -> None:
    def told(*members: Member) -> str:
        decided = decide(make_event(*members), ONE, NOON + DAY, 3 * DAY)
        assert isinstance(decided, Alert)
        return decided.id

    first = decide(ONE, None, NOON, DAY)
    assert isinstance(first, Alert)
    assert first.id == "RU-UA-dead-2025-06-13/first-report"
    assert told(claim(1, 1212)) == told(claim(2, 1212)) != told(claim(1, 1213))
