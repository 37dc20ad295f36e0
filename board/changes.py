"""What an article said and says -> the words that went and those that came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal

from core import wording

_MOST_WORDS = 2_000
_AROUND = 12  # words of what stayed, before and after what changed
_WORD = re.compile(r"\s*\S+")

Kind = Literal["same", "gone", "new"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change: until when the article said otherwise, and the words in order, each run with what became of it."""

    until: datetime
    runs: tuple[tuple[Kind, str], ...]


def change(until: datetime, was: str, became: str) -> Change:
    """The difference by words; of articles beyond 2,000 words only their beginnings are compared."""
    old, new = (_WORD.findall(wording.visible(text))[:_MOST_WORDS] for text in (was, became))
    return Change(until, tuple(_runs(old, new)))


def _runs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Kind, str]]:
    plain_old, plain_new = [each.strip() for each in old], [each.strip() for each in new]
    matcher = SequenceMatcher(None, plain_old, plain_new)
    for turn, was_from, was_to, now_from, now_to in matcher.get_opcodes():
        if turn == "equal":
            yield "same", _shortened(old[was_from:was_to])
        if was_to > was_from and turn != "equal":
            yield "gone", " ".join(plain_old[was_from:was_to])
        if now_to > now_from and turn != "equal":
            yield "new", " ".join(plain_new[now_from:now_to])


def _shortened(words: Sequence[str]) -> str:
    plain = [each.strip() for each in words]
    if len(plain) <= 2 * _AROUND + 3:
        return " ".join(plain)
    return " ".join([*plain[:_AROUND], "…", *plain[-_AROUND:]])
