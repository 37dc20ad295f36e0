"""Tokens -> counts: digits with every separator in use, number words in every case, and the bounds put before them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from parsers.lexicon import spellings

_GROUPED = re.compile(r"\d{1,3}(?:[ ,.']\d{3})+")
_PLAIN = re.compile(r"\d+")
_DECIMAL = re.compile(r"\d+[.,]\d{1,2}")
_LARGEST = 1_000_000
# The higher end of a range is at most so many times the lower ("from 5 to 700" are two numbers).
_WIDEST = 3
# Smaller numbers joined by a dash or a bare "to" are scores and dates.
_RANGED = 20
# So many groups of digits in a row are a telephone number.
_PHONE = 4


class Count(NamedTuple):
    """A number in tokens `first` to `last` (exclusive): best value, bounds as told, and whether it was digits."""

    best: int
    low: int | None
    high: int | None
    first: int
    last: int
    digits: bool


@dataclass(frozen=True, slots=True)
class NumberWords:
    """One language's number words: forms to values, multipliers, and the words put before a number.

    `plurals` are multipliers that count only after a number ("two hundreds", never "hundreds of"); a number before one
    of the `ordinals` is a part of it ("сорок первый"); a number after one of the `labels` is a name ("Article 5").
    `joiners` stand inside a number, after its hundreds, its tens or a half: "two hundred and six" is one number and
    "over seventy and two women" two, "treinta y dos" is one and "cien y dos" two.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    multipliers: Mapping[str, int] = field(default_factory=dict)
    joiners: Mapping[str, str] = field(default_factory=dict)
    ordinal_endings: frozenset[str] = frozenset()
    ranges: frozenset[tuple[str, str]] = frozenset()
    case_endings: frozenset[str] = frozenset()
    halves: tuple[tuple[str, ...], ...] = ()
    plurals: frozenset[str] = frozenset()
    ordinals: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> NumberWords:
        """The `numbers` section of a language file."""
        return cls(
            _forms(data.get("words") or {}),
            {form: int(value) for form, value in _forms(data.get("multipliers") or {}).items()},
            {str(word): str(after) for word, after in (data.get("joiners") or {}).items()},
            frozenset(data.get("ordinal_endings") or ()),
            frozenset((str(lead), str(middle)) for lead, middle in data.get("ranges") or ()),
            frozenset(data.get("case_endings") or ()),
            tuple(tuple(phrase) for phrase in data.get("halves") or ()),
            frozenset(data.get("plurals") or ()),
            frozenset(form for term in data.get("ordinals") or () for form in spellings(term)),
            frozenset(data.get("labels") or ()),
        )


def _forms(table: Mapping[float, list[str]]) -> dict[str, float]:
    return {form: value for value, terms in table.items() for term in terms for form in spellings(term)}


def counts(words: list[str], starts: list[int], ends: list[int], names: NumberWords) -> list[Count]:
    """Every number among the tokens that may count people: no years, times, ordinals, decimals or model numbers."""
    found: list[Count] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word[0].isdigit():
            run = _phone(words, at)
            if run:
                at += run
                continue
            count = _digits(words, starts, ends, at, names)
        else:
            known = word in names.values or word in names.multipliers or "-" in word
            count = _spelled(words, at, names) if known else None
        if count is None:
            at += 1
            continue
        if 0 < count.best <= _LARGEST:
            found.append(count)
        at = count.last
    return found


def joined(found: list[Count], words: list[str], starts: list[int], ends: list[int], names: NumberWords) -> list[Count]:
    """The counts with the two ends of each range as one: "between 700 and 800", "700-800".

    The lower end is the best value: it is what the text vouches for.
    """
    made: list[Count] = []
    for count in found:
        if made and _is_range(made[-1], count, words, starts, ends, names):
            low = made.pop()
            made.append(Count(low.best, low.best, count.best, low.first, count.last, low.digits))
        else:
            made.append(count)
    return made


