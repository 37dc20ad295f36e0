"""What each side says of a figure."""

from __future__ import annotations

from events.voices import in_words
from tests.builders import make_event, make_member, make_transfer


def words(*claims: tuple[int, str | None]) -> tuple[str, ...]:
    return in_words(
        make_event(
            *(
                make_member(number, make_transfer(count=count, claimed_side=side))
                for number, (count, side) in enumerate(claims, start=1)
            )
        )
    )


def test_one_side_confirms_and_the_other_is_silent() -> None:
    assert words((1212, "UA"), (1212, None)) == ("RU to UA, bodies: RU is silent, UA confirms 1,212",)


def test_both_confirm() -> None:
    assert words((1212, "UA"), (1212, "RU")) == ("RU to UA, bodies: RU confirms 1,212, UA confirms 1,212",)


def test_a_side_gives_another_number_than_the_best() -> None:
    assert words((1212, "UA"), (1200, "RU")) == ("RU to UA, bodies: RU gives another number, 1,200, UA confirms 1,212",)


def test_the_latest_word_of_a_side_counts() -> None:
    assert words((1200, "UA"), (1212, "RU"), (1212, "UA"), (1212, None)) == (
        "RU to UA, bodies: RU confirms 1,212, UA confirms 1,212",
    )


def test_where_neither_side_speaks_nothing_is_said() -> None:
    assert words((1212, None)) == ()
