"""An article -> its pieces as an encoder takes them, with what was found there; of a long one those that tell most."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parsers import gloss
from parsers.annotate import Sentence
from parsers.candidates import Candidate
from parsers.dates import Day, forward
from parsers.features.scene import party

# How far a day is away, as a number: none is 0; of a month or year, an earlier one is 1, the publication's 2, a later
# one 3; a weekday, which may be the last or the next, is 4; then come days, by the steps up to which they lie after the
# publication.
STEPS = (-13, -8, -4, -3, -2, -1, 0, 1, 3, 7)
_WEEKDAY = 4
_FIRST_DAY = 5
AGES = _FIRST_DAY + len(STEPS) + 1
# The length of an ISO day; months and years are shorter.
_WHOLE = 10
# So many pieces are read of an article, of a hundred words some hundred and thirty. Of a longer one these are, in this
# order, of the headline and the first sentences, of those that tell numbers, and of the others, as they come.
MOST = 320
_FIRST_SENTENCES = 2
BEGINS, ENDS, UNKNOWN = "<s>", "</s>", "[UNK]"
_PART = re.compile(r"[^\W_]+|[^\w\s]|_")
_GOES_ON = "##"
# What a word is to the two sides: neither, the first, the second, a third party.
NEITHER, FIRST, SECOND, THIRD = range(4)
# Mentions of these classes stand for a party.
_PARTIES = ("side", "people", "own", "to", "from", "official", "state", "national")

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.intp]


class Named(NamedTuple):
    """A day that an article names: its ISO day, the piece where it begins, how far it is away."""

    value: str
    place: int
    age: int


class Counted(NamedTuple):
    """A number that an article tells: where each of its places begins and ends, in pieces."""

    value: int
    places: Sequence[tuple[int, int]]


class Read(NamedTuple):
    """The pieces of an article that are read: of each its row, role and part, how far its day is away, its classes.

    And the days and numbers told in them.
    """

    pieces: Numbers
    roles: Numbers
    parts: Numbers
    ages: Numbers
    classes: Floats
    days: Sequence[Named]
    numbers: Sequence[Counted]


def read(
    sentences: Sequence[Sentence],
    sides: tuple[str, str],
    published: date | None,
    known: Mapping[str, int],
    classes: Mapping[str, int],
    candidates: Sequence[Candidate] = (),
    language: str = gloss.ENGLISH,
) -> Read:
    """The pieces of an article that are read, and what was found there. Its sentences begin with the headline.

    `known` numbers the pieces of which a word, or the English that stands for it, is spelled, `classes` the classes.
    Without a day of publication no days are told.
    """
    pieces, roles, parts = [known[BEGINS]], [NEITHER], [0]
    values: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        values[id(candidate.sentence)].append(candidate)
    spelled = _spelled_sentences(sentences, values, known, gloss.load(language))
    counted: dict[int, list[tuple[int, int]]] = defaultdict(list)
    named: list[tuple[int, int]] = []
    days: list[Named] = []
    ages: dict[int, int] = {}
    part = "title"
    for sentence in sentences:
        if id(sentence) not in spelled:
            continue
        if sentence.part != part and len(pieces) > 1:
            pieces, roles, parts = [*pieces, known[ENDS]], [*roles, NEITHER], [*parts, 0]
        part = sentence.part
        firsts: list[int] = []
        for word in spelled[id(sentence)]:
            firsts.append(len(pieces))
            pieces += word
        firsts.append(len(pieces))
        roles += [NEITHER] * (len(pieces) - len(roles))
        parts += [1 if part == "title" else 2] * (len(pieces) - len(parts))
        for m in sentence.mentions:
            places = range(firsts[m.first], firsts[m.last])
            if m.cls in classes:
                named += [(place, classes[m.cls]) for place in places]
            role = _role(party(m), sides) if m.cls in _PARTIES else NEITHER
            if role != NEITHER:
                roles[firsts[m.first] : firsts[m.last]] = [role] * len(places)
        for day in sentence.days:
            if published is None:
                break
            meant = list(dict.fromkeys((day, forward(day, published)))) if len(day.value) == _WHOLE else []
            days += [Named(each.value, firsts[day.first], _age(each, published)) for each in meant]
            age = _WEEKDAY if len(meant) > 1 else _age(day, published)
            ages |= dict.fromkeys(range(firsts[day.first], firsts[day.last]), age)
        for c in values[id(sentence)]:
            counted[c.value].append((firsts[c.count.first], firsts[c.count.last]))
        if len(pieces) >= MOST:
            break
    length = min(len(pieces), MOST)
    table = np.zeros((length, len(classes)), np.float32)
    table[tuple(np.array([(place, cls) for place, cls in named if place < length], np.intp).reshape(-1, 2).T)] = 1
    away = np.array([ages.get(place, 0) for place in range(length)])
    within = [day for day in days if day.place < length]
    early = {value: [place for place in places if place[0] < length] for value, places in counted.items()}
    numbers = [Counted(value, places) for value, places in early.items() if places]
    first, second, third = (np.array(each[:length]) for each in (pieces, roles, parts))
    return Read(first, second, third, away, table, within, numbers)


def _spelled_sentences(
    sentences: Sequence[Sentence],
    values: Mapping[int, Sequence[Candidate]],
    known: Mapping[str, int],
    glosses: gloss.Glosses | None,
) -> dict[int, list[list[int]]]:
    """The sentences that are read, each with the pieces of its words."""
    spelled: dict[int, list[list[int]]] = {}
    left = MOST - 2  # beside where it begins, and where its headline ends
    for sentence in sorted(sentences, key=lambda s: _turn(s, values)):
        english = (glosses.of(word) if glosses else word for word in sentence.words)
        words = [[known[piece] for piece in pieces_of(word, known)] for word in english]
        size = sum(map(len, words))
        if spelled and size > left:
            break
        spelled[id(sentence)] = words
        left -= size
    return spelled


def _turn(sentence: Sentence, values: Mapping[int, Sequence[Candidate]]) -> int:
    """When a sentence's turn comes, of those that may be read."""
    if sentence.part == "title" or sentence.number < _FIRST_SENTENCES:
        return 0
    return 1 if id(sentence) in values else 2


def pieces_of(word: str, known: Mapping[str, int]) -> Iterable[str]:
    """A word in small letters -> the longest known pieces of it, as WordPiece has them (Devlin et al., 2019).

    Accents are dropped; a part of letters and figures that is not spelled by known pieces gives UNKNOWN.
    """
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
    for part in _PART.findall(bare):
        yield from _spelled(part, known)


def _spelled(part: str, known: Mapping[str, int]) -> Sequence[str]:
    found: list[str] = []
    first = 0
    while first < len(part):
        lead = _GOES_ON if first else ""
        ends = range(len(part), first, -1)
        last = next((end for end in ends if lead + part[first:end] in known), None)
        if last is None:
            return [UNKNOWN]
        found.append(lead + part[first:last])
        first = last
    return found


def _age(day: Day, published: date) -> int:
    """How far a day is away from the publication, as a number."""
    now = published.isoformat()[: len(day.value)]
    if len(day.value) < _WHOLE:
        return 1 + (day.value >= now) + (day.value > now)
    return _FIRST_DAY + bisect_left(STEPS, (date.fromisoformat(day.value) - published).days)


def _role(code: str | None, sides: tuple[str, str]) -> int:
    return NEITHER if code is None else {sides[0]: FIRST, sides[1]: SECOND}.get(code, THIRD)


def spelled(pieces: Iterable[str]) -> bytes:
    """Pieces of words as a file has them."""
    return "\n".join(pieces).encode()
