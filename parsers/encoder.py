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
from parsers.candidates import Candidate
from parsers.findings import Heard
from parsers.lexicon import HERE
from parsers.pieces import Floats, Named, Read, read, spelled
from parsers.wording import VECTORS, pieces_of, vectors

# The large matrices lie in a file of their own, which all processes of a machine share in memory.
FILE, MATRICES = HERE / "encoder.npz", HERE / "encoder.npy"
# For languages without an encoder of their own.
OTHERS = "others"
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
HEADS = 12
# Its answer on a report as a reason, in words.
FOR, AGAINST = "reads like a report as a whole", "does not read like a report as a whole"
# The matrices of a layer, in the order of the file, with their rows and columns in widths, their numbers of eight bits.
# Behind the last layer lie the vectors of the pieces, in blocks of numbers of four bits, and behind them their scales.
SHAPES = {"three": (1, 3), "heard": (1, 1), "wide": (1, 4), "narrow": (4, 1)}
LAYER = sum(rows * columns for rows, columns in SHAPES.values())
BLOCK = 32
_LARGE = 100_000


class Answer(NamedTuple):
    """How much an article speaks for a report (the logarithm of the odds), for each status of its exchange, each day.

    `days` has probabilities, which with that of no day (None) make one. Of numbers only some encoders are asked.
    """

    report: float
    status: Mapping[str, float]
    days: Mapping[str | None, float]
    numbers: Mapping[int, Heard] = {}


class Encoder:
    """The encoder of two files, which are read when it is first asked."""

    # What keeps a norm from dividing by nothing.
    EPSILON = 1e-12
    # About how long a reading takes.
    SECONDS = 0.1

    def __init__(self, file: Path = FILE, matrices: Path = MATRICES) -> None:
        """Raises ConfigError where a file is missing or cut off."""
        self._file, self._matrix_file = file, matrices
        try:
            self._matrices = np.load(matrices, mmap_mode="r")
        except (OSError, EOFError, ValueError) as problem:
            raise ConfigError([f"{matrices.name}: {problem}"]) from None
        if not is_zipfile(file):
            raise ConfigError([f"{file.name}: {'no archive of weights' if file.exists() else 'is missing'}"])

    def ask(
        self,
        sentences: Sequence[Sentence],
        sides: tuple[str, str],
        published: date | None,
        candidates: Sequence[Candidate] = (),
    ) -> Answer:
        """What it makes of an article between two sides, and of its numbers. Raises ConfigError on spoiled files."""
        article = read(sentences, sides, published, self._pieces, self._classes, candidates, self._spell)
        whole = self._whole(article)
        (report,), status = (self._told(question, whole[0]) for question in ("report", "status"))
        days = self._days(article.days, whole, published)
        statuses = dict(zip(STATUSES, status.tolist(), strict=True))
        return Answer(float(report), statuses, days, self._numbers(article, whole))

    def _spell(self, word: str, known: Mapping[str, int]) -> Iterable[str]:
        return pieces_of(word, known)

    def _whole(self, article: Read) -> Floats:
        whole = self._embedded(article)
        for number in range(self._layers):
            whole = self._layer(number, whole)
        return whole

    def _numbers(self, article: Read, whole: Floats) -> Mapping[int, Heard]:
        return {}

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
        return self._norm("begin", made + part["places"][: len(made)] + self._beside(article))

    def _beside(self, article: Read) -> Floats:
        """What the pieces are told beside themselves: their roles, parts, days and classes."""
        part = self._weights
        made = part["roles"][article.roles] + part["parts"][article.parts] + part["ages"][article.ages]
        beside: Floats = made + article.classes @ part["classes"]
        return beside

    def _layer(self, number: int, x: Floats, near: Floats | None = None) -> Floats:
        """One layer; `near` says of each head how much it notices a piece for where that lies."""
        pieces, width = x.shape
        name = f"layer {number} "
        three = self._times(number, "three", x).reshape(pieces, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
        three[0] /= np.sqrt(width // HEADS).astype(np.float32)
        heard = np.empty_like(x)
        # One head after the other, and in place: a worker is to need little memory.
        for head, (one, two, told) in enumerate(zip(*three, strict=True)):
            notice = one @ two.T
            if near is not None:
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
        size = LAYER * self._width**2
        matrix = matrices_of(self._matrices[number * size : (number + 1) * size], self._width)[which]
        product: Floats = given @ matrix.astype(np.float32)
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
        for file, name, data in self._behind():
            if arrays.get(name) != zlib.crc32(data):
                raise ConfigError([f"{file.name}: is spoiled, or not of {self._file.name}"])
        # The largest stay as they are, and are made longer when they are asked: a worker is to need little memory.
        small = {name for name, array in arrays.items() if array.dtype == np.float16 and array.size < _LARGE}
        return {name: array.astype(np.float32) if name in small else array for name, array in arrays.items()}

    def _behind(self) -> Iterable[tuple[Path, str, Any]]:
        """What the weights go with: files, the names of their sums, what these are the sums of."""
        yield self._matrix_file, "sum", self._matrices
        yield VECTORS, "sum of pieces", spelled(vectors().rows)

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
        return sum(name.endswith("three bias") for name in self._weights)

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
