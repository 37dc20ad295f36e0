"""Sentences -> the two warring sides that an article is about, and whose home its language is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from parsers.annotate import EXCHANGES, THINGS, TRANSFERS, Sentence
from parsers.rules import Conflict, Rules

_NEAR_EXCHANGE = 3
# Of several opponents the first in the conflict's file is meant, unless another is named so many times as often.
_FIRST_PAIR = 2
_BOTH = 10


def choose(sentences: Sequence[Sentence], rules: Rules, language: str) -> tuple[str, str] | None:
    """The two parties of one conflict that are named most, above all where an exchange is told.

    In most conflicts one named side is enough: "Kyiv got back 909 of its dead", "the Houthis let 113 go".
    Vague names of one of them ("the army"), and its names as a state, are names of a side from then on.
    """
    sides = _chosen(sentences, rules, language)
    if sides is not None:
        for sentence in sentences:
            sentence.adopt(frozenset(sides), vague="side", state="side", national="people")
    return sides


def _chosen(sentences: Sequence[Sentence], rules: Rules, language: str) -> tuple[str, str] | None:
    named: Counter[str] = Counter()
    owned: Counter[str] = Counter()
    for sentence in sentences:
        near = _NEAR_EXCHANGE if sentence.has(*THINGS) and sentence.has(*TRANSFERS) else 1
        for mention in sentence.of("side", "people", "own", "vague", "to", "from", "official"):
            code = mention.value[0] if mention.cls == "official" else mention.value
            # "Our defenders" names the side at whose home the language is spoken; in English they play football,
            # and "the hostages" are Israel's only where its opponent is named too.
            at_home = mention.cls == "own" and code is not None and rules.home.get(language) == code
            if mention.cls not in ("own", "vague") or at_home:
                named[code] += near
            elif code is not None:
                owned[code] += near
    best: tuple[int, str, str] | None = None
    sure = False
    for code in named:
        for conflict in rules.conflicts_of(code):
            found = _rival(code, conflict, named, owned)
            if found and (best is None or found[0] > best[0]):
                best = found
                sure = bool(named[best[2]] or owned[best[2]])
    if best and sure:
        return best[1], best[2]
    by_states = _with_states(sentences, rules, named, best) or (best[1:] if best else _two_states(sentences))
    return by_states or _understood(sentences, rules, language)


def _rival(code: str, conflict: Conflict, named: Counter[str], owned: Counter[str]) -> tuple[int, str, str] | None:
    """A party's opponent in one of its conflicts, after the weight of the two.

    The main parties of a conflict are named by vague words ("the government") too.
    """
    first = conflict.parties[:2]

    def weight(party: str) -> int:
        return named[party] + (owned[party] if party in first else 0)

    rivals = conflict.opponents(code)
    rival = max(rivals, key=lambda r: weight(r) * (_FIRST_PAIR if r in first else 1), default=None)
    if rival is None:
        return None
    both = bool(named[rival] or owned[rival])
    if not both and (not conflict.implies(code) or any(named[each] for each in conflict.parties if each != code)):
        return None  # nobody implies an opponent beside an ally
    return weight(code) + weight(rival) + (_BOTH if both else 0), code, rival


def _with_states(
    sentences: Sequence[Sentence], rules: Rules, named: Counter[str], implied: tuple[int, str, str] | None
) -> tuple[str, str] | None:
    """Two parties of a conflict of which one, or both, have no words but those of a state.

    Both must be named, and one of them where a transfer is told. They come after a conflict of which one side is
    named and implies the other, unless each of them is named more often than that side; or that side is one of
    them and the other, told of a transfer and named more than once, is its opponent rather than one never named.
    """
    named = named.copy()
    told: set[str] = set()
    for sentence in sentences:
        moved = sentence.has(*TRANSFERS)
        exchange = moved and sentence.has(*THINGS)
        codes = [str(m.value) for m in sentence.of("state", "national")]
        for code in codes:
            named[code] += _NEAR_EXCHANGE if exchange else 1
        if moved:
            told.update(codes, (str(m.value) for m in sentence.of("side", "people", "to", "from")))
    alone = implied[1] if implied else None
    best: tuple[int, str, str] | None = None
    for code in list(named):
        for conflict in rules.conflicts_of(code):
            found = _rival(code, conflict, named, Counter())
            if not found or conflict.implied:
                continue
            others = {found[1], found[2]} - {alone}
            least = 0 if alone is None else 1 if alone in found[1:] else named[alone]
            if told.isdisjoint(others) or min(named[c] for c in others) <= least:
                continue
            if best is None or found[0] > best[0]:
                best = found
    return best[1:] if best else None


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
    if not together or not any(s.has(*EXCHANGES) for s in sentences):
        return None
    first, second = (code for code, _ in sorted(named.items(), key=lambda item: (-item[1], item[0]))[:2])
    return first, second


def _understood(sentences: Sequence[Sentence], rules: Rules, language: str) -> tuple[str, str] | None:
    """Who tells of an exchange and names nobody tells of the war of those who speak the language."""
    war = rules.understood.get(language)
    if war is None or not any(s.has(*EXCHANGES) for s in sentences):
        return None
    first, second = war.parties[:2]
    return first, second


def home_of(sides: tuple[str, str] | None, language: str, rules: Rules) -> str | None:
    """The side whose language the article is in, if any: agentless "were brought home" means there."""
    home = rules.home.get(language)
    return home if sides and home in sides else None
