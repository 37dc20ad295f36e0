"""An article -> how much its words, read together, speak for a report, for each status, for each day and number named.

A transformer encoder (Vaswani et al., 2017) with places told by distance: the layers of all-mpnet-base-v2 (Apache
License 2.0; MPNet: Song et al., 2020), which knows English, trained on by `benchmarks/fit_encoder.py` to tell reports
of exchanges from other news, what is done from what is planned or put off, the day of the exchange from other days; and
of each number whether it is news of a transfer to the first side, of one to the second, or background, and whether it
counts the dead. Articles in other languages are given to it in English, word by word (parsers/gloss.py). Beside each
piece of a word it is told what the lexicon found there, which of the two sides it names, and how far off a day is. It
takes a thousand times as long as all other evidence, and is therefore asked only of what may be a report by that.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile, is_zipfile

import numpy as np
import numpy.typing as npt

from core.errors import ConfigError
from parsers import gloss
from parsers.annotate import Sentence
from parsers.assemble import STATUSES
from parsers.candidates import Candidate
from parsers.findings import Heard
from parsers.lexicon import HERE
from parsers.pieces import FIRST, SECOND, Floats, Named, Numbers, Read, read

# The matrices of the layers and the vectors of the pieces lie in files of their own, which all processes of a machine
# share in memory: weights of eight bits, whose rows have each a scale. (With four bits, in blocks of 32, it told which
# way a number goes in .77 of 191 where it had learnt .92.)
FILE, MATRICES, PIECES = HERE / "encoder.npz", HERE / "encoder.npy", HERE / "encoder.pieces.npy"
# It is asked where the evidence makes a report as likely as this: of 264 pages of ordinary news that is three, the
# likeliest of which is then a report with .006; from 0.1 on seven, from 0.05 on thirteen. Of 360 unseen articles it
# finds no more reports from 0.1 on, and some fewer from 0.25 on.
ASKED = 0.2
# A day that it thinks as likely as this it speaks neither for nor against: it is mostly sure of one.
DAY_NEUTRAL = 0.01
# What it is asked of an article, at one reading, and where each answer stands: on the day whether none is told of the
# exchange, or that of the publication without a word for it. Of each day that is named it is asked whether it is this.
ARTICLE = {"report": slice(0, 1), "status": slice(1, 4), "day": slice(4, 6)}
# What it is asked of each number, beside which side it goes to.
NUMBER = ("news", "background", "dead")
HEADS = 12
# Its answer on a report as a reason, in words.
FOR, AGAINST = "reads like a report as a whole", "does not read like a report as a whole"
# The matrices of a layer, in the order of the file, with their rows and columns in widths.
SHAPES = {"three": (1, 3), "heard": (1, 1), "wide": (1, 4), "narrow": (4, 1)}
# From this layer on it is told what the lexicon found beside each piece.
BESIDE = 6
# Which side a number goes to is asked of what this layer makes of it and of the words that name the sides. The last
# layers have forgotten it: learnt by these questions alone, it was told rightly of 163 numbers in .75 after the third
# layer, .81 and .80 after the seventh and eighth, .72 after the last.
WAYS = 8
# How many pieces lie between two is told in as many steps each way, the far ones of which widen up to so many pieces
# (Raffel et al., 2020).
STEPS, FARTHEST = 16, 128
# The rows of a matrix that are made longer at a time: they stay in the processor's own memory until they are used.
AT_ONCE = 256
_LARGE = 100_000

Bytes = npt.NDArray[np.int8]


class Answer(NamedTuple):
    """How much an article speaks for a report (the logarithm of the odds), for each status of its exchange, each day.

    `days` has probabilities, which with that of no day (None) make one.
    """

    report: float
    status: Mapping[str, float]
    days: Mapping[str | None, float]
    numbers: Mapping[int, Heard] = {}


class Encoder:
    """The encoder of three files, which are read when it is first asked."""

    # What keeps a norm from dividing by nothing.
    EPSILON = 1e-5
    # About how long a reading takes.
    SECONDS = 0.65

    def __init__(self, file: Path = FILE, matrices: Path = MATRICES, pieces: Path = PIECES) -> None:
        """Raises ConfigError where a file is missing or cut off."""
        self._file = file
        self._large = {large.name: _mapped(large) for large in (matrices, pieces)}
        self._matrices, self._vectors = self._large.values()
        if not is_zipfile(file):
            raise ConfigError([f"{file.name}: {'no archive of weights' if file.exists() else 'is missing'}"])

    def ask(
        self,
        sentences: Sequence[Sentence],
        sides: tuple[str, str],
        published: date | None,
        candidates: Sequence[Candidate] = (),
        language: str = gloss.ENGLISH,
    ) -> Answer:
        """What it makes of an article between two sides, and of its numbers. Raises ConfigError on spoiled files."""
        article = read(sentences, sides, published, self._pieces, self._classes, candidates, language)
        whole, midway = self._whole(article)
        (report,), status = (self._told(question, whole[0]) for question in ("report", "status"))
        days = self._days(article.days, whole, published)
        statuses = dict(zip(STATUSES, status.tolist(), strict=True))
        return Answer(float(report), statuses, days, self._numbers(article, whole, midway))

    def _whole(self, article: Read) -> tuple[Floats, Floats]:
        """What the last layer makes of the pieces, and the one that is asked for the ways."""
        part, whole = self._weights, self._embedded(article)
        near = part["relative"][apart(len(whole))].transpose(2, 0, 1)
        marked = np.zeros((len(whole), 1), np.float32)
        for counted in article.numbers:
            for first, last in counted.places:
                marked[first:last] = 1
        for number in range(self._layers):
            if number == BESIDE:
                whole = whole + self._beside(article) + marked * part["mark"]
            whole = self._layer(number, whole, near)
            if number + 1 == WAYS:
                midway = whole
        return whole, midway

    def _numbers(self, article: Read, whole: Floats, midway: Floats) -> Mapping[int, Heard]:
        found: dict[int, Heard] = {}
        nobody = self._weights["nobody"]
        sides = [np.concatenate([midway[article.roles == side], nobody[None]]) for side in (FIRST, SECOND)]
        for number in article.numbers:
            firsts = [first for first, _ in number.places]
            own = midway[firsts].mean(axis=0)
            one, two = (self._of_side(own, pieces) for pieces in sides)
            ways = (self._told("way", np.concatenate([own, *each])).item() for each in ((one, two), (two, one)))
            known = np.concatenate([whole[firsts].mean(axis=0), whole[0]])
            found[number.value] = Heard(*ways, *self._told("number", known).tolist())
        return found

    def _of_side(self, own: Floats, pieces: Floats) -> Floats:
        """What a number notices of a side: of the pieces that name it, and of nobody, by each head."""
        width = len(own)
        told = pieces.reshape(-1, HEADS, width // HEADS)
        asks = (own @ self._weights["way pointer"] + self._weights["way pointer bias"]).reshape(HEADS, -1)
        notice = np.einsum("hd,lhd->hl", asks, told) / np.sqrt(width // HEADS).astype(np.float32)
        notice = np.exp(notice - notice.max(axis=1, keepdims=True))
        notice /= notice.sum(axis=1, keepdims=True)
        noticed: Floats = np.einsum("hl,lhd->hd", notice, told).ravel()
        return noticed

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

    def _told(self, question: str, heard: Floats) -> Floats:
        part, of = self._weights, "article" if question in ARTICLE else question
        middle = np.tanh(heard @ part[f"{of} middle"] + part[f"{of} middle bias"])
        told: Floats = middle @ part[f"{of} last"] + part[f"{of} last bias"]
        return told[ARTICLE[question]] if question in ARTICLE else told

    def _embedded(self, article: Read) -> Floats:
        words = self._vectors[article.pieces] * self._weights["pieces scale"][article.pieces, None]
        return self._norm("begin", words + self._weights["places"][: len(words)])

    def _beside(self, article: Read) -> Floats:
        """What the pieces are told beside themselves: their roles, parts, days and classes."""
        part = self._weights
        made = part["roles"][article.roles] + part["parts"][article.parts] + part["ages"][article.ages]
        beside: Floats = made + article.classes @ part["classes"]
        return beside

    def _layer(self, number: int, x: Floats, near: Floats) -> Floats:
        """One layer; `near` says of each head how much it notices a piece for where that lies."""
        pieces, width = x.shape
        name = f"layer {number} "
        three = self._times(number, "three", x).reshape(pieces, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
        three[0] /= np.sqrt(width // HEADS).astype(np.float32)
        heard = np.empty_like(x)
        # One head after the other, and in place: a worker is to need little memory.
        for head, (one, two, told) in enumerate(zip(*three, strict=True)):
            notice = one @ two.T
            notice += near[head]
            notice -= notice.max(axis=1, keepdims=True)
            np.exp(notice, out=notice)
            notice /= notice.sum(axis=1, keepdims=True)
            heard[:, head * width // HEADS : (head + 1) * width // HEADS] = notice @ told
        x = self._norm(f"{name}heard", x + self._times(number, "heard", heard))
        wide = _gelu(self._times(number, "wide", x))
        return self._norm(f"{name}narrow", x + self._times(number, "narrow", wide))

    def _times(self, number: int, which: str, given: Floats) -> Floats:
        """What the neurons of one matrix of a layer make of what they are given."""
        rows = matrices_of(self._matrices, number, self._width)[which]
        product = np.empty((len(given), len(rows)), np.float32)
        for first in range(0, len(rows), AT_ONCE):
            some = rows[first : first + AT_ONCE].astype(np.float32)
            np.matmul(given, some.T, out=product[:, first : first + AT_ONCE])
        product *= self._weights[f"layer {number} {which} scale"]
        product += self._weights[f"layer {number} {which} bias"]
        return product

    def _norm(self, name: str, x: Floats) -> Floats:
        x = x - x.mean(axis=1, keepdims=True)
        x /= np.sqrt((x * x).mean(axis=1, keepdims=True) + self.EPSILON)
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
        for large, given in self._large.items():
            if zlib.crc32(np.ascontiguousarray(given).data) not in arrays.get("sums", ()):
                raise ConfigError([f"{large}: is spoiled, or not of {self._file.name}"])
        # The largest stay as they are, and are made longer when they are asked: a worker is to need little memory.
        small = {name for name, array in arrays.items() if array.dtype == np.float16 and array.size < _LARGE}
        return {name: array.astype(np.float32) if name in small else array for name, array in arrays.items()}

    @cached_property
    def _pieces(self) -> Mapping[str, int]:
        return {piece: row for row, piece in enumerate(self._weights["pieces"].tobytes().decode().split("\n"))}

    @cached_property
    def _classes(self) -> Mapping[str, int]:
        return {str(name): row for row, name in enumerate(self._weights["class names"])}

    @cached_property
    def _layers(self) -> int:
        return sum(name.endswith("three bias") for name in self._weights)

    @property
    def _width(self) -> int:
        return len(self._weights["begin norm"])


def _mapped(file: Path) -> Bytes:
    try:
        mapped: Bytes = np.load(file, mmap_mode="r")
    except (OSError, EOFError, ValueError) as problem:
        raise ConfigError([f"{file.name}: {problem}"]) from None
    return mapped


def matrices_of(matrices: Bytes, number: int, width: int) -> dict[str, Bytes]:
    """The matrices of one layer by name: a row for each neuron, as they are stored."""
    found: dict[str, Bytes] = {}
    sizes = {name: rows * columns * width * width for name, (rows, columns) in SHAPES.items()}
    first = number * sum(sizes.values())
    for name, (rows, _) in SHAPES.items():
        found[name] = matrices[first : first + sizes[name]].reshape(-1, rows * width)
        first += sizes[name]
    return found


def apart(pieces: int) -> Numbers:
    """How far each piece lies from each other one, as a number: first those before it and itself, then those behind."""
    places = np.arange(pieces)
    away = places[None, :] - places[:, None]
    steps, near = np.abs(away), STEPS // 2
    with np.errstate(divide="ignore"):
        far = near + (np.log(steps / near) / np.log(FARTHEST / near) * (STEPS - near)).clip(0).astype(np.intp)
    told: Numbers = np.where(steps < near, steps, np.minimum(far, STEPS - 1)) + STEPS * (away > 0)
    return told


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


def languages() -> Sequence[str]:
    """Those whose articles it reads: English, and those that have glosses."""
    return [gloss.ENGLISH, *gloss.languages()]


@cache
def load() -> Encoder:
    """The packaged encoder. Raises ConfigError where the file is missing or cut off."""
    return Encoder()
