"""Given these sentences, these two sides: who of all that are named is at war with whom."""

from __future__ import annotations

from datetime import date

import pytest

from parsers import rules
from parsers.annotate import annotate, readable
from parsers.sides import choose

KNOWN = rules.load()


def sides(text: str, language: str = "en") -> set[str]:
    """The two parties that an article is about; nobody where there are none."""
    annotated = annotate(*readable(None, text), KNOWN.languages[language], date(2025, 6, 15))
    return set(choose(annotated.sentences, KNOWN, language) or ())


def test_one_named_side_implies_its_opponent() -> None:
    assert sides("Kyiv has brought home the bodies of 909 soldiers.") == {"UA", "RU"}


def test_so_does_one_whose_opponents_are_on_one_side() -> None:
    assert sides("Hamas let 24 hostages go on Friday, ten of them Thais.") == {"IL", "HAMAS"}
    assert sides("The Houthis set 113 prisoners free in Sanaa on Sunday.") == {"HOUTHI", "YE"}
    assert sides("Jerusalem let 24 prisoners go on Friday.") == {"IL", "HAMAS"}, "the first of the two that fight it"
    assert sides("Riyadh let 24 prisoners go on Friday.") == set(), "an ally has its own affairs"


def test_a_state_that_is_told_of_a_transfer_comes_before_an_opponent_that_nobody_names() -> None:
    swapped = (
        "Russia released two American prisoners on Thursday, and the United States gave it a smuggler in exchange."
    )
    assert sides(swapped) == {"RU", "US"}
    assert sides(f"{swapped} Ukraine hopes for a swap of prisoners of its own.") == {"RU", "UA"}


def test_a_mediator_named_once_is_no_opponent() -> None:
    assert sides("Russia got back 205 of its captured soldiers. Washington is said to have helped.") == {"RU", "UA"}


def test_an_ally_named_beside_the_government_is_not_taken_for_the_opponent() -> None:
    text = "The Houthis freed 1,200 prisoners of Yemen's government, seven Saudis among them, and got back 1,700."
    assert sides(text) == {"HOUTHI", "YE"}
    assert sides("The Houthis handed a captured Saudi airman over to Riyadh on Friday.") == {"HOUTHI", "SA"}


def test_those_who_fight_on_one_side_exchange_nobody() -> None:
    assert sides("Hamas thanked Hezbollah for the bodies of two fighters that had been returned.") == set()
    assert sides("Hamas and Hezbollah told Israel which prisoners they want returned.") == {"IL", "HAMAS"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("uk", "Сторони домовилися обміняти по 300 військовополонених, дату назвуть згодом."),
        ("ru", "Стороны условились обменять по 300 пленных, день назовут позже."),
    ],
)
def test_where_nobody_is_named_the_language_says_whose_war_it_is(language: str, text: str) -> None:
    assert sides(text, language) == {"UA", "RU"}


def test_in_a_language_of_many_countries_somebody_must_be_named() -> None:
    assert sides("The parties agreed to exchange 300 prisoners of war each, on a day to be named.") == set()


def test_without_an_exchange_no_war_is_understood() -> None:
    assert sides("Пленного привезли домой, его встретила мать.", "ru") == set()
