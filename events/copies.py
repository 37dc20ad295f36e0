"""The words of an article -> a sketch of them, by which copies of one text are known without keeping the texts.

The sketch is the bottom-k kind (Broder 1997): of the hashes of all runs of `_RUN` words the `_KEPT` smallest. What two
sketches share of their smallest tells the share of runs that two texts have in common.
"""

from __future__ import annotations

import re
from functools import lru_cache
from zlib import crc32

_RUN = 5  # words; two reporters hit on the same four by themselves, on five in a row seldom
_KEPT = 32
_DIGITS = 8
# Of the shorter text so much is in the longer: an outlet cuts a wire's text and puts a lead of its own before it.
_COPIED = 0.5
_SHORTEST = 8  # runs; below it one agency phrase makes half of a text

_WORD = re.compile(r"\w+")


def sketch(text: str) -> str:
    """The sketch of a text, as hexadecimal digits; empty for a text of a few words, which is nobody's copy."""
    words = _WORD.findall(text.casefold())
    runs = {crc32(" ".join(words[at : at + _RUN]).encode("utf-8", "replace")) for at in range(len(words) - _RUN + 1)}
    if len(runs) < _SHORTEST:
        return ""
    return "".join(f"{each:0{_DIGITS}x}" for each in sorted(runs)[:_KEPT])


def copied(one: str, other: str) -> bool:
    """Whether two sketches are of one text, whole or cut."""
    if not one or not other:
        return False
    mine, theirs = hashes(one), hashes(other)
    smallest = sorted(mine | theirs)[:_KEPT]
    alike = len(mine & theirs & set(smallest)) / len(smallest)
    sizes = sorted((_size(mine), _size(theirs)))
    shared = alike * sum(sizes) / (1 + alike)
    return shared >= _COPIED * sizes[0]


@lru_cache(maxsize=4096)
def hashes(sketched: str) -> frozenset[int]:
    """The hashes that a sketch keeps; texts that share none of them are no copies."""
    return frozenset(int(sketched[at : at + _DIGITS], 16) for at in range(0, len(sketched), _DIGITS))


def _size(hashes: frozenset[int]) -> float:
    """How many runs a text has: all that were kept, or by how densely the smallest stand."""
    return len(hashes) if len(hashes) < _KEPT else (_KEPT - 1) * 2**32 / (max(hashes) + 1)
