"""Date phrases ("on Friday", "13 июня", "yesterday", "in March") -> days, resolved against a publication date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from parsers.lexicon import Mention, spellings

_NUMERIC = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_POINTED = re.compile(r"(\d{2})\.(\d{2})")
# A day without a year is taken in the year that puts it at most this far after the publication.
_AHEAD = timedelta(days=60)
# A feast is that of the year only so long before and after it; at other times it may be another country's.
_CELEBRATED = timedelta(days=7)
# Of more days or weeks than this nobody says how many ago an exchange was.
_MOST_AGO = 31
# An earlier year is told from this one on.
_FIRST_YEAR = 1900
# In days: how long a unit is from which on only a month, or a year, can be told.
_MONTH, _YEAR = 30, 365
# Terms that are days, months or years themselves.
CLASSES = ("month", "weekday", "relative_day", "relative_month", "relative_year", "season", "holiday")
# What a number before it counts.
_COUNTED = ("body", "dead", "prisoner", "civilian", "person", "people", "own", "military", "wounded", "national")


class Day(NamedTuple):
    """A date phrase in tokens `first` to `last`: ISO day, month or year; `weekday` when only a weekday was said."""

    value: str
    first: int
    last: int
    weekday: bool = False
    relative: bool = False


@dataclass(frozen=True, slots=True)
class DateWords:
    """One language's words for days beside the names of months, weekdays and relative days.

    `of_month`: the words for 1 to 31 said with a month ("the twenty-fourth of August"). `units`: the names of day,
    week, month and year, in days, told of the past by a word `after` them ("two days ago") or words `before` ("il y a
    deux jours"); those of one are `single` ("a week ago"). `leads` stand before a year ("in 2008"). A day without its
    month follows one of the phrases in `numbered` and has an ending ("on the 9th"), or stands before a noun
    ("девятого числа"). `pointed`: "14.08" is a day.
    """

    of_month: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    units: Mapping[str, int] = field(default_factory=dict)
    single: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    before: tuple[tuple[str, ...], ...] = ()
    leads: frozenset[str] = frozenset()
    numbered: tuple[tuple[str, ...], ...] = ()
    nouns: frozenset[str] = frozenset()
    pointed: bool = False
    endings: frozenset[str] = frozenset()
    follows: frozenset[str] = frozenset()
    numbers: Mapping[str, float] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()  # without one of these, and a term or figure, a sentence names no day

    @classmethod
    def read(cls, data: Mapping[str, Any], numbers: Mapping[str, float], endings: frozenset[str]) -> DateWords:
        """A language file's `days_of_month`, `ago` and `numbered_days`, its number words and ordinals' endings."""
        ago, numbered = data.get("ago") or {}, data.get("numbered_days") or {}
        units = dict(_forms(ago.get("units") or {}))
        nouns = frozenset(numbered.get("after") or ())
        return cls(
            of_month={tuple(form.split()): value for form, value in _forms(data.get("days_of_month") or {})},
            units=units,
            single=frozenset(ago.get("single") or ()),
            after=frozenset(ago.get("after") or ()),
            before=_phrases(ago.get("before")),
            leads=frozenset(data.get("month_leads") or ()),
            numbered=_phrases(numbered.get("before")),
            nouns=nouns,
            pointed=bool(numbered.get("pointed")),
            endings=endings,
            follows=frozenset(data.get("function_words") or ()),
            numbers=numbers,
            marks=nouns | units.keys(),
        )

    def day_before(self, words: list[str], end: int) -> tuple[int | None, int]:
        """The day of a month that the words before `end` name, and where they begin."""
        for length in (2, 1):
            value = self.of_month.get(tuple(words[end - length : end])) if end >= length else None
            if value is not None:
                return value, end - length
        return None, end


def _forms(table: Mapping[int, list[str]]) -> Iterable[tuple[str, int]]:
    return ((form, int(value)) for value, terms in table.items() for term in terms for form in spellings(term))


def _phrases(terms: Iterable[str] | None) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(term.split()) for term in terms or ())


def days(words: list[str], mentions: Sequence[Mention], published: date | None, names: DateWords) -> list[Day]:
    """Every date phrase among the tokens, in order. Without a publication date only full dates can be told."""
    found: list[Day] = []
    for i, word in enumerate(words):
        if word[0].isdigit():
            day = _numeric(word, i, published, names) or _year(words, i, mentions, published, names)
        elif word in names.units and published is not None:
            day = _ago(words, i, published, names)
        elif word in names.nouns and published is not None:
            day = _before_noun(words, i, published, names)
        else:
            continue
        day = day or (_numbered(words, i, published, names) if published is not None else None)
        if day is not None:
            found.append(day)
    for mention in mentions:
        day = _phrase(words, mention, published, names)
        if day is not None:
            found.append(day)
    return sorted(_without_overlaps(found), key=lambda day: day.first)


def _ago(words: list[str], at: int, published: date, names: DateWords) -> Day | None:
    """ "Two days ago", "неделю назад", "vor zwei Tagen": the unit at `at`, its number before it, the past around."""
    number = _number(words[at - 1], names) if at else None
    first, last = at - (number is not None), at + 1
    if number is None and words[at] not in names.single:
        return None
    if last < len(words) and words[last] in names.after:
        last += 1
    else:
        led = (first - len(lead) for lead in names.before if tuple(words[max(0, first - len(lead)) : first]) == lead)
        begin = next(led, None)
        if number is None or begin is None:
            return None
        first = begin
    unit = names.units[words[at]]
    ordinal = published.toordinal() - (number or 1) * unit
    if ordinal < 1:
        return None
    value = date.fromordinal(ordinal).isoformat()
    exact = len("2008") if unit >= _YEAR else len("2008-07") if unit >= _MONTH else len(value)
    return Day(value[:exact], first, last, relative=True)


def _year(
    words: list[str], at: int, mentions: Sequence[Mention], published: date | None, names: DateWords
) -> Day | None:
    """An earlier year: "in 2008", "2008 року"; of people it would be a number."""
    word, before = words[at], words[at - 1] if at else ""
    if published is None or len(word) != len("2008") or not (word.isascii() and word.isdecimal()):
        return None
    if not _FIRST_YEAR <= int(word) < published.year:
        return None
    after = words[at + 1] if at + 1 < len(words) else ""
    led = before in names.leads or _YEAR in (names.units.get(before), names.units.get(after))
    if not led or any(m.first == at + 1 and m.cls in _COUNTED for m in mentions):
        return None
    return Day(word, at, at + 1)


def _number(word: str, names: DateWords) -> int | None:
    digits = word.isascii() and word.isdecimal() and len(word) <= len(str(_MOST_AGO))
    value = int(word) if digits else names.numbers.get(word, 0)
    return int(value) if 1 <= value <= _MOST_AGO else None


def _without_overlaps(found: list[Day]) -> list[Day]:
    kept: list[Day] = []
    for day in sorted(found, key=lambda day: (day.weekday, -(day.last - day.first))):
        if all(day.last <= other.first or other.last <= day.first for other in kept):
            kept.append(day)
    return kept


def _numbered(words: list[str], at: int, published: date, names: DateWords) -> Day | None:
    """ "On the 9th": the number at `at`, with its ending, that counts nothing."""
    ending, after = (*words[at + 1 : at + 3], "", "")[:2]
    if ending not in names.endings or (after.isalpha() and after not in names.follows):
        return None
    if not any(tuple(words[max(0, at - len(lead)) : at]) == lead for lead in names.numbered):
        return None
    return _nearest_of(words[at], published, at, at + 2)


def _before_noun(words: list[str], at: int, published: date, names: DateWords) -> Day | None:
    """ "Девятого числа", "9-го числа": the day before the noun at `at`."""
    spelled, begin = names.day_before(words, at)
    if spelled is not None:
        return _nearest_of(str(spelled), published, begin, at + 1)
    begin = at - 1
    while begin > 0 and (words[begin] in names.endings or words[begin] == "-"):
        begin -= 1
    return _nearest_of(words[begin], published, begin, at + 1) if begin >= 0 else None


def _nearest_of(number: str, published: date, first: int, last: int) -> Day | None:
    """The day of that number that lies nearest to the publication, where days to come are twice as far."""
    if not (number.isascii() and number.isdecimal() and len(number) <= len("31")):
        return None
    month = published.year * 12 + published.month - 1
    told = (_iso(at // 12, at % 12 + 1, int(number)) for at in (month - 1, month, month + 1))
    value = min(filter(None, told), key=lambda day: _apart(date.fromisoformat(day) - published), default=None)
    return Day(value, first, last) if value else None


def _apart(ahead: timedelta) -> timedelta:
    return 2 * ahead if ahead > timedelta(0) else -ahead


def _numeric(word: str, at: int, published: date | None, names: DateWords) -> Day | None:
    if match := _NUMERIC.fullmatch(word):
        d, m, y = (int(part) for part in match.groups())
        value = _iso(y + 2000 if y < 100 else y, m, d)
        return Day(value, at, at + 1) if value else None
    if match := _ISO.fullmatch(word):
        value = _iso(*(int(part) for part in match.groups()))
        return Day(value, at, at + 1) if value else None
    if names.pointed and published is not None and (match := _POINTED.fullmatch(word)):
        value = _nearest(int(match.group(2)), int(match.group(1)), published)
        # Farther off, it is rather a sum of money or a share.
        near = value is not None and abs(date.fromisoformat(value) - published) <= _CELEBRATED
        return Day(value, at, at + 1) if value and near else None
    return None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _phrase(words: list[str], mention: Mention, published: date | None, names: DateWords) -> Day | None:
    if mention.cls == "month":
        return _month(words, mention, published, names)
    value = _reckoned(mention, published) if published is not None and mention.cls in CLASSES else None
    if value is None:
        return None
    weekday, relative = mention.cls == "weekday", mention.cls.startswith("relative")
    return Day(value, mention.first, mention.last, weekday, relative)


def _reckoned(mention: Mention, published: date) -> str | None:
    """The day, month or year that a term stands for on the day of publication."""
    month = published.year * 12 + published.month - 1
    match mention.cls:
        case "weekday":
            return (published - timedelta(days=(published.weekday() - int(mention.value)) % 7)).isoformat()
        case "relative_day":
            return (published + timedelta(days=int(mention.value))).isoformat()
        case "relative_month":
            return _written(month + int(mention.value))
        case "relative_year":
            return f"{published.year + int(mention.value):04d}"
        case "season":
            since = (published.month - int(mention.value)) % 12
            # Its first and last months are the season too.
            return _written(month - (0 if since in (0, 1, 11) else since))
        case _:
            feast_month, feast_day = map(int, mention.value.split("-"))
            feast = _nearest(feast_month, feast_day, published)
            near = feast is not None and abs(date.fromisoformat(feast) - published) <= _CELEBRATED
            return feast if near else None


def _written(month: int) -> str:
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def _month(words: list[str], mention: Mention, published: date | None, names: DateWords) -> Day | None:
    month, first, last = int(mention.value), mention.first, mention.last
    if last < len(words) and words[last] == "." and last + 1 < len(words) and words[last + 1][0].isdigit():
        last += 1
    day, first, last = _day_beside(words, first, last, names)
    year, last = _year_after(words, last)
    if day is None:
        return _month_alone(words, month, year, first, last, published)
    value = (_nearest(month, day, published) if published else None) if year is None else _iso(year, month, day)
    return Day(value, first, last) if value else None


def _day_beside(words: list[str], first: int, last: int, names: DateWords) -> tuple[int | None, int, int]:
    """The day number before or after a month name, and the widened span."""
    before = first - 1
    while before >= 0 and words[before] in {"of", "-", "го", "th", "st", "nd", "rd", "de", "."}:
        before -= 1
    if before >= 0 and words[before].isdecimal() and 1 <= int(words[before][:3]) <= 31:
        return int(words[before]), before, last
    spelled, begin = names.day_before(words, before + 1)
    if spelled is not None:
        return spelled, begin, last
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
