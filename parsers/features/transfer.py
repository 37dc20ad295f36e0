"""A number and a direction -> the named evidence on whether it is a transfer told as news, in the light of the others.

What the places of a number say by themselves was weighed before; here each possible transfer is seen beside the
others of its article: two numbers that go the same way are rivals, and one of the other way speaks for both.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from parsers import model
from parsers.candidates import Candidate
from parsers.features.facing import counted
from parsers.features.scene import Scene, steps
from parsers.findings import Judged
from parsers.guards import long_past, taken_back

CHANCES = (0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97)
_SUMS = (-4.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 4.0)
_SIZES = (1, 4, 19, 99, 499, 1999)
# To the first side, and to the second.
SIGNS = (1, -1)
# A place that is as likely news as this has a say in which way its number goes.
_HEARD = 0.3


@dataclass(frozen=True, eq=False)
class Told:
    """One number of an article with all the places that tell it."""

    value: int
    places: tuple[Judged, ...]

    @cached_property
    def standing(self) -> dict[str, float]:
        """The mean sums of news, background and neither."""
        return {
            answer: sum(j.standing[answer] for j in self.places) / len(self.places) for answer in self.best.standing
        }

    @cached_property
    def chances(self) -> dict[str, float]:
        """The probabilities of news, background and neither, by the mean of the places."""
        return model.shares(self.standing)

    @cached_property
    def best(self) -> Judged:
        """The place that speaks most for news."""
        return max(
            self.places, key=lambda j: (j.standing["news"] - j.standing["neither"], j.candidate.sentence.part == "text")
        )

    @cached_property
    def towards(self) -> float:
        """How much its places speak for the first side as receiver (negative: for the second)."""
        heard = [j for j in self.places if j.chances["news"] > _HEARD] or [self.best]
        return sum(j.towards for j in heard)

    @cached_property
    def mutual(self) -> float:
        """How likely the number goes both ways."""
        return sum(j.mutual for j in self.places) / len(self.places)

    @cached_property
    def of_each(self) -> bool:
        """Whether a place that may be news tells it of each side: "205 each", "1,000 for 1,000"."""
        return any(
            j.candidate.each or (j.candidate.partner is not None and j.candidate.partner.value == self.value)
            for j in self.places
            if j.chances["news"] > _HEARD or j is self.best
        )

    @cached_property
    def dead(self) -> bool:
        """Whether it counts the dead."""
        return sum(j.dead for j in self.places) > len(self.places) / 2

    @cached_property
    def order(self) -> tuple[bool, int, int]:
        """Where it is told first; the headline counts last."""
        firsts = [
            (j.candidate.sentence.part == "title", j.candidate.sentence.number, j.candidate.count.first)
            for j in self.places
        ]
        return min(firsts)

    @cached_property
    def going(self) -> Mapping[int, float]:
        """How likely it is news and goes to the first side (sign 1), or to the second (-1)."""
        return {
            sign: self.chances["news"] * max(model.logistic(sign * self.towards), self.best.mutual) for sign in SIGNS
        }


def of_transfers(
    told: Told, others: Sequence[Told], scene: Scene, chance: float, status: str
) -> tuple[set[str], set[str]]:
    """The evidence on whether `told` is news as a transfer to the first side, and to the second."""
    either = {
        *_sums(told, {other.value: other.chances["news"] for other in others}),
        *_neighbours(told, others),
        *_words(told, scene),
        *over("news", told.chances["news"]),
        *over("background", told.chances["background"]),
        *over("news in its best place", told.best.chances["news"]),
        *over("news before neither", told.standing["news"] - told.standing["neither"], _SUMS),
        *over("news before background", told.standing["news"] - told.standing["background"], _SUMS),
        *over("both ways", told.mutual),
        *over("both ways in its best place", told.best.mutual),
        *over("a report", chance),
        *over("told of each side, news" if told.of_each else "told of one side, news", told.chances["news"]),
        f"article {status}",
    }
    first, second = (either.union(_this_way(told, sign), _rivals(told, others, sign)) for sign in SIGNS)
    return first, second


def over(name: str, value: float, limits: tuple[float, ...] = CHANCES) -> Iterable[str]:
    """The limits, in order, that a value is over, as evidence."""
    return _over(name, limits)[: bisect_left(limits, value)]


@cache
def _over(name: str, limits: tuple[float, ...]) -> tuple[str, ...]:
    return tuple(f"{name} over {limit:g}" for limit in limits)


def _this_way(told: Told, sign: int) -> Iterable[str]:
    ways = [sign * j.towards for j in told.places]
    mark = "told of each side" if told.of_each else "told of one side"
    behind = told.going[-sign] - told.going[sign]
    return [
        *over("this way", sign * told.towards, _SUMS),
        *over("this way in its best place", sign * told.best.towards, _SUMS),
        *over("this way at most", max(ways), _SUMS),
        *over("this way at least", min(ways), _SUMS),
        *over("news this way", told.going[sign]),
        *over(f"{mark}, less likely than the other way by", behind, (0.0, 0.1, 0.2, 0.4, 0.6, 0.8)),
    ]


def _rivals(told: Told, others: Sequence[Told], sign: int) -> Iterable[str]:
    kin = [other for other in others if other.dead == told.dead]
    same = sorted((other.going[sign] for other in kin), reverse=True)
    own = told.going[sign]
    return [
        *over("another this way", same[0] if same else 0.0),
        *over("a second other this way", same[1] if len(same) > 1 else 0.0),
        *over("another the other way", max((other.going[-sign] for other in kin), default=0.0)),
        *over("a larger one this way", max((o.going[sign] for o in kin if o.value > told.value), default=0.0)),
        *over("an earlier one this way", max((o.going[sign] for o in kin if o.order < told.order), default=0.0)),
        *over("of the other kind", max((o.chances["news"] for o in others if o.dead != told.dead), default=0.0)),
        *over("ahead of the others by", own - (same[0] if same else 0.0), (-0.6, -0.3, -0.1, 0.0, 0.1, 0.3, 0.6)),
        f"{min(sum(each > own for each in same), 3)} others likelier",
        *over("expected others", sum(other.chances["news"] for other in others), (0.3, 0.7, 1.2, 2.0, 3.0)),
        f"{steps(len(others))} other numbers",
    ]


def _sums(told: Told, news: Mapping[int, float]) -> Iterable[str]:
    value = told.value
    parts = [min(news[a], news[value - a]) for a in news if 2 * a != value and value - a in news and value > 3]
    return [
        *over("the sum of two", max(parts, default=0.0)),
        *over("a part of a sum", max((news[value + a] for a in news if value + a in news), default=0.0)),
        *over("half of another", news.get(2 * value, 0.0)),
        *over("twice another", news.get(value // 2, 0.0) if value % 2 == 0 else 0.0),
    ]


def _neighbours(told: Told, others: Sequence[Told]) -> Iterable[str]:
    here = {id(j.candidate.sentence) for j in told.places}
    beside = [j.chances for o in others for j in o.places if id(j.candidate.sentence) in here]
    return [
        *over("news in its sentence", max((each["news"] for each in beside), default=0.0)),
        *over("background in its sentence", max((each["background"] for each in beside), default=0.0)),
    ]


def _words(told: Told, scene: Scene) -> Iterable[str]:
    c: Candidate = told.best.candidate
    sentence = c.sentence
    heads = [j.candidate.sentence.part == "title" for j in told.places]
    pair = "" if c.partner is None else "equal " if c.partner.value == c.value else "unequal "
    named = {
        "in the headline": any(heads),
        "in the headline alone": all(heads),
        "each": any(j.candidate.each for j in told.places),
        f"in an {pair}pair": bool(pair),
        "the same number": any(j.candidate.same for j in told.places),
        "looking back": c.looking_back,
        "long past": long_past(c, scene),
        "taken back": taken_back(c),
        "no verb": c.verb is None,
        "told in two parts": told.value in scene.sums,
        "one of two parts": told.value in scene.addends,
    }
    return [
        *(name for name, holds in named.items() if holds),
        *(
            f"sentence has {cls}"
            for cls in ("part", "past", "cumulative", "cumulative_to", "planned")
            if sentence.has(cls)
        ),
        *over("size", told.value, _SIZES),
        f"told {min(len(told.places), 4)} times",
        f"in sentence {steps(sentence.number)}",
        f"counts {counted(c)}",
        "dead" if told.dead else "living",
    ]
