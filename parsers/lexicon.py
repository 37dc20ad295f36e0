"""languages/*.yaml and conflicts/*.yaml -> one compiled lexicon that names every word and phrase it knows.

A term is words divided by spaces. `полонен*` stands for every word that begins so; `soldier{,s}` lists endings, which
are spelled out when the lexicon compiles; `~` stands for up to five words of no matter what ("hand* ~ over").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from core.errors import ConfigError

HERE = Path(__file__).parent
GAP = "~"
_GAP_WORDS = 5
_BRACES = re.compile(r"\{([^{}]*)\}")
# A flag is written with two letters of its own, those of the state's code.
FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
FLAG = f"[{FLAG_LETTERS}]{{2}}"
_WORD = re.compile(rf"[^\W\d_]+(?:['-][^\W\d_]+)*|\d+|{FLAG}|[^\w\s]")
# So many words, and pairs of words, that were looked up are remembered in each language: pairs take more room.
_REMEMBERED, _REMEMBERED_PAIRS = 30_000, 10_000
_NOTHING: tuple[frozenset[str], tuple[tuple[str, tuple[str, ...]], ...]] = (frozenset(), ())


class Meaning(NamedTuple):
    """What a term stands for: its class ("body", "give", "side") and a value (a party, a number, a name)."""

    cls: str
    value: Any = None


class Phrase(NamedTuple):
    """A term of one or more words, as patterns, with its meaning; `rest` are the words after the first."""

    rest: tuple[str, ...]
    meaning: Meaning


class Mention(NamedTuple):
    """A term found in a text: tokens `first` to `last` (exclusive)."""

    cls: str
    value: Any
    first: int
    last: int


@dataclass(slots=True)
class Lexicon:
    """The compiled terms. `at(words, i)` is what is known of the phrase that begins at word i."""

    exact: dict[str, list[Phrase]] = field(default_factory=dict)
    prefixes: dict[str, list[Phrase]] = field(default_factory=dict)
    abbreviations: frozenset[str] = frozenset()
    elisions: tuple[str, ...] = ()
    _longest: int = 0
    _seen: dict[str, tuple[Phrase, ...]] = field(default_factory=dict)
    _pairs: dict[tuple[str, str], tuple[Phrase, ...]] = field(default_factory=dict)
    _shapes: dict[str, tuple[frozenset[str], tuple[tuple[str, tuple[str, ...]], ...]]] = field(default_factory=dict)

    def add(self, term: str, meaning: Meaning) -> None:
        """Add a term with all its spellings."""
        for spelled in spellings(term):
            first, *rest = (unelided(word, self.elisions) for word in _words(spelled))
            phrase = Phrase(tuple(rest), meaning)
            if first.endswith("*"):
                self.prefixes.setdefault(first[:-1], []).append(phrase)
                self._longest = max(self._longest, len(first) - 1)
            else:
                self.exact.setdefault(first, []).append(phrase)

    def beginning(self, word: str) -> tuple[Phrase, ...]:
        """Every phrase that may begin with this lower-case word, the longest first."""
        found = self._seen.get(word)
        if found is None:
            phrases = list(self.exact.get(word, ()))
            for length in range(2, min(len(word), self._longest) + 1):
                phrases.extend(self.prefixes.get(word[:length], ()))
            phrases.sort(key=lambda phrase: -len(phrase.rest))
            found = tuple(phrases)
            if len(self._seen) < _REMEMBERED:
                self._seen[word] = found
        return found

    def _going_on(self, word: str, following: str) -> tuple[Phrase, ...]:
        """The phrases of `beginning` that the following word does not rule out."""
        found = self._pairs.get((word, following))
        if found is None:
            found = tuple(
                phrase
                for phrase in self.beginning(word)
                if not phrase.rest or phrase.rest[0] == GAP or _fits(phrase.rest[0], following)
            )
            if len(self._pairs) < _REMEMBERED_PAIRS:
                self._pairs[word, following] = found
        return found

    def covers(self, words: set[str], groups: Iterable[frozenset[str]]) -> bool:
        """Whether of each group of classes a term's words all occur in a set of lower-case words, in whatever order.

        A class whose term has a value, such as a party, is named with a mark after it ("side=").
        """
        lacking = list(groups)
        for word in words:
            alone, longer = self._shapes.get(word) or self._shape(word)
            if alone or longer:
                told = {name for name, rest in longer if all(_may_be_among(words, part) for part in rest)} | alone
                lacking = [group for group in lacking if group.isdisjoint(told)]
                if not lacking:
                    return True
        return False

    def _shape(self, word: str) -> tuple[frozenset[str], tuple[tuple[str, tuple[str, ...]], ...]]:
        """The classes that a word tells alone, and the other ones told by phrases that begin with it, with the rest."""
        phrases = self.beginning(word)
        alone = frozenset(_marked(phrase.meaning) for phrase in phrases if not phrase.rest)
        longer = ((_marked(phrase.meaning), phrase.rest) for phrase in phrases if phrase.rest)
        shape = (alone, tuple((name, rest) for name, rest in longer if name not in alone)) if phrases else _NOTHING
        if len(self._shapes) < _REMEMBERED:
            self._shapes[word] = shape
        return shape

    def mentions(self, words: list[str]) -> list[Mention]:
        """All terms in a list of lower-case words, in order; of one class the longest that begins at a word."""
        found: list[Mention] = []
        busy: dict[str, int] = {}
        following = iter(words)
        next(following, None)
        for i, word in enumerate(words):
            after = next(following, "")
            phrases = self.beginning(word)
            if not phrases:
                continue
            if phrases[0].rest:
                phrases = self._going_on(word, after)
            for phrase in phrases:
                cls, value = phrase.meaning
                if busy.get(cls, 0) > i:
                    continue
                last = _match(phrase.rest, words, i + 1) if phrase.rest else i + 1
                if last:
                    found.append(Mention(cls, value, i, last))
                    busy[cls] = last if GAP not in phrase.rest else i + 1
        return found


def _may_be_among(words: set[str], part: str) -> bool:
    return part in words or part[-1] == "*" or not part[0].isalnum()  # a gap, a full stop


def _marked(meaning: Meaning) -> str:
    return meaning.cls if meaning.value is None else f"{meaning.cls}="


def _match(rest: tuple[str, ...], words: list[str], at: int) -> int:
    """Where the phrase ends that goes on with `rest` at word `at`; 0 where it does not."""
    for n, pattern in enumerate(rest):
        if pattern == GAP:
            stop = min(len(words), at + _GAP_WORDS + 1)
            return next((end for i in range(at, stop) if (end := _match(rest[n + 1 :], words, i))), 0)
        if at >= len(words) or not _fits(pattern, words[at]):
            return 0
        at += 1
    return at


def _fits(pattern: str, word: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern


def _words(term: str) -> list[str]:
    """A term's words as the tokeniser would cut them; the star stays with its word."""
    words: list[str] = []
    for part in term.lower().split():
        if part == GAP:
            words.append(part)
            continue
        star = part.endswith("*")
        cut = _WORD.findall(part.rstrip("*"))
        if star:
            cut[-1] += "*"
        words.extend(cut)
    return words


