"""Labelled articles and what was detected in them -> how much was found, invented and missed.

The definitions are those of the labelling guide: a figure is (dead or living, giver, receiver, count); a background
figure told as news is a leak; kind, status and day are compared on the first event of articles that are relevant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Labelled = Mapping[str, Any]
FigureKey = tuple[str, str | None, str | None, int]


@dataclass(slots=True)
class Found:
    """A count of things found rightly, invented, and missed."""

    right: int = 0
    invented: int = 0
    missed: int = 0

    def compare(self, wanted: set[Any], got: set[Any]) -> None:
        """Add one article's comparison."""
        self.right += len(wanted & got)
        self.invented += len(got - wanted)
        self.missed += len(wanted - got)

    @property
    def precision(self) -> float:
        """Right among all that was found; 1 when nothing was."""
        return self.right / (self.right + self.invented) if self.right + self.invented else 1.0

    @property
    def recall(self) -> float:
        """Right among all that was to be found; 1 when nothing was."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(slots=True)
class Share:
    """So many of so many."""

    right: int = 0
    of: int = 0

    def add(self, is_right: bool) -> None:
        """One more, right or wrong."""
        self.right += is_right
        self.of += 1

    @property
    def value(self) -> float | None:
        """The share, or nothing where nothing was compared."""
        return self.right / self.of if self.of else None


@dataclass(slots=True)
class Scores:
    """All scores of one set of articles."""

    articles: int = 0
    relevance: Found = field(default_factory=Found)
    figures: Found = field(default_factory=Found)
    undirected: Found = field(default_factory=Found)
    background: Found = field(default_factory=Found)
    leak: Share = field(default_factory=Share)
    kind: Share = field(default_factory=Share)
    status: Share = field(default_factory=Share)
    day: Share = field(default_factory=Share)
    near_day: Share = field(default_factory=Share)


def score(pairs: Iterable[tuple[Labelled, Labelled]]) -> Scores:
    """(label, prediction) of each article -> the scores, without the grouping."""
    scores = Scores()
    for label, prediction in pairs:
        scores.articles += 1
        scores.relevance.compare({1} if label["relevant"] else set(), {1} if prediction["relevant"] else set())
        news, got = figures(label["events"]), figures(prediction["events"])
        old = figures(label["background"])
        scores.figures.compare(news, got)
        scores.undirected.compare({(f[0], f[3]) for f in news}, {(f[0], f[3]) for f in got})
        scores.background.compare(old, figures(prediction["background"]))
        scores.leak.right += len((old - news) & got)
        scores.leak.of += len(old - news)
        if label["relevant"] and label["events"] and prediction["events"]:
            _compare_first(scores, label["events"][0], prediction["events"][0])
    return scores


def figures(events: Iterable[Labelled]) -> set[FigureKey]:
    """The counted transfers of some events."""
    return {
        ("dead" if t["what"] == "bodies" else "living", t["from"], t["to"], int(t["count"]))
        for event in events
        for t in event["transfers"]
        if t["count"] is not None
    }


def _compare_first(scores: Scores, wanted: Labelled, got: Labelled) -> None:
    scores.kind.add(same_kind(wanted["kind"], got["kind"]))
    scores.status.add(wanted["status"] == got["status"])
    day = wanted.get("date")
    if day and len(day) == len("2025-06-13"):
        scores.day.add(got["date"] == day)
        scores.near_day.add(_days_apart(day, got["date"]) <= 1)


def same_kind(wanted: str, got: str) -> bool:
    """Equal, or mixed where the other is a kind of living people."""
    return wanted == got or ("mixed" in (wanted, got) and "remains" not in (wanted, got))


def _days_apart(a: str, b: str | None) -> float:
    try:
        return abs((date.fromisoformat(a) - date.fromisoformat(b or "")).days)
    except ValueError:
        return float("inf")


def bcubed(wanted: Mapping[str, str], got: Mapping[str, str]) -> tuple[float, float, float]:
    """Article -> labelled event and -> stored event: B-cubed precision, recall, F1. One not stored stands alone."""
    if not wanted:
        return 1.0, 1.0, 1.0
    placed = {article: got.get(article, f"alone {article}") for article in wanted}
    both = Counter((wanted[article], placed[article]) for article in wanted)
    by_wanted, by_placed = Counter(wanted.values()), Counter(placed.values())
    precision = sum(n * n / by_placed[p] for (_, p), n in both.items()) / len(wanted)
    recall = sum(n * n / by_wanted[w] for (w, _), n in both.items()) / len(wanted)
    return precision, recall, 2 * precision * recall / (precision + recall)


def misses(label: Labelled, prediction: Labelled) -> list[str]:
    """What is wrong with one article's prediction, in words; nothing when it is right."""
    wrong: list[str] = []
    if label["relevant"] != prediction["relevant"]:
        wrong.append(f"relevant: {label['relevant']} wanted, got {prediction['relevant']}: {prediction['reasons']}")
    news, got = figures(label["events"]), figures(prediction["events"])
    old, told = figures(label["background"]), figures(prediction["background"])
    for name, keys in (
        ("missed", news - got), ("invented", got - news), ("missed background", old - told),
        ("invented background", told - old),
    ):  # fmt: skip
        if keys:
            wrong.append(f"{name}: " + ", ".join(_told(key) for key in sorted(keys, key=str)))
    if label["events"] and prediction["events"]:
        first, other = label["events"][0], prediction["events"][0]
        wrong += [
            f"{key}: {first[key]} wanted, got {other[key]}"
            for key in ("kind", "status", "date")
            if first[key] and first[key] != other[key]
        ]
    return wrong


def _told(key: FigureKey) -> str:
    what, giver, receiver, count = key
    return f"{count} {what} {giver or '?'}->{receiver or '?'}"
