"""Findings -> breakdowns that do not add up: "150 came home: 80 soldiers, 40 sailors and 20 border guards"."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.annotate import Sentence
from parsers.findings import Finding
from parsers.numbers import Count

_FEWEST = 3
# Parts that come to less of the total than this are examples ("among them"), not a breakdown.
_WHOLE = (0.8, 1.25)


def at_odds(found: Sequence[Finding], sentences: Sequence[Sentence]) -> list[str]:
    """In words, each total among the findings whose breakdown comes to another number."""
    told: list[str] = []
    for f in found:
        for place in f.told:
            parts = _parts(place.candidate.sentence, place.candidate.count, sentences)
            total, low, high = sum(parts), f.value * _WHOLE[0], f.value * _WHOLE[1]
            if len(parts) >= _FEWEST and total != f.value and low <= total <= high and max(parts) < f.value:
                told.append(f"breakdown does not add up: {' + '.join(map(str, parts))} = {total}, not {f.value}")
                break
    return list(dict.fromkeys(told))


def _parts(sentence: Sentence, count: Count, sentences: Sequence[Sentence]) -> list[int]:
    """The numbers of the list that a colon after a total opens, in its own sentence or in the lines after it."""
    colon = next((at for at, word in enumerate(sentence.words) if word == ":" and at >= count.last), None)
    inside = [c.best for c in sentence.counts if colon is not None and c.first > colon]
    if inside:
        return inside
    parts: list[int] = []
    for line in _list_after(sentence, sentences):
        if len(line.counts) != 1:
            break
        parts.append(line.counts[0].best)
    return parts


def _list_after(sentence: Sentence, sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """The lines after a sentence, or after a heading right behind it, that ends with a colon."""
    start = next(at for at, each in enumerate(sentences) if each is sentence)
    for at in (start, start + 1):
        if at < len(sentences) and sentences[at].words[-1:] == [":"] and (at == start or not sentences[at].counts):
            return sentences[at + 1 :]
    return []
