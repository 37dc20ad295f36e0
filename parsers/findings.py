"""What is found of each number of an article."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from core.model import Status, What
from parsers import model
from parsers.candidates import Candidate

# (giver, receiver) pairs.
Ends = tuple[tuple[str | None, str | None], ...]
# A direction whose evidence sums up to less than this is not carried on to the next number.
SURE = 0.2


class Heard(NamedTuple):
    """What an encoder has read of a number: how much speaks for its going to either side, and for each answer.

    As news of a transfer (whichever way), as background, for its counting the dead: the logarithms of the odds. For
    its being news of a transfer to a side speaks its being news and its going there, together.
    """

    to_first: float
    to_second: float
    news: float
    background: float
    dead: float


@dataclass
class Judged:
    """One candidate under the models: sums for its standing, the two directions, the probabilities of both and dead."""

    candidate: Candidate
    names: set[str]
    standing: dict[str, float]
    clues: list[tuple[str, str]]
    towards: float
    mutual: float
    dead: float

    @cached_property
    def chances(self) -> dict[str, float]:
        """The probabilities of news, background and neither; to be asked for once all candidates are judged."""
        return model.shares(self.standing)


@dataclass(frozen=True, slots=True)
class Finding:
    """One number of an article: where it is told best, what it is, and who hands over to whom.

    `ends` are (giver, receiver) pairs: two of them where the same number goes both ways.
    """

    candidate: Candidate
    told: tuple[Judged, ...]
    standing: str
    probability: float
    status: Status
    dead: bool
    what: What
    ends: Ends
    day: str | None
    garbled: bool = False
    least: float = 0.0  # how likely it had to be news to be told as such
    beside: frozenset[str] = frozenset()  # the evidence on it in the light of the article's other numbers

    @property
    def value(self) -> int:
        """The number."""
        return self.candidate.value

    def proof(self, towards_first: bool) -> Candidate:
        """Where the number is best told of one direction: the place whose own clues speak most for it."""
        sign = 1 if towards_first else -1
        best = max(self.told, key=lambda j: sign * j.towards)
        own = next((j for j in self.told if j.candidate is self.candidate), best)
        return best.candidate if sign * own.towards < -SURE < SURE < sign * best.towards else self.candidate
