"""Date phrases ("on Friday", "13 июня", "yesterday", "in March") -> days, resolved against a publication date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from parsers.lexicon import Mention

_NUMERIC = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
# A day without a year is taken in the year that puts it at most this far after the publication.
_AHEAD = timedelta(days=60)


class Day(NamedTuple):
    """A date phrase in tokens `first` to `last`: ISO day or month; `weekday` when only a weekday was said."""

    value: str
    first: int
    last: int
    weekday: bool = False
    relative: bool = False


def days(words: list[str], mentions: Sequence[Mention], published: date | None) -> list[Day]:
    """Every date phrase among the tokens, in order. Without a publication date only full dates can be told."""
    found: list[Day] = []
    for i, word in enumerate(words):
        if word[0].isdigit() and (day := _numeric(word, i, published)):
            found.append(day)
    for mention in mentions:
        day = _phrase(words, mention, published)
        if day is not None:
            found.append(day)
    return sorted(_without_overlaps(found), key=lambda day: day.first)


def _without_overlaps(found: list[Day]) -> list[Day]:
    kept: list[Day] = []
    for day in sorted(found, key=lambda day: (day.weekday, -(day.last - day.first))):
        if all(day.last <= other.first or other.last <= day.first for other in kept):
            kept.append(day)
    return kept


def _numeric(word: str, at: int, published: date | None) -> Day | None:
    if match := _NUMERIC.fullmatch(word):
        d, m, y = (int(part) for part in match.groups())
        value = _iso(y + 2000 if y < 100 else y, m, d)
        return Day(value, at, at + 1) if value else None
    if match := _ISO.fullmatch(word):
        value = _iso(*(int(part) for part in match.groups()))
        return Day(value, at, at + 1) if value else None
    return None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _phrase(words: list[str], mention: Mention, published: date | None) -> Day | None:
    if mention.cls == "month":
        return _month(words, mention, published)
    if published is None:
        return None
    if mention.cls == "weekday":
        back = (published.weekday() - int(mention.value)) % 7
        return Day((published - timedelta(days=back)).isoformat(), mention.first, mention.last, weekday=True)
    if mention.cls == "relative_day":
        value = (published + timedelta(days=int(mention.value))).isoformat()
        return Day(value, mention.first, mention.last, relative=True)
    return None


def _month(words: list[str], mention: Mention, published: date | None) -> Day | None:
    month, first, last = int(mention.value), mention.first, mention.last
    if last < len(words) and words[last] == "." and last + 1 < len(words) and words[last + 1][0].isdigit():
        last += 1
    day, first, last = _day_beside(words, first, last)
    year, last = _year_after(words, last)
    if day is None:
        return _month_alone(words, month, year, first, last, published)
    value = (_nearest(month, day, published) if published else None) if year is None else _iso(year, month, day)
    return Day(value, first, last) if value else None


def _day_beside(words: list[str], first: int, last: int) -> tuple[int | None, int, int]:
    """The day number before or after a month name, and the widened span."""
    before = first - 1
    while before >= 0 and words[before] in {"of", "-", "го", "th", "st", "nd", "rd", "de", "."}:
        before -= 1
    if before >= 0 and words[before].isdecimal() and 1 <= int(words[before][:3]) <= 31:
        return int(words[before]), before, last
    if last < len(words) and words[last][:2].isdecimal() | words[last].isdecimal():
        head = re.match(r"\d{1,2}(?=$| )", words[last])
        if head and 1 <= int(head.group()) <= 31:
            return int(head.group()), first, last + 1
    return None, first, last


def _year_after(words: list[str], last: int) -> tuple[int | None, int]:
    at = last + (last < len(words) and words[last] in {",", "de", "th", "st", "nd", "rd"})
    at += at + 1 < len(words) and words[at] == ","
    if at < len(words) and re.fullmatch(r"(19|20)\d\d", words[at]):
        return int(words[at]), at + 1
    return None, last


def _month_alone(
    words: list[str], month: int, year: int | None, first: int, last: int, published: date | None
) -> Day | None:
    if year is None:
        if published is None:
            return None
        year = published.year if month <= published.month else published.year - 1
    return Day(f"{year:04d}-{month:02d}", first, last)


def _nearest(month: int, day: int, published: date) -> str | None:
    for year in (published.year + 1, published.year, published.year - 1):
        value = _iso(year, month, day)
        if value and date.fromisoformat(value) <= published + _AHEAD:
            return value
    return None


def forward(day: Day, published: date) -> Day:
    """A weekday said of the future -> the next such day from the publication on ("on Saturday they will")."""
    if not day.weekday:
        return day
    past = date.fromisoformat(day.value)
    return day if past >= published else day._replace(value=(past + timedelta(days=7)).isoformat())
