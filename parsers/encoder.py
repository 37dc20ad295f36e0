"""An article -> how much its words, read together, speak for a report, and for each status of the exchange.

A transformer encoder (Vaswani et al., 2017; laid out as BERT): the layers of multilingual-e5-small (MIT licence), which
has read a hundred languages, trained on by `benchmarks/fit_encoder.py` to tell reports of exchanges from other
news, and what is done from what is planned or put off. Beside each piece of a word it is told what the lexicon found
there and which of the two sides it names. It takes a hundred times as long as all other evidence, and is therefore
asked only of what the evidence leaves in doubt or takes for a report.
"""

from __future__ import annotations

import zlib
from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile, is_zipfile

import numpy as np
import numpy.typing as npt

from core.errors import ConfigError
from parsers.annotate import Sentence
from parsers.assemble import STATUSES
from parsers.features.scene import party
from parsers.lexicon import HERE
from parsers.wording import VECTORS, pieces_of, vectors

# The large matrices lie in a file of their own, which all processes of a machine share in memory.
FILE, MATRICES = HERE / "encoder.npz", HERE / "encoder.npy"
# Its word on a report counts where the evidence makes that as likely as this: of the pages of ordinary news one in a
# hundred. From 0.02 or to 0.98 it finds no more of the unseen reports, from 0.2 some thousandths fewer. Of what is
# likelier only the status is asked.
DOUBT = (0.1, 0.95)
# What its answer counts beside the evidence, since it is surer than it is right. Of 181 unseen articles in doubt 51 are
# judged wrongly without it, 27 with 0.3 of it, 25 with 0.5, 24 with all, 25 with twice as much. Of 404 unseen reports
# the status of 24 is wrong without it, of 17 with 0.3 of it, of 19 with 0.5, of 18 with all, and of 28 by it alone.
TRUST = 0.5
# What it is asked of an article, at one reading, with the number of its answers.
QUESTIONS = {"report": 1, "status": len(STATUSES)}
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


class Read(NamedTuple):
    """The first pieces of an article: of each its row, its role, its part of the article, its classes."""

    pieces: Numbers
    roles: Numbers
    parts: Numbers
    classes: Floats


class Answer(NamedTuple):
    """How much an article speaks for a report (the logarithm of the odds), and for each status of its exchange."""

    report: float
    status: Mapping[str, float]


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

    def ask(self, sentences: Sequence[Sentence], sides: tuple[str, str]) -> Answer:
        """What it makes of an article between two sides. Raises ConfigError on spoiled files."""
        whole = self._embedded(read(sentences, sides, self._pieces, self._classes))
        for number in range(self._layers):
            whole = self._layer(number, whole)
        (report,), status = (self._told(question, whole[0]) for question in QUESTIONS)
        return Answer(float(report), dict(zip(STATUSES, status.tolist(), strict=True)))

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
    sentences: Sequence[Sentence], sides: tuple[str, str], known: Mapping[str, int], classes: Mapping[str, int]
) -> Read:
    """The first pieces of an article, whose sentences begin with the headline, and what was found there.

    `known` numbers the pieces, `classes` the classes.
    """
    pieces, roles, parts = [known[BEGINS]], [NEITHER], [0]
    named: list[tuple[int, int]] = []
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
        if len(pieces) >= MOST:
            break
    length = min(len(pieces), MOST)
    table = np.zeros((length, len(classes)), np.float32)
    table[tuple(np.array([(place, cls) for place, cls in named if place < length], np.intp).reshape(-1, 2).T)] = 1
    return Read(np.array(pieces[:length]), np.array(roles[:length]), np.array(parts[:length]), table)


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
