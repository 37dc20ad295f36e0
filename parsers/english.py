"""An English article -> what the encoder of parsers/encoder.py tells of any, and of each number what becomes of it.

A larger encoder, which knows English alone: the layers of all-mpnet-base-v2 (Apache License 2.0; MPNet: Song et al.,
2020), the upper half of them trained on by `benchmarks/fit_english.py`. It answers the same questions, and is asked of
each number besides whether it is news of a transfer to the first side, of one to the second, or background, and whether
it counts the dead. It takes two thirds of a second.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from parsers.encoder import SHAPES, Encoder
from parsers.findings import Heard
from parsers.lexicon import HERE
from parsers.pieces import Floats, Numbers, Read

LANGUAGE = "en"
FILE, MATRICES = HERE / "english.npz", HERE / "english.npy"
UNKNOWN = "[UNK]"
# From this layer on it is told what the lexicon found beside each piece; the layers before are as they were.
BESIDE = 6
# How many pieces lie between two is told in as many steps each way, the far ones of which widen up to so many pieces
# (Raffel et al., 2020).
STEPS, FARTHEST = 16, 128
# Where each answer on the whole article stands.
ARTICLE = {"report": slice(0, 1), "status": slice(1, 4), "day": slice(4, 6)}
# Weights lie in blocks of so many, of four bits each, and behind the blocks of a row their scales of sixteen.
BLOCK = 32
MIDDLE = 8
# The rows that are unpacked at a time: what they make stays in the processor's own memory until it is used.
AT_ONCE = 256
_PART = re.compile(r"[^\W_]+|[^\w\s]|_")
_GOES_ON = "##"
# The two weights of each byte, side by side in one number of their joint length, are found three times as quickly.
_BYTES = np.arange(256)
_PAIRS = (np.stack([_BYTES & 15, _BYTES >> 4], axis=1).astype(np.float32) - MIDDLE).view(np.float64).ravel()


class EnglishEncoder(Encoder):
    """The encoder of its own two files, for articles in English."""

    EPSILON = 1e-5
    SECONDS = 0.65

    def _spell(self, word: str, known: Mapping[str, int]) -> Iterable[str]:
        return pieces_of(word, known)

    def _embedded(self, article: Read) -> Floats:
        behind = self._matrices[self._layers * layer_bytes(self._width) :]
        words = unpacked(behind.reshape(-1, row_bytes(self._width))[article.pieces])
        return self._norm("begin", words + self._weights["places"][: len(words)])

    def _whole(self, article: Read) -> Floats:
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
        return whole

    def _times(self, number: int, which: str, given: Floats) -> Floats:
        rows = matrices_of(self._matrices, number, self._width)[which]
        product = np.empty((len(given), len(rows)), np.float32)
        for first in range(0, len(rows), AT_ONCE):
            np.matmul(given, unpacked(rows[first : first + AT_ONCE]).T, out=product[:, first : first + AT_ONCE])
        product += self._weights[f"layer {number} {which} bias"]
        return product

    def _told(self, question: str, heard: Floats) -> Floats:
        if question not in ARTICLE:
            return super()._told(question, heard)
        return super()._told("article", heard)[ARTICLE[question]]

    def _numbers(self, article: Read, whole: Floats) -> Mapping[int, Heard]:
        found: dict[int, Heard] = {}
        for number in article.numbers:
            own = whole[[first for first, _ in number.places]].mean(axis=0)
            found[number.value] = Heard(*self._told("number", np.concatenate([own, whole[0]])).tolist())
        return found

    def _behind(self) -> Iterable[tuple[Path, str, Any]]:
        yield self._matrix_file, "sum", self._matrices

    @cached_property
    def _pieces(self) -> Mapping[str, int]:
        return {piece: row for row, piece in enumerate(self._weights["pieces"].tobytes().decode().split("\n"))}


def row_bytes(numbers: int) -> int:
    """The bytes of a row of so many weights."""
    return numbers // 2 + 2 * (numbers // BLOCK)


def layer_bytes(width: int) -> int:
    """The bytes of a layer."""
    return sum(columns * width * row_bytes(rows * width) for rows, columns in SHAPES.values())


def matrices_of(matrices: npt.NDArray[np.uint8], number: int, width: int) -> dict[str, npt.NDArray[np.uint8]]:
    """The matrices of one layer by name: a row for each neuron, as they are stored."""
    found: dict[str, npt.NDArray[np.uint8]] = {}
    first = number * layer_bytes(width)
    for name, (rows, columns) in SHAPES.items():
        last = first + columns * width * row_bytes(rows * width)
        found[name] = matrices[first:last].reshape(columns * width, -1)
        first = last
    return found


def unpacked(rows: npt.NDArray[np.uint8]) -> Floats:
    """Rows as they are stored -> their weights. Each byte holds two, the first in its lower half."""
    blocks = rows.shape[1] // row_bytes(BLOCK)
    scales = np.ascontiguousarray(rows[:, blocks * BLOCK // 2 :]).view(np.float16).astype(np.float32)
    pairs = np.take(_PAIRS, rows[:, : blocks * BLOCK // 2])
    made: Floats = pairs.view(np.float32).reshape(len(rows), blocks, BLOCK)
    made *= scales[:, :, None]
    return made.reshape(len(rows), -1)


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


def apart(pieces: int) -> Numbers:
    """How far each piece lies from each other one, as a number: first those before it and itself, then those behind."""
    places = np.arange(pieces)
    away = places[None, :] - places[:, None]
    steps, near = np.abs(away), STEPS // 2
    with np.errstate(divide="ignore"):
        far = near + (np.log(steps / near) / np.log(FARTHEST / near) * (STEPS - near)).clip(0).astype(np.intp)
    told: Numbers = np.where(steps < near, steps, np.minimum(far, STEPS - 1)) + STEPS * (away > 0)
    return told


@cache
def load() -> EnglishEncoder:
    """The packaged one. Raises ConfigError where a file is missing or cut off."""
    return EnglishEncoder(FILE, MATRICES)
