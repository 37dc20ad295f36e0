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
        ("en", "Friday's exchange", "2025-06-13"),
        ("en", "today's handover", "2025-06-15"),
        ("en", "on the twenty-fourth of May", "2025-05-24"),
        ("uk", "у п'ятничному обміні", "2025-06-13"),
        ("uk", "учорашня передача", "2025-06-14"),
        ("uk", "двадцять восьмого травня", "2025-05-28"),
        ("ru", "пятничный обмен", "2025-06-13"),
        ("ru", "вчерашняя передача", "2025-06-14"),
        ("ru", "второго июня", "2025-06-02"),
        ("de", "am Freitagabend", "2025-06-13"),
        ("de", "am zweiten Juni", "2025-06-02"),
        ("en", "two days ago", "2025-06-13"),
        ("en", "a week ago", "2025-06-08"),
        ("ru", "неделю назад", "2025-06-08"),
        ("uk", "три дні тому", "2025-06-12"),
        ("de", "vor zwei Tagen", "2025-06-13"),
        ("fr", "il y a deux jours", "2025-06-13"),
        ("es", "hace dos días", "2025-06-13"),
        ("pl", "dwa dni temu", "2025-06-13"),
        ("en", "two months ago", "2025-04"),
        ("uk", "три роки тому", "2022"),
        ("en", "last month", "2025-05"),
        ("ru", "в прошлом году", "2024"),
        ("en", "in 2008", "2008"),
        ("uk", "2022 року", "2022"),
        ("en", "in the winter", "2025-01"),
        ("ru", "весной", "2025-04"),
        ("uk", "влітку", "2025-06"),
        ("en", "on the 9th, they", "2025-06-09"),
        ("en", "by the 18th.", "2025-06-18"),
        ("en", "Thu 12", "2025-06-12"),
        ("ru", "девятого числа", "2025-06-09"),
        ("ru", "28-го числа", "2025-05-28"),
        ("uk", "Київ, 14.06, 17:42", "2025-06-14"),
    ],
)
def test_a_phrase_is_the_day_it_means(language: str, text: str, expected: str) -> None:
    assert expected in days(text, language)


def test_the_same_weekday_is_today() -> None:
    assert days("on Sunday", "en") == ["2025-06-15"]


def test_a_feast_is_a_day_only_about_its_time() -> None:
    assert days("On Independence Day", "en", date(2025, 8, 25)) == ["2025-08-24"]
    assert days("On Independence Day", "en", SUNDAY) == []


@pytest.mark.parametrize(
    "text",
    ["of 2008 prisoners", "2008 came home", "in 2025", "in 2031", "300 days ago", "days ago", "on the 3rd Brigade"],
)
def test_what_is_no_earlier_day_is_none(text: str) -> None:
    assert days(text, "en") == []


def test_a_day_before_the_calendar_begins_is_none() -> None:
    assert days("three years ago", "en", date(1, 1, 1)) == []


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
