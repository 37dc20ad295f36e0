"""What HTML and Unicode write with more than one character -> tables of numbers in order, to be searched in halves."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from html.entities import html5

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

LONGEST_NAME = 8  # bytes: as many as a number of 64 bits holds
MARKS = range(0x300, 0x370)  # that may make one letter with the one before


def composed() -> tuple[Numbers, Numbers]:
    """Letters with a mark after them as numbers in order, and the one letter that each pair is (Unicode's NFC)."""
    known: dict[int, int] = {}
    for code in range(0xC0, 0x2000):
        parts = unicodedata.normalize("NFD", chr(code))
        base, mark = unicodedata.normalize("NFC", parts[:-1]), ord(parts[-1])
        if len(base) == 1 and mark in MARKS and unicodedata.normalize("NFC", base + parts[-1]) == chr(code):
            known[(ord(base) << 16) | mark] = code
    return np.array(sorted(known), np.int64), np.array([known[pair] for pair in sorted(known)], np.int64)


def packed(named: Mapping[str, str]) -> tuple[Numbers, Numbers]:
    """Short names, in small letters, as numbers in order, and the character of each."""
    known: dict[int, int] = {}
    for name, text in named.items():
        if len(name) <= LONGEST_NAME and (name.islower() or name.lower() not in named):
            known[int.from_bytes(name.lower().encode(), "big")] = ord(text[0])
    return np.array(sorted(known), np.int64), np.array([known[name] for name in sorted(known)], np.int64)


def entities(closed: bool) -> tuple[Numbers, Numbers]:
    """HTML's names of characters: those that end with a semicolon, or those that do without."""
    return packed({name.removesuffix(";"): text for name, text in html5.items() if name.endswith(";") == closed})
