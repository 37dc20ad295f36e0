"""A page's bytes -> whether the detector may find a report in its article: quick to say, and never wrongly no.

With hyperscan installed its automata look for all terms at once; without it the words are looked up one by one, which
is slower and gives the same answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from parsers.necessary import Necessary, Term, necessary
from parsers.rules import Rules

_HYPERSCAN = find_spec("hyperscan")  # an extra

_REMEMBERED = 200_000


class Finder(Protocol):
    """Looks for terms in words."""

    def __call__(self, words: bytes, hears: Callable[[int], bool]) -> None:
        """Tell the number of each term that occurs, perhaps more than once, until `hears` says that it is enough."""


class Scan:
    """The scan, compiled. `may_report` is all that its user needs."""

    def __init__(self, condition: Necessary, finder: Finder) -> None:
        self._condition = condition
        self._find = finder

    @classmethod
    def load(cls, rules: Rules, fast: bool = True) -> Scan:
        """The scan for some rules, in less than a second; `fast=False` is without hyperscan."""
        condition = necessary(rules)
        finder = FastFinder if fast and _HYPERSCAN else PlainFinder
        return cls(condition, finder(condition.terms))

    def may_report(self, body: bytes, content_type: str | None = None) -> bool:
        """Whether the article of a page may be a report, in some language."""
        return self.opens(self._condition.letters.of_page(body, content_type))

    def may_report_text(self, text: str) -> bool:
        """The same of a text."""
        return self.opens(self._condition.letters.of_text(text))

    def opens(self, words: bytes) -> bool:
        """The same of words in the condition's letters."""
        condition, found, opened = self._condition, 0, False

        def hears(term: int) -> bool:
            nonlocal found, opened
            more = found | condition.kinds[term]
            if more != found:
                found = more
                opened = condition.opens(found)
            return opened

        self._find(words, hears)
        return opened


class FastFinder:
    """All terms at once, by hyperscan."""

    def __init__(self, terms: Iterable[Term]) -> None:
        hyperscan = import_module("hyperscan")
        patterns = [term.pattern for term in terms]
        flags = [hyperscan.HS_FLAG_SINGLEMATCH] * len(patterns)
        self._enough: type[Exception] = hyperscan.ScanTerminated
        self._database: Any = hyperscan.Database()
        self._database.compile(
            expressions=patterns, ids=list(range(len(patterns))), elements=len(patterns), flags=flags
        )

    def __call__(self, words: bytes, hears: Callable[[int], bool]) -> None:
        """See Finder."""
        try:
            self._database.scan(words, match_event_handler=lambda term, *_: hears(term) or None)
        except self._enough:
            return


class PlainFinder:
    """Word by word, by the words with which terms begin."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._alone: dict[bytes, list[int]] = {}
        self._longer: dict[int, re.Pattern[bytes]] = {}
        for number, term in enumerate(terms):
            self._alone.setdefault(term.first, []).append(number)
            if term.first != term.pattern:
                self._longer[number] = re.compile(re.escape(term.pattern) if term.literal else term.pattern)
        self._longest = max(map(len, self._alone), default=0)
        self._beginning = lru_cache(_REMEMBERED)(self._terms_of)

    def __call__(self, words: bytes, hears: Callable[[int], bool]) -> None:
        """See Finder."""
        for word in dict.fromkeys(words.split()):
            for term in self._beginning(word):
                longer = self._longer.get(term)
                if (longer is None or longer.search(words)) and hears(term):
                    return

    def _terms_of(self, word: bytes) -> tuple[int, ...]:
        """The terms that a word begins."""
        whole = b" " + word + b" "
        lengths = range(1, min(len(whole), self._longest) + 1)
        return tuple(term for length in lengths for term in self._alone.get(whole[:length], ()))