def _is_range(
    low: Count, high: Count, words: list[str], starts: list[int], ends: list[int], names: NumberWords
) -> bool:
    if high.first != low.last + 1 or not low.best < high.best <= _WIDEST * low.best:
        return False
    middle, lead = words[low.last], words[low.first - 1] if low.first else ""
    if middle in "-–":
        return low.digits and high.digits and ends[low.last - 1] == starts[low.last] and low.best >= _RANGED
    if low.best < _RANGED and lead not in {lead for lead, _ in names.ranges}:
        return False
    return (lead, middle) in names.ranges or ("", middle) in names.ranges


def _digits(words: list[str], starts: list[int], ends: list[int], at: int, names: NumberWords) -> Count | None:
    word = words[at]
    glued_before = (
        at > 0
        and ends[at - 1] == starts[at]
        and (words[at - 1].isalpha() or _hyphen_after_letters(words, starts, ends, at))
    )
    if glued_before or _labelled(words, at, names):
        return None
    after, half = _with_half(words, at + 1, names)
    factor, last = _factor(words, after, names)
    if factor == 1 and half:
        factor, last, half = 1, at + 1, 0.0
    value = _value(word, factor)
    if value is None:
        return None
    if _case_ending(words, starts, ends, last, names):
        return Count(int(value), None, None, at, last + 2, True)
    if _glued_after(words, starts, ends, at, last, names):
        return None
    return Count(int((value + half) * factor), None, None, at, last, True)


def _with_half(words: list[str], at: int, names: NumberWords) -> tuple[int, float]:
    """Where a number ends that may go on with "and a half", and what that adds."""
    for phrase in names.halves:
        if words[at : at + len(phrase)] == list(phrase):
            return at + len(phrase), 0.5
    return at, 0.0


def _case_ending(words: list[str], starts: list[int], ends: list[int], last: int, names: NumberWords) -> bool:
    """Whether the ending of a case is joined to digits by a hyphen: "205-ти"."""
    return (
        last + 1 < len(words)
        and words[last] == "-"
        and words[last + 1] in names.case_endings
        and ends[last - 1] == starts[last]
        and ends[last] == starts[last + 1]
    )


def _phone(words: list[str], at: int) -> int:
    """How many tokens from here are the groups of a telephone number; 0 where there is none."""
    last = at
    while last < len(words) and (words[last][0].isdigit() or (last > at and words[last] == "-")):
        last += 1
    groups = sum(word[0].isdigit() for word in words[at:last])
    return last - at if groups >= _PHONE or (groups > 1 and at > 0 and words[at - 1] == "+") else 0


def _labelled(words: list[str], at: int, names: NumberWords) -> bool:
    """Whether a number is the name of a thing: "№ 5", "Article 5", "No. 17"."""
    before = at - 1 - (at > 1 and words[at - 1] == ".")
    return before >= 0 and (words[before] in {"№", "#"} or words[before] in names.labels)


def _hyphen_after_letters(words: list[str], starts: list[int], ends: list[int], at: int) -> bool:
    """Whether a number is the end of a name such as Il-76 (a pair such as 1000-for-1000 is none)."""
    return (
        words[at - 1] == "-"
        and at > 1
        and ends[at - 2] == starts[at - 1]
        and words[at - 2].isalpha()
        and not (at > 3 and words[at - 3] == "-" and words[at - 4][0].isdigit())
    )


def _value(word: str, factor: int) -> float | None:
    if _PLAIN.fullmatch(word):
        return int(word) if len(word) < 9 else None
    if factor > 1 and _DECIMAL.fullmatch(word):
        return float(word.replace(",", "."))
    if _GROUPED.fullmatch(word):
        return int(re.sub(r"\D", "", word)) if len(word) < 12 else None
    return None


def _factor(words: list[str], at: int, names: NumberWords) -> tuple[int, int]:
    """The multiplier after a number ("thousand", "тис.") and where it ends; a full stop after it belongs to it."""
    factor = names.multipliers.get(words[at], 1) if at < len(words) else 1
    if factor == 1:
        return 1, at
    return factor, at + 1 + (at + 2 < len(words) and words[at + 1] == "." and len(words[at]) <= 4)


