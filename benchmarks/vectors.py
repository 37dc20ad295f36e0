"""Vectors of pieces of words, cut down from those of multilingual-e5-small -> parsers/vectors.npz.

    python -m benchmarks.vectors MODEL

MODEL is the packed model (see packed.py). Kept are the pieces that the labelled cases are developed on and the
commonest others, in small letters, and of each vector the principal components: what tells the pieces apart most.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks import packed
from parsers.wording import VECTORS, pieces_of

CASES = Path(__file__).resolve().parents[1] / "parsers" / "cases"
COMMONEST = 10_000
DIMENSIONS = 96
_WORD = re.compile(r"[^\W\d_]+")
# Small letters of the Latin and Cyrillic languages read here; a mark at the front stands for a word's beginning.
_PIECE = re.compile("▁?[a-zà-žа-яёіїєґ]+")


def main() -> int:
    """Write the vectors; prints how many and how much of the whole they keep."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    words = packed.read(Path(sys.argv[1]).read_bytes())
    small = {piece: number for piece, number in words.numbers.items() if _PIECE.fullmatch(piece)}
    chosen = set(sorted(small, key=lambda piece: -words.common[small[piece]])[:COMMONEST]) | _used(small)
    pieces = sorted(chosen)
    table = packed.unpacked(words.blocks([small[piece] for piece in pieces])).reshape(len(pieces), -1)
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


if __name__ == "__main__":
    raise SystemExit(main())
