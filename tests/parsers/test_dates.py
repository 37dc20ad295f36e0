"""Date phrases: given a publication date, this day."""

from __future__ import annotations

from datetime import date

import pytest

from parsers.annotate import annotate, readable
from parsers.dates import Day, forward
from parsers.rules import load

SUNDAY = date(2025, 6, 15)


def days(text: str, language: str, published: date | None = SUNDAY) -> list[str]:
    """The days that a text names."""
    annotated = annotate(*readable(None, text), load().languages[language], published)
    return [day.value for sentence in annotated.sentences for day in sentence.days]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "on Friday", "2025-06-13"),
        ("en", "on Friday, June 13,", "2025-06-13"),
        ("en", "on May 16", "2025-05-16"),
        ("en", "on 16 May 2024", "2024-05-16"),
        ("en", "yesterday", "2025-06-14"),
        ("en", "earlier today", "2025-06-15"),
        ("en", "in March", "2025-03"),
        ("en", "in December", "2024-12"),
        ("uk", "у п'ятницю", "2025-06-13"),
        ("uk", "у п’ятницю, 13 червня,", "2025-06-13"),
        ("uk", "16 травня", "2025-05-16"),
        ("uk", "учора", "2025-06-14"),
        ("ru", "в пятницу, 13 июня,", "2025-06-13"),
        ("ru", "накануне", "2025-06-14"),
        ("ru", "23.05.2025", "2025-05-23"),
    ],
)
def test_a_phrase_is_the_day_it_means(language: str, text: str, expected: str) -> None:
    assert expected in days(text, language)


def test_the_same_weekday_is_today() -> None:
    assert days("on Sunday", "en") == ["2025-06-15"]


def test_may_is_a_verb_without_a_number_beside_it() -> None:
    assert days("They may return the bodies.", "en") == []


def test_a_raised_digit_is_no_day() -> None:
    assert days("In May ² they returned.", "en") == ["2025-05"]


def test_without_a_publication_date_only_full_dates_are_told() -> None:
    assert days("on Friday, and on 23.05.2025", "en", None) == ["2025-05-23"]


def test_a_number_of_bodies_is_no_year() -> None:
    assert days("1212 bodies", "en") == []


def test_a_weekday_of_a_plan_lies_ahead() -> None:
    assert forward(Day("2025-06-13", 0, 1, weekday=True), SUNDAY).value == "2025-06-20"