def _glued_after(words: list[str], starts: list[int], ends: list[int], at: int, last: int, names: NumberWords) -> bool:
    """Whether what follows makes the digits something else: 68th, 20-year-old, 10:30, 5%, 23.05, $5."""
    if (at > 0 and words[at - 1] in {"$", "€", "£", "₴", "₽"}) or _after_colon(words, starts, ends, at):
        return True
    if last >= len(words):
        return False
    glued = ends[last - 1] == starts[last]
    nxt, after = words[last], words[last + 1] if last + 1 < len(words) else ""
    if nxt in {"%", "$", "€", "£", "₴", "₽", "°"}:
        return True
    if not glued or last > at + 1:
        return False
    if nxt in names.ordinal_endings or nxt.isalpha() or (nxt in ":/" and after[:1].isdigit()):
        return True
    return nxt == "-" and after[:1].isalpha() and starts[last + 1] == ends[last] and not _pairs(words, last)


def _after_colon(words: list[str], starts: list[int], ends: list[int], at: int) -> bool:
    """Whether the digits are the minutes of "10:30" or the second half of "25/26"."""
    return (
        at > 1
        and words[at - 1] in ":/"
        and words[at - 2][0].isdigit()
        and ends[at - 2] == starts[at - 1]
        and ends[at - 1] == starts[at]
    )


def _pairs(words: list[str], hyphen: int) -> bool:
    """Whether a hyphen begins "-for-1000": two numbers with one short word between them."""
    return hyphen + 3 < len(words) and words[hyphen + 2] == "-" and words[hyphen + 3][0].isdigit()


def _spelled(words: list[str], at: int, names: NumberWords) -> Count | None:
    if words[at] in names.plurals:
        return None
    total, current, last, place = 0.0, 0.0, at, float("inf")
    i = at
    while i < len(words):
        if (
            _joins(words[i], place, names)
            and last == i
            and i > at
            and i + 1 < len(words)
            and _is_number(words[i + 1], names)
        ):
            i += 1
            last = i
            continue
        after, half = _with_half(words, i, names)
        if half and i > at and after < len(words) and words[after] in names.multipliers:
            current, i = current + half, after
        parts = _number_parts(words[i], names)
        if parts is None:
            break
        for kind, value in parts:
            if kind == "times":
                base = current or 1
                if value == 100 and base < 10:
                    current = base * value
                else:
                    total, current = total + base * value, 0.0
                place = value
            elif (current and value >= place) or (value >= place and total):
                # A word such as "two-three" ends the number inside itself: the word is used up all the same.
                return _count(total + current, at, max(last, at + 1))
            else:
                current += value
                place = 10 ** (len(str(int(value))) - 1) if value >= 20 or value == 10 else min(value, 1)
        i += 1
        last = i
    if last == at or (last < len(words) and words[last] in names.ordinals):
        return None
    return _count(total + current, at, last)


def _joins(word: str, place: float, names: NumberWords) -> bool:
    """Whether a number whose last word is of this place (0.5, 1, 10, 100) may go on after the word."""
    after = names.joiners.get(word)
    return {"hundreds": place >= 100, "tens": place == 10, "half": place < 1}.get(after or "", False)


def _count(value: float, first: int, last: int) -> Count:
    return Count(int(value), None, None, first, last, False)


def _is_number(word: str, names: NumberWords) -> bool:
    return _number_parts(word, names) is not None


def _number_parts(word: str, names: NumberWords) -> list[tuple[str, float]] | None:
    """A word -> its number parts: "forty-three" has two, "thousand" is a multiplier; None for any other word."""
    if word in names.multipliers:
        return [("times", names.multipliers[word])]
    if word in names.values:
        return [("add", names.values[word])]
    if "-" in word:
        parts = [_number_parts(part, names) for part in word.split("-") if part not in names.joiners]
        if parts and all(parts):
            return [item for part in parts if part for item in part]
    return None
