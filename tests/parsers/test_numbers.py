"""Numbers as they stand in the news: given these words, these counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.annotate import annotate, readable
from parsers.rules import load


def counts(text: str, language: str) -> list[int]:
    """The counts that the rules of a language see in a text."""
    annotated = annotate(*readable(None, text), load().languages[language], None)
    return [count.best for sentence in annotated.sentences for count in sentence.counts]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "1,212 bodies", [1212]),
        ("en", "1 212 bodies", [1212]),
        ("en", "1\u202f212 bodies", [1212]),
        ("en", "1.212 bodies", [1212]),
        ("en", "1'212 bodies", [1212]),
        ("en", "1.2 thousand bodies", [1200]),
        ("en", "one thousand two hundred bodies", [1200]),
        ("en", "six thousand and sixty bodies", [6060]),
        ("en", "forty-three bodies", [43]),
        ("en", "two and a half thousand bodies", [2500]),
        ("en", "eleven people over seventy and two women", [11, 70, 2]),
        ("en", "two hundred and six soldiers", [206]),
        ("es", "treinta y dos cuerpos", [32]),
        ("fr", "vingt et un corps", [21]),
        ("ru", "по тысяче пленных", [1000]),
        ("ru", "полтысячи тел", [500]),
        ("ru", "2 с половиной тысячи тел", [2500]),
        ("ru", "205-ти пленных", [205]),
        ("ru", "68-й обмен", []),
        ("uk", "трьомастами двадцятьма полоненими", [320]),
        ("uk", "909-ма тілами", [909]),
        ("uk", "дві з половиною тисячі тіл", [2500]),
        ("en", "two dozen captives", [24]),
        ("en", "a 1,000-for-1,000 swap", [1000, 1000]),
        ("en", "909 for 34", [909, 34]),
        ("en", "half a hundred bodies", [50]),
        ("en", "half a dozen captives", [6]),
        ("uk", "пів сотні тіл", [50]),
        ("uk", "дві сотні тіл", [200]),
        ("uk", "чотири десятки полонених", [40]),
        ("uk", "двадцятеро полонених", [20]),
        ("ru", "две сотни тел", [200]),
        ("ru", "три десятка пленных", [30]),
        ("uk", "1,2 тис. тіл", [1200]),
        ("uk", "тисяча двісті тіл", [1200]),
        ("uk", "тисячі двохсот дванадцяти тіл", [1212]),
        ("uk", "півтори тисячі тіл", [1500]),
        ("uk", "п'ятеро полонених", [5]),
        ("uk", "п’ятеро полонених", [5]),
        ("uk", "пʼятеро полонених", [5]),
        ("uk", "205 на 205", [205, 205]),
        ("ru", "тысяча двести тел", [1200]),
        ("ru", "двух тысяч пятисот тел", [2500]),
        ("ru", "полторы тысячи тел", [1500]),
        ("ru", "1,2 тыс. тел", [1200]),
        ("ru", "двое пленных", [2]),
    ],
)
def test_a_number_is_read_in_every_spelling(language: str, text: str, expected: list[int]) -> None:
    assert counts(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "the 68th exchange"),
        ("en", "a 23-year-old man"),
        ("en", "at 10:30"),
        ("en", "97%"),
        ("en", "$500"),
        ("en", "an Il-76 aircraft"),
        ("en", "on 23.05.2025"),
        ("en", "on June 13"),
        ("uk", "68-й обмін"),
        ("uk", "67-річний чоловік"),
        ("ru", "36-я бригада"),
        ("en", "hundreds of bodies"),
        ("en", "dozens of captives"),
        ("en", "under Article 5 and Resolution 2601"),
        ("en", "call +380 44 123 45 67"),
        ("en", "call 0 800 300 529"),
        ("uk", "сотні тіл"),
        ("uk", "шістдесят восьмий обмін"),
        ("uk", "за статтею 438"),
        ("ru", "сотни тел"),
        ("ru", "шестьдесят восьмой обмен"),
        ("ru", "десятки пленных"),
        ("ru", "в 10:30"),
    ],
)
def test_what_counts_no_people_is_no_count(language: str, text: str) -> None:
    assert counts(text, language) == []


def test_the_day_of_a_month_is_not_glued_to_the_number_after_it() -> None:
    assert counts("On March 28 909 bodies came", "en") == [909]


def test_a_word_of_two_numbers_is_used_up() -> None:
    assert counts("два-три автобуси, семеро людей", "uk")[-1] == 7


@pytest.mark.parametrize(
    ("text", "low", "high"), [("at least 50", 50, None), ("up to 50", None, 50), ("50", None, None)]
)
def test_bounds_are_kept(text: str, low: int | None, high: int | None) -> None:
    annotated = annotate(*readable(None, f"They returned {text} bodies."), load().languages["en"], None)
    (count,) = annotated.sentences[0].counts
    assert (count.best, count.low, count.high) == (50, low, high)


@given(st.integers(min_value=1, max_value=999_999), st.sampled_from(",. '\u00a0\u2009"))
def test_grouped_digits_are_read_whatever_the_separator(number: int, separator: str) -> None:
    grouped = f"{number:,}".replace(",", separator)
    assert counts(f"They returned {grouped} bodies", "en") == [number]


@pytest.mark.parametrize(
    ("language", "text", "ends"),
    [
        ("en", "between 700 and 800 prisoners", [(700, 800)]),
        ("en", "700-800 prisoners", [(700, 800)]),
        ("en", "from five to seven captives", [(5, 7)]),
        ("en", "300 or 400 bodies", [(300, 400)]),
        ("uk", "від 700 до 800 тіл", [(700, 800)]),
        ("ru", "от семисот до восьмисот тел", [(700, 800)]),
        ("de", "zwischen 700 und 800 Gefangene", [(700, 800)]),
        ("fr", "entre 700 et 800 corps", [(700, 800)]),
        ("es", "entre 700 y 800 cuerpos", [(700, 800)]),
        ("pl", "od 700 do 800 ciał", [(700, 800)]),
        ("en", "909 for 34", [(909, 909), (34, 34)]),
        ("en", "80 soldiers and 120 sailors", [(80, 80), (120, 120)]),
        ("en", "won 2-3 on Friday", [(2, 2), (3, 3)]),
    ],
)
def test_the_two_ends_of_a_range_are_one_number(language: str, text: str, ends: list[tuple[int, int]]) -> None:
    annotated = annotate(*readable(None, text), load().languages[language], None)
    found = [count for sentence in annotated.sentences for count in sentence.counts]
    assert [(count.low or count.best, count.high or count.best) for count in found] == ends
    assert [count.best for count in found] == [low for low, _ in ends]
