"""A page's bytes -> whether the detector may find a report in its article: quick to say, and never wrongly no.

With hyperscan installed its automata look for all terms at once, with numba the words of most pages are told in one
compiled pass; without them both is done by Python alone, which is slower and gives the same answers.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, reduce
from importlib import import_module
from importlib.util import find_spec
from operator import or_
from pathlib import Path
from typing import Any, Protocol

from parsers.extract import decode
from parsers.necessary import Necessary, necessary
from parsers.rules import Rules

_HYPERSCAN, _NUMBA = find_spec("hyperscan"), find_spec("numba")  # an extra

_REMEMBERED = 200_000
# Of one set of rules: those of another, and old ones, give way.
_KEPT = Path(__file__).with_name("__pycache__") / "terms.hyperscan"


class Finder(Protocol):
    """Looks for terms in words."""

    def __call__(self, words: bytes) -> int:
        """The kinds of the terms that occur."""


class Scan:
    """The scan, compiled. `may_report` is all that its user needs."""

    def __init__(self, condition: Necessary, finder: Finder, one_pass: Callable[[bytes], bytes | None] | None) -> None:
        self._condition = condition
        self._find = finder
        self._one_pass = one_pass

    @classmethod
    def load(cls, rules: Rules, fast: bool = True) -> Scan:
        """The scan for some rules, in some seconds at most; `fast=False` is without hyperscan and numba."""
        condition = necessary(rules)
        finder = FastFinder if fast and _HYPERSCAN else PlainFinder
        return cls(condition, finder(condition), _one_pass(condition) if fast and _NUMBA else None)

    def may_report(self, body: bytes, content_type: str | None = None) -> bool:
        """Whether the article of a page may be a report, in some language."""
        words = self._one_pass(body) if self._one_pass else None
        if words is None and self._one_pass and not _is_utf8(body):
            words = self._one_pass(decode(body, content_type).encode("utf-8", "replace"))
        if words is None:
            words = self._condition.letters.of_page(body, content_type)
        return self.opens(words)

    def may_report_text(self, text: str) -> bool:
        """The same of a text."""
        return self.opens(self._condition.letters.of_text(text))

    def opens(self, words: bytes) -> bool:
        """The same of words in the condition's letters."""
        return self._condition.opens(self._find(words))


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _one_pass(condition: Necessary) -> Callable[[bytes], bytes | None] | None:
    """The compiled pass; nothing where numba does not run, or finds no place to keep what it compiled."""
    try:
        made = import_module("parsers.one_pass").OnePass
        told: Callable[[bytes], bytes | None] = made(condition.letters, condition.longest)
    except (ImportError, RuntimeError):
        return None
    return told


class FastFinder:
    """All terms at once, by hyperscan."""

    def __init__(self, condition: Necessary, kept: Path = _KEPT) -> None:
        """Compiles for a second when the terms are new to this machine, and keeps the result where `kept` says."""
        # Terms of the same kinds have one number: of them hyperscan tells the first alone.
        self._kinds = tuple(dict.fromkeys(condition.kinds))
        numbers = {kinds: number for number, kinds in enumerate(self._kinds)}
        ids = [numbers[kinds] for kinds in condition.kinds]
        self._database = _automata([term.pattern for term in condition.terms], ids, kept)

    def __call__(self, words: bytes) -> int:
        """See Finder."""
        found: list[int] = []
        self._database.scan(words, match_event_handler=lambda number, *_: found.append(number))
        return reduce(or_, map(self._kinds.__getitem__, found), 0)


def _automata(patterns: list[bytes], ids: list[int], kept: Path) -> Any:
    """Hyperscan's database of some patterns: the one that is kept, where it is of these, and whole, else a new one."""
    hyperscan = import_module("hyperscan")
    key = hashlib.sha256(repr((hyperscan.__version__, patterns, ids)).encode()).digest()
    # What is damaged or of another processor is told by hyperscan, which keeps a sum beside it.
    with suppress(OSError, hyperscan.error):
        found = kept.read_bytes()
        if found.startswith(key):
            database = hyperscan.loadb(found[len(key) :], hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
            return database
    database = hyperscan.Database()
    flags = [hyperscan.HS_FLAG_SINGLEMATCH] * len(patterns)
    database.compile(expressions=patterns, ids=ids, elements=len(patterns), flags=flags)
    beside = kept.with_name(f"{kept.name}.{os.getpid()}")
    try:
        kept.parent.mkdir(exist_ok=True)
        beside.write_bytes(key + hyperscan.dumpb(database))
        beside.replace(kept)
    except OSError:  # where nothing can be kept, every process compiles
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return database


class PlainFinder:
    """Word by word, by the words with which terms begin."""

    def __init__(self, condition: Necessary) -> None:
        self._kinds = condition.kinds
        self._alone: dict[bytes, list[int]] = {}
        self._longer: dict[int, re.Pattern[bytes]] = {}
        for number, term in enumerate(condition.terms):
            self._alone.setdefault(term.first, []).append(number)
            if term.first != term.pattern:
                self._longer[number] = re.compile(re.escape(term.pattern) if term.literal else term.pattern)
        self._longest = max(map(len, self._alone), default=0)
        self._beginning = lru_cache(_REMEMBERED)(self._terms_of)

    def __call__(self, words: bytes) -> int:
        """See Finder."""
        found = 0
        for word in dict.fromkeys(words.split()):
            for term in self._beginning(word):
                longer = self._longer.get(term)
                if longer is None or longer.search(words):
                    found |= self._kinds[term]
        return found

    def _terms_of(self, word: bytes) -> tuple[int, ...]:
        """The terms that a word begins."""
        whole = b" " + word + b" "
        lengths = range(1, min(len(whole), self._longest) + 1)
        return tuple(term for length in lengths for term in self._alone.get(whole[:length], ()))
