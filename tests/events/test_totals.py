"""Running totals against our own sum of the days between them."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.model import Total
from events.totals import check
from tests.builders import make_event, make_member, make_transfer


def total(best: int, day: str, speaker: str = "UA", **changes: Any) -> Total:
    values: dict[str, Any] = {"giver": "RU", "receiver": "UA", "what": "bodies", "low": best, "high": best}
    values |= {"outlet": "outlet", "url": "https://outlet.example/1", "quote": "In all."}
    return Total(best=best, speaker=speaker, day=date.fromisoformat(day), **(values | changes))


EVENTS = [
    make_event(make_member(1, make_transfer(count=909), date="2025-04-18"), id="april"),
    make_event(make_member(2, make_transfer(count=1212), date="2025-06-11"), id="june"),
    make_event(make_member(3, make_transfer(count=500), date="2025-06-12", status="planned"), id="plan"),
]


def told(*totals: Total) -> list[str]:
    return [each.in_words() for each in check(totals, EVENTS)]


def test_a_total_that_grew_by_our_own_sum() -> None:
    assert told(total(8000, "2025-04-01"), total(10121, "2025-06-20")) == [
        "RU to UA, bodies: UA has 2,121 more from 2025-04-01 to 2025-06-20, as our own sum"
    ]


def test_a_total_that_grew_by_more_than_we_know_of() -> None:
    (found,) = check([total(8000, "2025-05-01"), total(9500, "2025-06-20")], EVENTS)
    assert (found.grown, found.own, found.events, found.adds_up) == (1500, (1212, 1212, 1212), ("june",), False)
    assert found.in_words().endswith("UA has 1,500 more from 2025-05-01 to 2025-06-20, our own sum is 1,212")


def test_totals_of_different_starts_speakers_and_directions_are_not_compared() -> None:
    assert told(total(2000, "2025-04-01"), total(10121, "2025-06-20")) == []
    assert told(total(8000, "2025-04-01", "RU"), total(9000, "2025-06-20", "UA")) == []
    assert told(total(8000, "2025-04-01", what="prisoners"), total(9000, "2025-06-20")) == []


def test_bounds_are_minded() -> None:
    vague = make_member(4, make_transfer(count=None), date="2025-06-20")
    assert check([total(8000, "2025-06-15"), total(8100, "2025-06-25")], [make_event(vague)])[0].own == (0, 0, 0)
