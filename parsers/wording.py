"""An article's words, in their order -> how likely it is worded like a report of an exchange.

The lexicon knows the words of exchanges; of a museum, a loan of footballers or an old film it knows none. Every word
has a vector here, made of those of its pieces (vectors.npz, from a model of a hundred languages), so that words that no
labelled article had speak like their kin. A small network (wording.npz, found by `make fit`) reads five words at a
time, with the lexicon's classes among them, and says what the article is about. It is asked for a second opinion where
the lexicon does not speak clearly against a report, and its answer is one piece of evidence beside the others.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from core.errors import ConfigError
from parsers.annotate import Sentence
from parsers.lexicon import HERE
from parsers.model import logistic

VECTORS, NETWORK = HERE / "vectors.npz", HERE / "wording.npz"
# So many words are read of an article: what it is about is told by then.
MOST = 300
# The sum of the lexicon's evidence from which on it is asked: with less, no wording makes a report.
ASKED = -3.0
# The network reads so many words at a time.
WINDOW = 5
# No piece is longer.
_LONGEST = 14
_HEARD = 3
# The pieces of so many words are kept: the first that come are the commonest.
_REMEMBERED = 10_000
BEGINS = {"title": "a headline begins", "text": "a sentence begins"}

# Of 64 bits, so that no processor's way of adding tips what stands on a threshold.
Floats = npt.NDArray[np.float64]


class Read(NamedTuple):
    """The first words of an article: of each its vector (words x numbers), and its classes (words x classes)."""

    vectors: Floats
    classes: Floats


@dataclass(frozen=True, slots=True)
class Vectors:
    """Pieces of words, and a row of small numbers for each."""

    rows: dict[str, int]
    table: npt.NDArray[np.int8]
    _known: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def of(self, words: Sequence[str]) -> Floats:
        """The mean of the vectors of each word's pieces; nothing but noughts for figures and marks."""
        made = np.zeros((len(words), self.table.shape[1]), np.float64)
        rows = [self._pieces(word) for word in words]
        spelled = [place for place, each in enumerate(rows) if each]
        if spelled:
            counts = np.array([len(rows[place]) for place in spelled])
            flat = [row for each in rows for row in each]
            sums = np.add.reduceat(self.table[flat], np.cumsum(counts) - counts, dtype=np.int32)
            made[spelled] = sums / (64.0 * counts[:, None])
        return made

    def _pieces(self, word: str) -> tuple[int, ...]:
        found = self._known.get(word)
        if found is None:
            found = tuple(self.rows[piece] for piece in pieces_of(word, self.rows)) if word[0].isalpha() else ()
            if len(self._known) < _REMEMBERED:
                self._known[word] = found
        return found


@dataclass(frozen=True, slots=True)
class Wording:
    """The network with its vectors. `parts` are its weights by name, as `make fit` wrote them."""

    vectors: Vectors
    classes: Mapping[str, int]
    parts: Mapping[str, Floats]

    def chance(self, sentences: Sequence[Sentence]) -> float:
        """How likely an article is worded like a report."""
        return logistic(self.sum(sentences))

    def sum(self, sentences: Sequence[Sentence]) -> float:
        """The same before it is made a probability; 0 for an article without words."""
        read = self.read(sentences)
        return self._answer(read) if len(read.vectors) else 0.0

    def read(self, sentences: Sequence[Sentence]) -> Read:
        """An article's first words as the network takes them; its sentences begin with the headline."""
        words: list[str] = []
        named: list[tuple[int, int]] = []
        for sentence in sentences:
            first = len(words)
            words += sentence.words
            begins = [(first, self.classes[BEGINS[sentence.part]])] if sentence.words else []
            named += begins + [
                (first + place, self.classes[m.cls])
                for m in sentence.mentions
                if m.cls in self.classes
                for place in range(m.first, m.last)
            ]
            if len(words) >= MOST:
                break
        classes = np.zeros((len(words), len(self.classes)), np.float64)
        classes[tuple(np.array(named, np.intp).reshape(-1, 2).T)] = 1
        return Read(self.vectors.of(words[:MOST]), classes[:MOST])

    def _answer(self, read: Read) -> float:
        part = self.parts
        seen = np.maximum(read.vectors @ part["word"] + read.classes @ part["class"] + part["word bias"], 0)
        padded = np.pad(seen, ((WINDOW // 2, WINDOW // 2), (0, 0)))
        near = sum(padded[i : i + len(seen)] @ part["window"][i] for i in range(WINDOW))
        heard = np.maximum(near + part["window bias"], 0)
        notice = heard @ part["notice"]
        notice = np.exp(notice - notice.max(axis=0))
        told = (notice / notice.sum(axis=0)).T @ heard
        whole = np.concatenate([told.ravel(), heard.max(axis=0), seen.mean(axis=0)])
        middle = np.maximum(whole @ part["middle"] + part["middle bias"], 0)
        return float(middle @ part["last"] + part["last bias"])


def heard_most(
    ask: Callable[[Sequence[Sentence]], float], sentences: Sequence[Sentence], first: int
) -> list[tuple[float, Sentence]]:
    """The sentences that a network hears most, for a report or against it: what its sum has by each, weightiest first.

    Only so many of the `first` are looked at: each takes as long as the whole article.
    """
    whole, asked = ask(sentences), sentences[:first]
    found = [(whole - ask([s for s in sentences if s is not left_out]), left_out) for left_out in asked]
    return sorted(found, key=lambda item: -abs(item[0]))[:_HEARD]


def pieces_of(word: str, known: Mapping[str, int]) -> Iterable[str]:
    """A word in small letters -> the longest known pieces of it, from left to right; what has none is left out."""
    rest = f"▁{word}"
    while rest:
        for end in range(min(len(rest), _LONGEST), 0, -1):
            if rest[:end] in known:
                yield rest[:end]
                rest = rest[end:]
                break
        else:
            rest = rest[1:]


@cache
def vectors() -> Vectors:
    """The packaged vectors. Raises ConfigError where the file is missing or spoiled."""
    data = _loaded(VECTORS)
    pieces = data["pieces"].tobytes().decode().split("\n")
    return Vectors({piece: row for row, piece in enumerate(pieces)}, data["table"].astype(np.int8, copy=False))


@cache
def load() -> Wording:
    """The packaged network with its vectors. Raises ConfigError where a file is missing or spoiled.

    From then on numpy's library multiplies matrices in one thread: these are too small for two to be quicker, and
    articles are read in processes beside each other.
    """
    threadpool_limits(1, user_api="blas")
    return of(_loaded(NETWORK))


def of(data: Mapping[str, npt.NDArray[np.generic]]) -> Wording:
    """A network of its weights by name; "classes" has the names of the classes, in order."""
    parts = {name: array.astype(np.float64) for name, array in data.items() if name != "classes"}
    return Wording(vectors(), {str(name): number for number, name in enumerate(data["classes"])}, parts)


def _loaded(file: Path) -> dict[str, npt.NDArray[np.generic]]:
    try:
        with np.load(file) as data:
            return dict(data)
    except (OSError, EOFError, ValueError, BadZipFile, zlib.error) as problem:
        raise ConfigError([f"{file.name}: {problem}"]) from None
