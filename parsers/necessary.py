"""The rules -> what the words of an article must hold before the detector can report it, language by language.

It repeats the detector's gates ("words" and "sides") as a condition that more words can only help to fulfil, so that
it may be asked of anything that holds the article's words in their order, such as the page around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from operator import or_
from typing import NamedTuple

from parsers.annotate import EXCHANGES, THINGS, TRANSFERS
from parsers.letters import Letters
from parsers.lexicon import GAP, Meaning, Phrase
from parsers.rules import Language, Rules

_MOVES = (*TRANSFERS, "move")
_CAPTIVE_OR_FALLEN = (*THINGS, "dead", "own", "military", "wounded", *EXCHANGES)
_FREEING = ("swap", "free", "return", "retrieve")
_TAKEN = ("prisoner", "body", "captivity")
_NAMES = ("side", "people", "own", "to", "from", "official")
_STATES = ("state", "national")
_ANYBODY = (*_NAMES, *_STATES, "vague")
_CLASSES = frozenset((*_MOVES, *_CAPTIVE_OR_FALLEN, "person", "people", "reverse", *_ANYBODY))
_MOST_BETWEEN = 5
_ANY_WORDS = rb"(?:[^ ]+ ){0,%d}" % _MOST_BETWEEN


class Term(NamedTuple):
    """One or more words as they stand in `Letters`, as a pattern of bytes; `first` is how the first of them begins.

    `literal` where the pattern stands for itself alone.
    """

    pattern: bytes
    first: bytes
    literal: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """What one language wants. Every number is a set of bits: the kinds of terms that were found."""

    moves: int
    captive_or_fallen: int
    people: int
    freeing: int
    pairs: int  # any party that implies its opponent
    understood: int  # an exchange, in a language in which it needs no party
    conflicts: tuple[tuple[int, ...], ...]  # of the parties of any conflict with others, two
    fighting: int  # all of these: of most pages' terms none or one, which spares a look at each conflict
    transfers: int
    taken: int
    swap: int
    states: int
    codes: tuple[int, ...]  # of states, two
    named: int  # anybody at all

    def opens(self, found: int) -> bool:
        """Whether an article with these kinds of terms may be reported."""
        named = found & self.named
        if not ((named or found & self.understood) and found & self.moves):
            return False
        if not (found & self.captive_or_fallen or (found & self.people and found & self.freeing)):
            return False
        if found & self.pairs or found & self.understood:
            return True
        if not named & (named - 1):  # one name alone
            return False
        fighting = found & self.fighting
        if fighting & (fighting - 1) and any(_two(fighting, parties) for parties in self.conflicts):
            return True
        return bool(
            found & self.transfers
            and found & self.taken
            and found & self.swap
            and found & self.states
            and _two(found, self.codes)
        )


def _two(found: int, names: tuple[int, ...]) -> bool:
    first = False
    for name in names:
        if found & name:
            if first:
                return True
            first = True
    return False


@dataclass(frozen=True, slots=True)
class Necessary:
    """The condition of all languages: terms, the kinds that each of them tells, and the gates."""

    letters: Letters
    terms: tuple[Term, ...]
    kinds: tuple[int, ...]
    gates: tuple[Gate, ...]

    @property
    def longest(self) -> int:
        """No term has more words than so many."""
        return max((t.pattern.count(b" ") + _MOST_BETWEEN * t.pattern.count(_ANY_WORDS) for t in self.terms), default=0)

    def opens(self, found: int) -> bool:
        """Whether any language's gate opens for these kinds."""
        return any(gate.opens(found) for gate in self.gates if found & gate.moves)