def unelided(word: str, elisions: tuple[str, ...]) -> str:
    """A word without the article or pronoun that is joined to it by an apostrophe: "l'échange" is "échange"."""
    for elision in elisions:
        if word.startswith(elision) and len(word) > len(elision):
            return word[len(elision) :]
    return word


def flag(code: str) -> str:
    """The flag of a state with this two-letter code; nothing for other codes."""
    letters = [ord(letter) - ord("A") for letter in code]
    if len(letters) != 2 or not all(0 <= letter < len(FLAG_LETTERS) for letter in letters):
        return ""
    return "".join(FLAG_LETTERS[letter] for letter in letters)


def spellings(term: str) -> Iterator[str]:
    """A term with braces -> each of its spellings."""
    braces = _BRACES.search(term)
    if braces is None:
        yield term
        return
    for ending in braces.group(1).split(","):
        yield from spellings(term[: braces.start()] + ending.strip() + term[braces.end() :])


def read(path: Path) -> dict[str, Any]:
    """One YAML file of rules, as a mapping. Raises ConfigError with the file and the line."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise ConfigError([f"{path.name}: {' '.join(str(problem).split())}"]) from None
    if not isinstance(data, dict):
        raise ConfigError([f"{path.name}: a mapping is wanted, with keys such as 'terms'"])
    return data


def terms_of(data: Mapping[str, Any], file: str) -> Iterator[tuple[str, str]]:
    """The (class, term) pairs of a file's `terms`. Raises ConfigError for anything that is no list of words."""
    for cls, terms in (data.get("terms") or {}).items():
        for term in as_terms(terms, f"{file}: terms.{cls}"):
            yield cls, term


def as_terms(terms: Any, where: str) -> Iterable[str]:
    """A list of terms, checked. Raises ConfigError that names the place."""
    if not isinstance(terms, list) or not all(isinstance(term, str) and term.strip() for term in terms):
        raise ConfigError([f'{where}: a list of words is wanted (quote words such as "no" and "on")'])
    return terms
