"""Between whom, when and how many, as exchanges are compared."""

from __future__ import annotations

from datetime import date

import pytest

from events.sides import bucket, figures, home, sides
from tests.builders import make_exchange, make_member, make_transfer


@pytest.mark.parametrize(
    ("parties", "ways", "between"),
    [
        ((), [("RU", "UA"), ("UA", "RU"), ("RU", "SA")], ("RU", "UA")),
        ((), [("HAMAS", "IL")], ("IL", "HAMAS")),
        (("UA", "RU"), [(None, "UA")], ("RU", "UA")),
        ((), [(None, "UA")], ("UA",)),
        ((), [(None, None)], ()),
        (("IL", "HAMAS", "RU"), [("HAMAS", "IL"), ("HAMAS", "RU"), ("IL", "HAMAS")], ("IL", "HAMAS")),
    ],
)
def test_the_two_sides(
    parties: tuple[str, ...], ways: list[tuple[str | None, str | None]], between: tuple[str, ...]
) -> None:
    exchange = make_exchange(*(make_transfer(*ends) for ends in ways), parties=parties)
    assert sides(exchange) == between


def test_the_bucket_names_the_sides_and_whether_the_dead_are_exchanged() -> None:
    assert bucket(make_exchange()) == "RU-UA-dead"
    assert bucket(make_exchange(make_transfer(what="persons"), kind="mixed")) == "RU-UA-living"


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("2025-06-02", date(2025, 6, 2)),
        (None, date(2025, 6, 13)),
        ("2025-05", date(2025, 5, 31)),
        ("2025-06", date(2025, 6, 13)),
        ("2025-06-31", date(2025, 6, 13)),
        ("in the summer", date(2025, 6, 13)),
    ],
)
def test_the_day_under_which_a_member_is_looked_for(told: str | None, day: date) -> None:
    assert home(make_member(date=told)) == day


def test_figures_by_direction_with_what_prisoners_and_civilians_come_to() -> None:
    ways = (
        make_transfer(count=270, what="prisoners"),
        make_transfer(giver=None, count=120, what="civilians"),
        make_transfer("UA", "RU", None),
    )
    assert figures(make_exchange(*ways, kind="mixed")) == {("RU", "UA"): frozenset({270, 120, 390})}
