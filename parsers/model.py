"""Named evidence -> probabilities, by the weights in weights.json.

Each question ("is this number news?") has its own linear model: the weights of the evidence that holds are added to
a bias, and the logistic function makes a probability of the sum. `make fit` finds the weights from the labelled cases;
nothing else is learnt, and every weight has the name of the evidence that it weighs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.errors import ConfigError
from parsers.lexicon import HERE

FILE = HERE / "weights.json"
QUESTIONS = (
    "relevance",
    "report",
    "status",
    "number",
    "kind",
    "number status",
    "mutual",
    "direction",
    "day",
    "transfer",
)
# A probability from here on makes an article a report, a number news, a day that of the exchange. Chosen where
# F1 was best when each fifth of the labelled cases was judged by weights found on the other four. From 0.4 to 0.6
# REPORT changes F1 by some thousandths, false alarms by a third: in life ordinary news is far more common than among
# the cases, so it is not the lowest.
REPORT, NEWS, BACKGROUND, DAY = 0.5, 0.38, 0.3, 0.3
# What may be background must be surer news: a desk is paged for nothing old. From each likelihood of background on, how
# likely news is to be. On unseen articles more than half of the background figures told as news are gone with this, and
# F1 is some thousandths less.
SURER = ((0.2, 0.75), (0.1, 0.6))
# Where no number of a report reaches NEWS, its likeliest is taken from here on.
LIKELIEST = 0.2
# An article that is a report as surely as SURE tells its transfer however oddly: its likeliest number is taken from
# LEAST on, and nobody asks that a transfer without a number is told plainly and early. Of articles as sure that would
# tell nothing otherwise, three in four are reports.
SURE, LEAST = 0.7, 0.1
BIAS = ""
# No probability is nearer to none or to one where probabilities are weighed against each other.
_SUREST = 1e-4


@dataclass(frozen=True, slots=True)
class Model:
    """The weights of one question: answer -> name of evidence -> weight."""

    answers: Mapping[str, Mapping[str, float]]

    def sums(self, names: Iterable[str]) -> dict[str, float]:
        """The summed weight for each answer."""
        known = [BIAS, *names]
        # Exactly rounded: a set's order, which no two processes share, must not tip what stands on a threshold.
        return {answer: math.fsum(filter(None, map(weights.get, known))) for answer, weights in self.answers.items()}

    def probabilities(self, names: Iterable[str]) -> dict[str, float]:
        """The probability of each answer; with a single answer, of that against its contrary."""
        return shares(self.sums(names))

    def reasons(self, answer: str, names: Iterable[str], most: int = 5) -> list[tuple[float, str]]:
        """The weightiest evidence for and against an answer, the weightiest first."""
        weights = self.answers[answer]
        found = [(weights[name], name) for name in names if weights.get(name)]
        return sorted(found, key=lambda item: (-abs(item[0]), item[1]))[:most]


def shares(sums: Mapping[str, float]) -> dict[str, float]:
    """Sums of weights -> probabilities that add up to one (or one probability, where there is one answer)."""
    if len(sums) == 1:
        return {answer: logistic(value) for answer, value in sums.items()}
    highest = max(sums.values())
    powers = {answer: math.exp(value - highest) for answer, value in sums.items()}
    total = sum(powers.values())
    return {answer: power / total for answer, power in powers.items()}


def logistic(value: float) -> float:
    """A sum of weights -> a probability."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))


def odds(probability: float) -> float:
    """A probability -> the logarithm of its odds; what is all but sure is taken for as sure as a ten-thousandth."""
    sure = max(_SUREST, min(1 - _SUREST, probability))
    return math.log(sure / (1 - sure))


def least_news(background: float, least: float = NEWS, surer: Iterable[tuple[float, float]] = SURER) -> float:
    """How likely a number must be news to be told as such: `least`, or more when it is background as likely as this."""
    return next((likely for chance, likely in surer if background > chance), least)


@cache
def load() -> Mapping[str, Model]:
    """The packaged weights, by question. Raises ConfigError where the file is missing or spoiled."""
    try:
        return of(json.loads(FILE.read_text(encoding="utf-8")))
    except (OSError, ValueError) as problem:
        raise ConfigError([f"{FILE.name}: {problem}"]) from None


def of(data: Mapping[str, Any]) -> Mapping[str, Model]:
    """Parsed weights -> models. Raises ValueError where a question is missing."""
    missing = [question for question in QUESTIONS if question not in data]
    if missing:
        raise ValueError(f"no weights for {', '.join(missing)}: run make fit")
    return {question: Model(data[question]) for question in QUESTIONS}
