"""What the claims of an event come to, and where they disagree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.model import Member, Transfer
from events.copies import sketch
from events.ledger import ledger
from tests.builders import NOON, make_figure, make_member, make_transfer


def claim(number: int, count: int | None, by: str | None = None, **changes: Any) -> Member:
    side = by if by in ("RU", "UA") else None
    return make_member(number, make_transfer(count=count, claimed_by=by, claimed_side=side), **changes)


def bounded(number: int, best: int, low: int | None, high: int | None) -> Member:
    figure = make_figure(best, low=low, high=high)
    transfer = make_transfer()
    return make_member(number, Transfer("RU", "UA", figure, "bodies", None, transfer.evidence))


def figures(*members: Member) -> list[tuple[int | None, int | None, int | None]]:
    lines, _ = ledger(members)
    return [(line.low, line.best, line.high) for line in lines]


def test_every_claim_is_kept_with_its_evidence() -> None:
    lines, discrepancies = ledger([claim(1, 1200, "Moscow"), claim(2, 1200)])
    (line,) = lines
    assert (line.giver, line.receiver, line.what) == ("RU", "UA", "bodies")
    assert [(each.claimed_by, each.outlet, each.best) for each in line.claims] == [
        ("Moscow", "outlet-1.example", 1200),
        (None, "outlet-2.example", 1200),
    ]
    assert line.claims[0].evidence.quote == "The two sides met."
    assert discrepancies == ()


@pytest.mark.parametrize(
    ("members", "best"),
    [
        ([claim(1, 1200), claim(2, 1200), claim(3, 1212)], 1200),
        ([claim(1, 1200), claim(2, 1200), claim(3, 1212, "RU")], 1212),
        ([claim(1, 1200, "RU"), claim(2, 1200, "RU"), claim(3, 1212, "UA")], 1212),
        ([claim(1, 1200), claim(2, 1200), claim(3, 1212, outlet_kind="official")], 1212),
        ([claim(1, 1200), claim(2, 1212, published=NOON + timedelta(hours=1))], 1212),
        ([claim(1, 1200, outlet="a"), claim(2, 1200, outlet="a"), claim(3, 1212), claim(4, 1212)], 1212),
        ([claim(1, 1200, published=NOON + timedelta(hours=1)), bounded(2, 1300, 1300, None)], 1200),
        ([claim(1, 1000, status="planned"), claim(2, 1000, status="planned"), claim(3, 390)], 390),
        ([claim(1, 1000, status="planned")], 1000),
        ([claim(1, None)], None),
    ],
)
def test_the_best_figure(members: list[Member], best: int | None) -> None:
    assert [each[1] for each in figures(*members)] == [best]
    assert [each[1] for each in figures(*reversed(members))] == [best]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([claim(1, 1200), claim(2, 1212)], (1200, 1212, 1212)),
        ([bounded(1, 800, 800, None)], (800, 800, None)),
        ([bounded(1, 800, 800, None), claim(2, 700)], (700, 700, 800)),
        ([bounded(1, 300, None, 300)], (None, 300, 300)),
        ([bounded(1, 300, None, None)], (300, 300, 300)),
    ],
)
def test_low_and_high_are_over_all_claims(members: list[Member], expected: tuple[int | None, ...]) -> None:
    assert figures(*members) == [expected]


def test_the_parts_that_one_article_gives_beside_the_total_do_not_count() -> None:
    ways = [make_transfer(count=count, what="prisoners") for count in (246, 31, 277)]
    lines, discrepancies = ledger([make_member(1, *ways, kind="prisoners")])
    assert [(line.low, line.best, line.high, len(line.claims)) for line in lines] == [(277, 277, 277, 3)]
    assert discrepancies == ()


def test_persons_are_prisoners_unless_civilians_are_spoken_of() -> None:
    persons, prisoners, civilians = (
        make_transfer(count=390, what=what) for what in ("persons", "prisoners", "civilians")
    )
    lines, _ = ledger([make_member(1, persons), make_member(2, prisoners)])
    assert [(line.what, len(line.claims)) for line in lines] == [("prisoners", 2)]
    lines, _ = ledger([make_member(1, persons), make_member(2, prisoners, civilians)])
    assert [line.what for line in lines] == ["civilians", "persons", "prisoners"]


def test_a_discrepancy_names_who_says_what() -> None:
    _, told = ledger([claim(1, 1212, "Kyiv"), claim(2, 1200, "Moscow"), claim(3, 1200, "Moscow"), claim(4, 1200)])
    assert told == ("RU to UA, bodies: Moscow and outlet-4.example 1,200, Kyiv 1,212",)


def test_many_names_are_cut_short() -> None:
    _, told = ledger([claim(9, 10), *(claim(number, 12) for number in range(5))])
    assert told[0].endswith(
        ": outlet-0.example and outlet-1.example and outlet-2.example and 2 more 12, outlet-9.example 10"
    )


def test_bounds_that_overlap_do_not_disagree() -> None:
    assert ledger([bounded(1, 800, 800, None), claim(2, 909)])[1] == ()
    assert ledger([bounded(1, 800, 800, None), claim(2, 700)])[1] == (
        "RU to UA, bodies: outlet-2.example 700, outlet-1.example 800",
    )


def test_an_announced_figure_does_not_dispute_what_happened() -> None:
    assert ledger([claim(1, 1000, status="planned"), claim(2, 390)])[1] == ()


def test_copies_of_one_text_count_once_for_the_best_figure() -> None:
    text = sketch("In the night the lorries crossed the river, and on each of them stood a number in white chalk.")
    copies = [claim(number, 1200, sketch=text) for number in (1, 2, 3)]
    assert figures(*copies, claim(4, 1212), claim(5, 1212)) == [(1200, 1212, 1212)]


def test_a_side_claims_what_its_officials_and_its_own_outlets_say() -> None:
    told = [claim(1, 1200, "UA"), claim(2, 1200, outlet_kind="official", outlet_side="RU"), claim(3, 1200)]
    (line,), _ = ledger(told)
    assert [each.side for each in line.claims] == ["UA", "RU", None]


def test_prisoners_and_civilians_that_do_not_come_to_the_persons_are_told() -> None:
    def parts(prisoners: int) -> tuple[Transfer, ...]:
        told = {"persons": 390, "prisoners": prisoners, "civilians": 120}
        return tuple(make_transfer(count=count, what=what) for what, count in told.items())

    assert ledger([make_member(1, *parts(270))])[1] == ()
    assert ledger([make_member(1, *parts(250))])[1] == (
        "RU to UA, persons: 250 prisoners and 120 civilians are not 390",
    )


def test_the_order_of_members_is_the_same() -> None:
    members = [claim(1, 1212, "Kyiv"), claim(2, 1200, "Moscow"), claim(3, 1200), claim(4, None)]
    assert ledger(members) == ledger(members[::-1])
