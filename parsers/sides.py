"""Sentences -> the two warring sides that an article is about, and whose home its language is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from parsers.annotate import THINGS, TRANSFERS, Sentence
from parsers.rules import Rules

_NEAR_EXCHANGE = 3
# Of several opponents the first in the conflict's file is meant, unless another is named so many times as often.
_FIRST_PAIR = 2


def choose(sentences: Sequence[Sentence], rules: Rules, language: str) -> tuple[str, str] | None:
    """The two parties of one conflict that are named most, above all where an exchange is told.

    In most conflicts of two one named side is enough: the other is implied ("Kyiv got back 909 of its dead").
    """
    named: Counter[str] = Counter()
    owned: Counter[str] = Counter()
    for sentence in sentences:
        near = _NEAR_EXCHANGE if sentence.has(*THINGS) and sentence.has(*TRANSFERS) else 1
        for mention in sentence.of("side", "people", "own", "to", "from", "official"):
            code = mention.value[0] if mention.cls == "official" else mention.value
            # "Our defenders" names the side at whose home the language is spoken; in English they play football,
            # and "the hostages" are Israel's only where its opponent is named too.
            if mention.cls != "own" or (code is not None and rules.home.get(language) == code):
                named[code] += near
            elif code is not None:
                owned[code] += near
    best: tuple[int, str, str] | None = None
    for code, weight in named.items():
        rivals = rules.rivals(code)
        first = sorted((code, *rivals), key=list(rules.parties).index)[:2]
        rival = max(rivals, key=lambda r: (named[r] * (_FIRST_PAIR if r in first else 1), owned[r]), default=None)
        if rival is None:
            continue
        both = bool(named[rival] or owned[rival])
        if not both and (len(rivals) > 1 or not rules.parties[rival].implied):
            continue
        total = weight + named[rival] + (10 if both else 0)
        if best is None or total > best[0]:
            best = (total, code, rival)
    return (best[1], best[2]) if best else _two_states(sentences)


def _two_states(sentences: Sequence[Sentence]) -> tuple[str, str] | None:
    """The fallback: two states that one sentence names together with prisoners or bodies and their transfer.

    An exchange must be spoken of somewhere: handing somebody over to another state is more often an extradition.
    """
    named: Counter[str] = Counter()
    together = False
    for sentence in sentences:
        if sentence.has(*TRANSFERS) and sentence.has("prisoner", "body", "captivity"):
            codes = {str(m.value) for m in sentence.of("state", "national", "side", "people")}
            named.update(codes)
            together = together or (len(codes) > 1 and sentence.has("state", "national"))
    if not together or not any(s.has("swap", "reverse") for s in sentences):
        return None
    first = [code for code, _ in sorted(named.items(), key=lambda item: (-item[1], item[0]))[:2]]
    for sentence in sentences:
        sentence.adopt(frozenset(first))
    return first[0], first[1]


def home_of(sides: tuple[str, str] | None, language: str, rules: Rules) -> str | None:
    """The side whose language the article is in, if any: agentless "were brought home" means there."""
    home = rules.home.get(language)
    return home if sides and home in sides else None
