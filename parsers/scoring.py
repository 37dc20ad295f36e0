"""Named evidence -> a score between 0 and 1, and the threshold at which an article is a report.

The score is the sum of the weights of the evidence that holds, squeezed into 0..1 by 1 - 2^(-sum / 4); an article is a
report from 0.5 on, that is from a sum of 4. The weights were set on the developed-on half of the labelled cases.
"""

from __future__ import annotations

from collections.abc import Iterable

WEIGHTS = {
    "a counted transfer with its direction": 3.0,
    "a counted transfer": 1.5,
    "a transfer without a number": 1.0,
    "told in the headline": 2.0,
    "told in the first sentences": 1.5,
    "both sides named": 1.0,
    "an official is cited": 1.0,
    "a day is given": 0.5,
    "a mediator is named": 0.5,
    "the words prisoner, body or captivity beside the transfer": 1.0,
    "another subject in the headline": -2.5,
    "another subject at the start": -1.5,
    "one side is only implied": -0.5,
}
THRESHOLD = 0.5
_HALF = 4.0


def score(evidence: Iterable[str]) -> float:
    """The score of a set of evidence, by its names in WEIGHTS."""
    total = sum(WEIGHTS[name] for name in set(evidence))
    return round(1 - 2 ** (-total / _HALF), 3) if total > 0 else 0.0
