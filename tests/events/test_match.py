"""Which reports are about one exchange: the rules one by one, and the same groups in any order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import Member
from events.match import group
from tests.builders import NOON, make_member, make_transfer

DAY = timedelta(days=1)
WAYS = make_transfer


def told(number: int, after: float, *figures: int | None, **changes: Any) -> Member:
    """Article `number`, so many days after noon of 13 June: bodies RU to UA, UA to RU; without a day."""
    ends = (("RU", "UA"), ("UA", "RU"))
    ways = [WAYS(*ends[place], figure) for place, figure in enumerate(figures)] or [WAYS(count=None)]
    return make_member(number, *ways, **{"published": NOON + after * DAY, "date": None, **changes})


def parts(members: Sequence[Member]) -> list[list[int]]:
    """The numbers of the articles, group by group."""
    return [[int(member.article_id.removeprefix("article-")) for member in made.members] for made in group(members)]


ONE_EVENT = {
    "the same day, whatever the figures": [told(1, 0, 563, date="2025-06-13"), told(2, 1, 90, date="2025-06-13")],
    "no day, the same figure within three days": [told(1, 0, 1200, date="2025-06-13"), told(2, 3, 1200)],
    "no day and no figure within three days": [told(1, 0, 1200, date="2025-06-13"), told(2, 3)],
    "no day, the same figures both ways for two weeks": [
        told(1, 0, 160, 160, date="2025-06-13"),
        told(2, 12, 160, 160),
    ],
    "no day and nearly the same figure": [told(1, 0, 1200, date="2025-06-13"), told(2, 0.5, 1212)],
    "no day, one figure the same and one not": [told(1, 0, 1200, 27, date="2025-06-13"), told(2, 1, 1200, 50)],
    "the same number in the series": [told(1, 0, 1200, date="2025-06-13", ordinal=66), told(2, 5, 300, ordinal=66)],
    "the month and the figure": [told(1, 0, 1200, date="2025-06-13"), told(2, 1, 1200, date="2025-06")],
    "nobody names a day": [told(1, 0, 1200), told(2, 1, 1200), told(3, 2)],
    "planned, then completed that day": [
        told(1, -1, 1000, status="planned", date="2025-06-13"),
        told(2, 0, 1212, date="2025-06-13"),
    ],
    "planned without a day, completed ten days later": [told(1, 0, status="planned"), told(2, 9, 44)],
    "planned with the figure, completed weeks later": [
        told(1, -16, 2, status="planned"),
        told(2, 0, 2, date="2025-06-13"),
    ],
    "planned for a day, completed a day late": [
        told(1, 0, status="planned", date="2025-06-14"),
        told(2, 2, 300, date="2025-06-15"),
    ],
    "planned for a day, the same figures two days late": [
        told(1, 0, 300, status="planned", date="2025-06-14"),
        told(2, 3, 300, date="2025-06-16"),
    ],
    "planned, then postponed": [told(1, 0, 1000, status="planned"), told(2, 2, 1000, status="postponed")],
    "two days beside each other with the same unlike figures": [
        told(1, 0, 909, 41, date="2025-06-13"),
        told(2, 1, 909, 41, date="2025-06-14"),
    ],
    "two days beside each other with the same figure that is not round": [
        told(1, 0, 277, date="2025-06-13"),
        told(2, 1, 277, date="2025-06-14"),
    ],
    "one outlet of four names the day beside it, with the figure that is not round": [
        *(told(number, 1, 277, 246, date="2025-06-14") for number in (1, 2, 3)),
        told(4, 1, 277, 240, date="2025-06-13"),
    ],
    "prisoners alone and together with civilians": [
        told(1, 0, 390, kind="prisoners"),
        make_member(2, WAYS(count=270, what="prisoners"), WAYS(count=120, what="civilians"), kind="mixed", date=None),
    ],
    "the other side is implied": [
        told(1, 0, 44),
        make_member(2, WAYS(giver=None, count=44), parties=("RU", "UA"), date=None),
    ],
    "a figure without a direction": [
        told(1, 0, 44, date="2025-06-13"),
        make_member(2, WAYS(None, None, 44), date=None),
    ],
}

TWO_EVENTS = {
    "weekly look-alikes with days": [told(1, 0, 1000, 19, date="2025-06-13"), told(2, 7, 1000, 19, date="2025-06-20")],
    "monthly look-alikes without days": [told(1, 0, 1000, 19), told(2, 33, 1000, 19)],
    "two days beside each other with one and the same figure": [
        told(1, 0, 1200, date="2025-06-13"),
        told(2, 1, 1200, date="2025-06-14"),
    ],
    "two days beside each other with the same small figure": [
        told(1, 0, 15, date="2025-06-13"),
        told(2, 1, 15, date="2025-06-14"),
    ],
    "two days beside each other, man for man": [
        told(1, 0, 100, 100, date="2025-06-13"),
        told(2, 1, 100, 100, date="2025-06-14"),
    ],
    "one outlet of four names the day beside it, with a round figure": [
        *(told(number, 1, 270, 240, date="2025-06-14") for number in (1, 2, 3)),
        told(4, 1, 270, 250, date="2025-06-13"),
    ],
    "as many outlets name the day beside it, where the figures are not all the same": [
        told(1, 1, 277, 246, date="2025-06-14"),
        told(2, 1, 277, 240, date="2025-06-13"),
    ],
    "two days with other figures": [told(1, 0, 390, date="2025-06-13"), told(2, 1, 307, date="2025-06-14")],
    "no day, another figure the next day": [told(1, 0, 390, date="2025-06-13"), told(2, 1, 1000)],
    "no day, no figure, four days later": [told(1, 0, 1200, date="2025-06-13"), told(2, 4)],
    "no day, and published before it": [told(1, 0, 1200, date="2025-06-13"), told(2, -1, 1200)],
    "another number in the series": [told(1, 0, 1200, date="2025-06-13", ordinal=66), told(2, 1, 1200, ordinal=67)],
    "another month": [told(1, 0, 1200, date="2025-06-13"), told(2, 1, 1200, date="2025-05")],
    "nobody names a day, other figures": [told(1, 0, 1200), told(2, 0, 100)],
    "the dead and the living": [told(1, 0, 100), told(2, 0, 100, kind="prisoners")],
    "other sides": [told(1, 0, 15), make_member(2, WAYS("IL", "HAMAS", 15), parties=(), date=None)],
    "completed, then planned anew": [told(1, 0, 1200, date="2025-06-13"), told(2, 1, 1200, status="planned")],
    "planned for a day, completed before it was planned": [
        told(1, 9, status="planned", date="2025-06-24"),
        told(2, 0, 300, date="2025-06-13"),
    ],
    "one article tells what happened and what is planned": [
        told(1, 0, 390, date="2025-06-13"),
        told(1, 0, key="article-1#1", status="planned", date="2025-06-14"),
        told(1, 0, key="article-1#2", status="planned"),
    ][:2],
}


@pytest.mark.parametrize("name", ONE_EVENT)
def test_one_event(name: str) -> None:
    assert len(group(ONE_EVENT[name])) == 1


@pytest.mark.parametrize("name", TWO_EVENTS)
def test_two_events(name: str) -> None:
    assert len(group(TWO_EVENTS[name])) == 2


def test_an_account_without_a_day_joins_the_day_with_its_figure_and_not_the_nearest() -> None:
    days = [told(1, 0, 390, date="2025-06-13"), told(2, 1, 307, date="2025-06-14")]
    assert parts([*days, told(3, 1.2, 390), told(4, 1.2)]) == [[1, 3], [2, 4]]


def test_a_chain_of_vague_accounts_does_not_swallow_the_month() -> None:
    assert parts([told(number, number * 2) for number in range(1, 7)]) == [[1, 2, 3], [4, 5, 6]]


def test_accounts_that_contradict_each_other_are_not_joined_through_a_third() -> None:
    found = parts([told(1, 0, 1200), told(2, 0.1), told(3, 0.2, 100)])
    assert sorted(map(sorted, found)) in ([[1, 2], [3]], [[1], [2, 3]])


def test_every_member_has_a_reason_to_be_there() -> None:
    (made,) = group([told(1, 0, 1200, date="2025-06-13"), told(2, 1, 1200)])
    assert [(join.key, join.reason) for join in made.joins] == [
        ("article-1#0", "it names the day 2025-06-13"),
        ("article-2#0", "the same figures (1,200)"),
    ]


@st.composite
def stories(draw: st.DrawFn) -> list[Member]:
    """Up to a dozen accounts of a fortnight, few enough in kind to collide."""
    members = []
    for number in range(draw(st.integers(2, 12))):
        after = draw(st.integers(0, 14))
        figures = draw(st.lists(st.sampled_from([None, 19, 41, 1000, 1200, 1212]), max_size=2))
        day = draw(st.sampled_from([None, None, "2025-06", *(f"2025-06-{13 + each}" for each in range(0, 14, 2))]))
        status = draw(st.sampled_from(["completed", "completed", "planned", "postponed"]))
        ordinal = draw(st.sampled_from([None, None, None, 66, 67]))
        article = draw(st.sampled_from([number, number, max(0, number - 1)]))
        member = told(
            number, after, *figures, date=day, status=status, ordinal=ordinal, article_id=f"article-{article}"
        )
        members.append(member)
    return members


@settings(max_examples=150, derandomize=True)
@given(stories(), st.randoms(use_true_random=False))
def test_any_order_gives_the_same_groups(members: list[Member], chance: Any) -> None:
    shuffled = list(members)
    chance.shuffle(shuffled)
    assert group(shuffled) == group(members)


@settings(max_examples=150, derandomize=True)
@given(stories())
def test_every_member_is_in_one_group_and_no_group_has_two_completed_days(members: list[Member]) -> None:
    groups = group(members)
    assert sorted(each.key for made in groups for each in made.members) == sorted(each.key for each in members)
    for made in groups:
        completed = [each.exchange for each in made.members if each.exchange.status == "completed"]
        days = {each.date for each in completed if each.date and len(each.date) == len("2025-06-13")}
        assert len(days) <= 1  # the days drawn are never beside each other
