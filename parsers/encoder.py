"""An article -> how much its words, read together, speak for a report, for each status, and for each day named.

A transformer encoder (Vaswani et al., 2017; laid out as BERT): the layers of multilingual-e5-small (MIT licence), which
has read a hundred languages, trained on by `benchmarks/fit_encoder.py` to tell reports of exchanges from other
news, what is done from what is planned or put off, and the day of the exchange from other days. Beside each piece of a
word it is told what the lexicon found there, which of the two sides it names, and how far off a day is. It takes a
hundred times as long as all other evidence, and is therefore asked only of what the evidence leaves in doubt or takes
for a report.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile, is_zipfile

import numpy as np
import numpy.typing as npt

from core.errors import ConfigError
from parsers.annotate import Sentence
from parsers.assemble import STATUSES
from parsers.dates import Day, forward
from parsers.features.scene import party
from parsers.lexicon import HERE
from parsers.wording import VECTORS, pieces_of, vectors

# The large matrices lie in a file of their own, which all processes of a machine share in memory.
FILE, MATRICES = HERE / "encoder.npz", HERE / "encoder.npy"
# Its word on a report counts where the evidence makes that as likely as this: of 297 pages of ordinary news, two; from
# 0.15, four. Of 1,020 articles that it had not seen, 13 from 0.15 to 0.25 were no reports, and it took none for one. To
# 0.98 it finds no more of the unseen reports. Of what is likelier only the status and the day are asked.
DOUBT = (0.25, 0.95)
# What its answer counts beside the evidence, since it is surer than it is right. Of 181 unseen articles in doubt 51 are
# judged wrongly without it, 27 with 0.3 of it, 25 with 0.5, 24 with all, 25 with twice as much. Of 402 unseen reports
# the status of 24 is wrong without it, of 14 with 0.3 to all of it, of 15 by it alone; the day of 43 without it, of 38
# with 0.25 of it, of 37 with 0.5, of 46 by it alone.
TRUST = 0.5
# A day that it thinks as likely as this it speaks neither for nor against: it is mostly sure of one.
DAY_NEUTRAL = 0.01
# What it is asked of an article, at one reading, with the number of its answers: on the day whether none is told of the
# exchange, or that of the publication without a word for it; and of each day that is named whether it is this one.
QUESTIONS = {"report": 1, "status": len(STATUSES), "day": 2, "named": 1}
# How far a day is away, as a number: none is 0; of a month or year, an earlier one is 1, the publication's 2, a later
# one 3; a weekday, which may be the last or the next, is 4; then come days, by the steps up to which they lie after the
# publication.
STEPS = (-13, -8, -4, -3, -2, -1, 0, 1, 3, 7)
_WEEKDAY = 4
_FIRST_DAY = 5
AGES = _FIRST_DAY + len(STEPS) + 1
# The length of an ISO day; months and years are shorter.
_WHOLE = 10
# So many pieces are read of an article, of a hundred words some hundred and thirty.
MOST = 320
HEADS = 12
# Its answer on a report as a reason, in words.
FOR, AGAINST = "reads like a report as a whole", "does not read like a report as a whole"
BEGINS, ENDS = "<s>", "</s>"
# What a word is to the two sides: neither, the first, the second, a third party.
NEITHER, FIRST, SECOND, THIRD = range(4)
# Mentions of these classes stand for a party.
_PARTIES = ("side", "people", "own", "to", "from", "official", "state", "national")
# The matrices of a layer, in the order of the file, with their rows and columns in widths, their numbers of eight bits.
# Behind the last layer lie the vectors of the pieces, in blocks of numbers of four bits, and behind them their scales.
SHAPES = {"three": (1, 3), "heard": (1, 1), "wide": (1, 4), "narrow": (4, 1)}
LAYER = sum(rows * columns for rows, columns in SHAPES.values())
BLOCK = 32
_EPSILON = 1e-12

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.intp]


class Named(NamedTuple):
    """A day that an article names: its ISO day, the piece where it begins, how far it is away."""

    value: str
    place: int
    age: int


class Read(NamedTuple):
    """The first pieces of an article: of each its row, its role, its part, how far its day is away, its classes.

    And the days named in them.
    """

    pieces: Numbers
    roles: Numbers
    parts: Numbers
    ages: Numbers
    classes: Floats
    days: Sequence[Named]


class Answer(NamedTuple):
    """How much an article speaks for a report (the logarithm of the odds), for each status of its exchange, each day.

    `days` has probabilities, which with that of no day (None) make one.
    """

    report: float
    status: Mapping[str, float]
    days: Mapping[str | None, float]


class Encoder:
    """The encoder of two files, which are read when it is first asked."""

    def __init__(self, file: Path = FILE, matrices: Path = MATRICES) -> None:
        """Raises ConfigError where a file is missing or cut off."""
        self._file = file
        try:
            self._matrices = np.load(matrices, mmap_mode="r")
        except (OSError, EOFError, ValueError) as problem:
            raise ConfigError([f"{matrices.name}: {problem}"]) from None
        if not is_zipfile(file):
            raise ConfigError([f"{file.name}: {'no archive of weights' if file.exists() else 'is missing'}"])

    def ask(self, sentences: Sequence[Sentence], sides: tuple[str, str], published: date | None) -> Answer:
        """What it makes of an article between two sides. Raises ConfigError on spoiled files."""
        article = read(sentences, sides, published, self._pieces, self._classes)
        whole = self._embedded(article)
        for number in range(self._layers):
            whole = self._layer(number, whole)
        (report,), status = (self._told(question, whole[0]) for question in ("report", "status"))
        days = self._days(article.days, whole, published)
        return Answer(float(report), dict(zip(STATUSES, status.tolist(), strict=True)), days)

    def _days(self, days: Sequence[Named], whole: Floats, published: date | None) -> dict[str | None, float]:
        """How likely each day is that of the exchange; one that is named twice is as likely as both together."""
        values: list[str | None] = [None, *([published.isoformat()] if published else []), *(day.value for day in days)]
        sums = [self._told("day", whole[0])[: len(values) - len(days)]]
        sums += [self._told("named", whole[day.place] + self._weights["ages named"][day.age]) for day in days]
        powers = np.exp(np.concatenate(sums) - max(map(np.max, sums)))
        found: dict[str | None, float] = {}
        for value, share in zip(values, (powers / powers.sum()).tolist(), strict=True):
            found[value] = found.get(value, 0.0) + share
        return found

    def _told(self, question: str, first: Floats) -> Floats:
        part = self._weights
        heard = np.tanh(first @ part[f"{question} middle"] + part[f"{question} middle bias"])
        told: Floats = heard @ part[f"{question} last"] + part[f"{question} last bias"]
        return told

    def _embedded(self, article: Read) -> Floats:
        part, blocks = self._weights, self._width // BLOCK
        behind = self._matrices[self._layers * LAYER * self._width**2 :]
        pieces = len(behind) // (blocks * (BLOCK // 2 + np.float16().itemsize))
        halves, scales = np.split(behind, [pieces * blocks * BLOCK // 2])
        packed = halves.view(np.uint8).reshape(pieces, blocks, BLOCK // 2)[article.pieces]
        small = np.concatenate([packed & 15, packed >> 4], axis=2).astype(np.float32) - 8
        small *= scales.view(np.float16).reshape(pieces, blocks, 1)[article.pieces].astype(np.float32)
        made = small.reshape(len(article.pieces), -1)
        made += part["places"][: len(made)] + part["roles"][article.roles] + part["parts"][article.parts]
        made += part["ages"][article.ages]
        return self._norm("begin", made + article.classes @ part["classes"])

    def _layer(self, number: int, x: Floats) -> Floats:
        pieces, width = x.shape
        name, size = f"layer {number} ", LAYER * width**2
        matrices = matrices_of(self._matrices[number * size : (number + 1) * size], width)

        def times(which: str, given: Floats) -> Floats:
            product: Floats = given @ matrices[which].astype(np.float32)
            product *= self._weights[f"{name}{which} scale"]
            product += self._weights[f"{name}{which} bias"]
            return product

        three = times("three", x).reshape(pieces, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
        three[0] /= np.sqrt(width // HEADS).astype(np.float32)
        heard = np.empty_like(x)
        # One head after the other, and in place: a worker is to need little memory.
        for head, (one, two, told) in enumerate(zip(*three, strict=True)):
            notice = one @ two.T
            notice -= notice.max(axis=1, keepdims=True)
            np.exp(notice, out=notice)
            notice /= notice.sum(axis=1, keepdims=True)
            heard[:, head * width // HEADS : (head + 1) * width // HEADS] = notice @ told
        x = self._norm(f"{name}heard", x + times("heard", heard))
        return self._norm(f"{name}narrow", x + times("narrow", _gelu(times("wide", x))))

    def _norm(self, name: str, x: Floats) -> Floats:
        x = x - x.mean(axis=1, keepdims=True)
        x /= np.sqrt((x * x).mean(axis=1, keepdims=True) + _EPSILON)
        x *= self._weights[f"{name} norm"]
        x += self._weights[f"{name} norm bias"]
        return x

    @cached_property
    def _weights(self) -> Mapping[str, npt.NDArray[Any]]:
        try:
            with np.load(self._file) as data:
                arrays = dict(data)
        except (OSError, EOFError, ValueError, BadZipFile, zlib.error) as problem:
            raise ConfigError([f"{self._file.name}: {problem}"]) from None
        for file, name, data in (
            (MATRICES, "sum", self._matrices),
            (VECTORS, "sum of pieces", spelled(vectors().rows)),
        ):
            if arrays.get(name) != zlib.crc32(data):
                raise ConfigError([f"{file.name}: is spoiled, or not of {self._file.name}"])
        return {
            name: array.astype(np.float32) if array.dtype == np.float16 else array for name, array in arrays.items()
        }

    @cached_property
    def _pieces(self) -> Mapping[str, int]:
        rows = vectors().rows
        more = self._weights["pieces"].tobytes().decode().split("\n")
        return ChainMap(rows, {piece: len(rows) + row for row, piece in enumerate(more)})

    @cached_property
    def _classes(self) -> Mapping[str, int]:
        return {str(name): row for row, name in enumerate(self._weights["class names"])}

    @cached_property
    def _layers(self) -> int:
        return sum(name.endswith("three scale") for name in self._weights)

    @property
    def _width(self) -> int:
        return len(self._weights["begin norm"])


def matrices_of(layer: npt.NDArray[np.int8], width: int) -> dict[str, npt.NDArray[np.int8]]:
    """The matrices of one layer, which lie one behind the other, by name."""
    ends = np.cumsum([rows * columns * width**2 for rows, columns in SHAPES.values()])
    return {
        name: layer[end - rows * columns * width**2 : end].reshape(rows * width, columns * width)
        for end, (name, (rows, columns)) in zip(ends, SHAPES.items(), strict=True)
    }


def spelled(pieces: Iterable[str]) -> bytes:
    """Pieces of words as a file has them."""
    return "\n".join(pieces).encode()


def read(
    sentences: Sequence[Sentence],
    sides: tuple[str, str],
    published: date | None,
    known: Mapping[str, int],
    classes: Mapping[str, int],
) -> Read:
    """The first pieces of an article, whose sentences begin with the headline, and what was found there.

    `known` numbers the pieces, `classes` the classes. Without a day of publication no days are told.
    """
    pieces, roles, parts = [known[BEGINS]], [NEITHER], [0]
    named: list[tuple[int, int]] = []
    days: list[Named] = []
    ages: dict[int, int] = {}
    part = "title"
    for sentence in sentences:
        if sentence.part != part and len(pieces) > 1:
            pieces, roles, parts = [*pieces, known[ENDS]], [*roles, NEITHER], [*parts, 0]
        part = sentence.part
        firsts: list[int] = []
        for word in sentence.words:
            firsts.append(len(pieces))
            pieces += [known[piece] for piece in pieces_of(word, known)]
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
        if len(pieces) >= MOST:
            break
    length = min(len(pieces), MOST)
    table = np.zeros((length, len(classes)), np.float32)
    table[tuple(np.array([(place, cls) for place, cls in named if place < length], np.intp).reshape(-1, 2).T)] = 1
    away = np.array([ages.get(place, 0) for place in range(length)])
    within = [day for day in days if day.place < length]
    return Read(np.array(pieces[:length]), np.array(roles[:length]), np.array(parts[:length]), away, table, within)


def _age(day: Day, published: date) -> int:
    """How far a day is away from the publication, as a number."""
    now = published.isoformat()[: len(day.value)]
    if len(day.value) < _WHOLE:
        return 1 + (day.value >= now) + (day.value > now)
    return _FIRST_DAY + bisect_left(STEPS, (date.fromisoformat(day.value) - published).days)


def _role(code: str | None, sides: tuple[str, str]) -> int:
    return NEITHER if code is None else {sides[0]: FIRST, sides[1]: SECOND}.get(code, THIRD)


def _gelu(x: Floats) -> Floats:
    """The Gaussian error linear unit in its approximation by tanh (Hendrycks and Gimpel, 2016)."""
    inner = x * x
    inner *= np.float32(0.044715)
    inner += 1
    inner *= x
    inner *= np.float32(0.7978845608)
    np.tanh(inner, out=inner)
    inner += 1
    inner *= x
    inner *= np.float32(0.5)
    return inner


@cache
def load() -> Encoder:
    """The packaged encoder. Raises ConfigError where the file is missing or cut off."""
    return Encoder()