def necessary(rules: Rules) -> Necessary:
    """The condition under which some language's rules can make a report."""
    wanted = [(code, *term) for code, language in rules.languages.items() for term in _phrases(language)]
    letters = Letters(letter for _, words, _ in wanted for word in words for letter in word.rstrip("*"))
    bits: dict[tuple[str, str, str], int] = {}
    kinds: dict[Term, int] = {}
    for code, words, meaning in wanted:
        term = _term(words, letters)
        bit = bits.setdefault((code, meaning.cls, _named(meaning)), 1 << len(bits))
        kinds[term] = kinds.get(term, 0) | bit
    gates = tuple(_gate(code, rules, bits) for code in rules.languages)
    return Necessary(letters, tuple(kinds), tuple(kinds.values()), gates)


def _phrases(language: Language) -> Iterator[tuple[tuple[str, ...], Meaning]]:
    """Each term as its words, with a star where more letters may follow."""
    lexicon = language.lexicon
    every: list[tuple[str, list[Phrase]]] = [
        *lexicon.exact.items(),
        *((f"{stem}*", phrases) for stem, phrases in lexicon.prefixes.items()),
    ]
    for first, phrases in every:
        for phrase in phrases:
            if phrase.meaning.cls in _CLASSES:
                yield (first, *phrase.rest), phrase.meaning


def _term(words: Iterable[str], letters: Letters) -> Term:
    """Words -> the pattern: apostrophes and hyphens divide words here, on pages as in terms."""
    pattern, literal, start = b" ", True, b""
    for word in words:
        if word == GAP:
            pattern, literal = pattern + _ANY_WORDS, False
            continue
        if not pattern.endswith((b" ", _ANY_WORDS)):  # after a star
            pattern, literal = pattern + b"[^ ]* ", False
        spelled = letters.of_text(word.rstrip("*")).strip()
        if not spelled:  # a full stop or a comma
            continue
        last = pattern[-2:-1]
        if pattern.endswith(b" ") and last and last.isdigit() != spelled[:1].isdigit():  # "m23": a page has one word
            pattern, literal = pattern[:-1] + b" ?", False
            start = start.rstrip() if start == pattern[:-1] else start
        pattern += spelled if word.endswith("*") else spelled + b" "
        start = start or pattern[: pattern.find(b" ", 1) + 1] or pattern
    return Term(pattern, start, literal)


def _named(meaning: Meaning) -> str:
    value = meaning.value[0] if meaning.cls == "official" else meaning.value
    return "" if value is None else str(value)


def _gate(language: str, rules: Rules, bits: dict[tuple[str, str, str], int]) -> Gate:
    own: dict[str, list[tuple[str, int]]] = {}
    for (spoken, cls, name), bit in bits.items():
        if spoken == language:
            own.setdefault(cls, []).append((name, bit))

    def kinds(*classes: str, named: str | None = None) -> int:
        chosen = (bit for cls in classes for name, bit in own.get(cls, ()) if named in (None, name))
        return reduce(or_, chosen, 0)

    def naming(code: str) -> int:
        """What names a party; "our defenders" does where its language is at home."""
        at_home = rules.home.get(language) == code
        return kinds(*(cls for cls in _NAMES if cls != "own" or at_home), named=code)

    enough = {code for each in rules.conflicts for code in each.parties if each.implies(code)}
    others = {tuple(sorted(each.parties)) for each in rules.conflicts if not enough.issuperset(each.parties)}
    at_war = tuple(tuple(kinds(*_ANYBODY, named=code) for code in each) for each in sorted(others))
    return Gate(
        moves=kinds(*_MOVES),
        captive_or_fallen=kinds(*_CAPTIVE_OR_FALLEN),
        people=kinds("person", "people"),
        freeing=kinds(*_FREEING),
        pairs=reduce(or_, (naming(code) for code in enough), 0),
        understood=kinds(*EXCHANGES) if language in rules.understood else 0,
        conflicts=at_war,
        fighting=reduce(or_, chain.from_iterable(at_war), 0),
        transfers=kinds(*TRANSFERS),
        taken=kinds(*_TAKEN),
        swap=kinds(*EXCHANGES),
        states=kinds(*_STATES),
        codes=tuple(kinds(*_STATES, "side", "people", named=code) for code in rules.parties),
        named=kinds(*_ANYBODY),
    )
