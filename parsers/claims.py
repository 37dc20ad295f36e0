"""Sentences -> who says so: the claimant of a figure, the sources of a report, the mediators, the voice behind "we"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from parsers.annotate import TRANSFERS, Annotated, Sentence
from parsers.lexicon import Mention
from parsers.rules import Rules

_BACK = 2


class Claimant(NamedTuple):
    """Who is cited, by name, and the party for which that one speaks."""

    name: str
    side: str


def claimant(sentence: Sentence, before: Sequence[Sentence], at: int, rules: Rules) -> Claimant | None:
    """Who is cited for a figure at token `at`: an official in the sentence, else one just before."""
    says = sentence.of("says")
    officials = sentence.of("official")
    if officials and says:
        return _official(min(officials, key=lambda m: abs(m.first - at)))
    if says and (sides := [m for m in sentence.of("side") if any(0 <= s.first - m.last <= 2 for s in says)]):
        side = str(sides[0].value)
        return Claimant(rules.parties[side].name, side)
    for earlier in reversed(before[-_BACK:]):
        if earlier.paragraph != sentence.paragraph and not sentence.has("they", "says"):
            break
        if earlier.of("official") and earlier.of("says"):
            return _official(earlier.of("official")[0])
    return None


def _official(mention: Mention) -> Claimant:
    side, name = mention.value
    return Claimant(str(name), str(side))


def voice(sentence: Sentence, before: Sequence[Sentence]) -> str | None:
    """The side that speaks in a sentence: its official, else the last official heard."""
    for heard in (sentence, *reversed(before)):
        if officials := heard.of("official"):
            return str(officials[0].value[0])
    return None


def sources(sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """The officials who are cited, in order, each once."""
    found: dict[str, None] = {}
    for sentence in sentences:
        if sentence.has("says") or sentence.part == "title" or sentence.has(*TRANSFERS):
            for mention in sentence.of("official"):
                found.setdefault(str(mention.value[1]))
    return tuple(found)


def mediators(annotated: Annotated) -> tuple[str, ...]:
    """Those who are named beside a word of mediation, in sentences that tell of it or of a transfer."""
    found: dict[str, None] = {}
    for sentence in annotated.sentences:
        if not sentence.has("mediation", *TRANSFERS):
            continue
        words = sentence.of("mediation")
        for mention in sentence.of("mediator"):
            if words and _beside(mention, words):
                found.setdefault(str(mention.value))
    return tuple(found)


def _beside(mention: Mention, words: Sequence[Mention]) -> bool:
    return any(abs(word.first - mention.first) <= 15 for word in words)
