"""An article as evidence sees it: its sentences, its two sides, its numbers and days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations, pairwise

from parsers.annotate import Sentence
from parsers.candidates import Candidate, says_dead
from parsers.dates import Day
from parsers.lexicon import Mention
from parsers.rules import Language

DEAD, LIVING = ("body", "dead"), ("prisoner", "captivity", "alive")
# Small numbers add up to each other by chance.
_LEAST_SUM = 6
# Of more numbers than this, three that add up to a fourth are chance.
_MOST_STAGES = 9
# The first sentences of a text say what it is of.
_FIRST = 2


@dataclass(slots=True)
class Scene:
    """An article as evidence sees it: its sentences, its two sides, its numbers, and its publication day."""

    sentences: Sequence[Sentence]
    candidates: Sequence[Candidate]
    sides: tuple[str, str] | None
    published: date | None
    language: Language
    home: str | None
    main_day: str | None = None
    titled: frozenset[int] = frozenset()
    values: Counter[int] = field(default_factory=Counter)
    of_people: tuple[int, ...] = ()
    first_day: Day | None = None
    days: Counter[str] = field(default_factory=Counter)
    subject: str = "both"
    sums: frozenset[int] = frozenset()
    addends: frozenset[int] = frozenset()
    kinds: tuple[str, ...] = ()
    headlined: frozenset[str] = frozenset()
    said: tuple[tuple[Candidate, bool], ...] = ()  # the numbers whose own noun says whether they count the dead
    light: tuple[str, ...] = ()  # what the headline, the lead and the whole are of, as evidence
    spoken: tuple[str, ...] = ()  # how many sentences are of the dead and of the living, as evidence

    def __post_init__(self) -> None:
        self.titled = frozenset(c.value for c in self.candidates if c.sentence.part == "title")
        self.values = Counter(c.value for c in self.candidates)
        self.days = Counter(day.value for s in self.sentences for day in s.days)
        ordered = sorted(self.sentences, key=lambda s: s.part == "title")
        self.first_day = next((day for s in ordered for day in s.days), None)
        self.of_people = tuple(c.value for c in self.candidates if c.people or c.ahead or c.verb)
        self.subject = _subject(self.sentences)
        self.sums, self.addends = _sums(self.candidates)
        told = ((c, says_dead(c)) for c in self.candidates)
        self.said = tuple((c, dead) for c, dead in told if dead is not None)
        self.kinds = tuple(map(kind_of, self.sentences))
        self.headlined = frozenset(_headlined([s for s in self.sentences if s.part == "title"]))
        self.spoken = _spoken(self.kinds)
        self.light = _light(self.sentences, self.kinds, self.headlined, self.subject)


def _sums(candidates: Sequence[Candidate]) -> tuple[frozenset[int], frozenset[int]]:
    """The numbers that are told as parts ("270 soldiers and 120 civilians"; three stages), and those parts."""
    told = {c.value for c in candidates}
    sums: set[int] = set()
    addends: set[int] = set()
    beside = [(one.value, two.value) for one, two in pairwise(candidates) if one.sentence is two.sentence]
    staged = combinations(sorted(value for value in told if value > _LEAST_SUM)[-_MOST_STAGES:], 3)
    for parts in (*beside, *staged):
        if len(set(parts)) == len(parts) and sum(parts) in told and sum(parts) > _LEAST_SUM:
            sums.add(sum(parts))
            addends.update(parts)
    return frozenset(sums), frozenset(addends - sums)


def _subject(sentences: Sequence[Sentence]) -> str:
    """Whether an article is about the dead, the living or both, by its words for them."""
    words = Counter(m.cls for s in sentences for m in s.of("body", "prisoner", "captivity"))
    bodies, living = words["body"], words["prisoner"] + words["captivity"]
    return "the dead" if bodies > 2 * living else "the living" if living > 2 * bodies else "both"


def kind_of(sentence: Sentence) -> str:
    """Whether a sentence is of the dead, of the living, of both or of neither, by its words for them."""
    dead, alive = sentence.has(*DEAD), sentence.has(*LIVING)
    return "both" if dead and alive else "the dead" if dead else "the living" if alive else "neither"


def _headlined(heads: Sequence[Sentence]) -> Iterable[str]:
    if any(each.has(*DEAD) for each in heads):
        yield "headline of the dead"
    if any(each.has("prisoner", "captivity") for each in heads):
        yield "headline of the living"


def _light(
    sentences: Sequence[Sentence], kinds: Sequence[str], headlined: frozenset[str], subject: str
) -> tuple[str, ...]:
    """What the headline, the lead and the whole article are of: each, and the first two together."""
    heads = " and ".join(sorted(headlined)) or "headline of neither"
    lead = {kind for kind, s in zip(kinds, sentences, strict=True) if s.part == "text" and s.number < _FIRST}
    led = f"lead of {' and '.join(sorted(lead - {'neither'})) or 'neither'}"
    return heads, led, f"article of {subject}", f"{heads}, {led}"


def _spoken(kinds: Sequence[str]) -> tuple[str, ...]:
    """How many sentences are of the dead and of the living, as evidence."""
    told = Counter(kinds)
    dead, living = told["the dead"] + told["both"], told["the living"] + told["both"]
    return (
        f"{min(dead, 4)} sentences of the dead",
        f"{min(living, 4)} sentences of the living",
        f"{min(dead, 3)} sentences of the dead, {min(living, 3)} of the living",
    )


def party(mention: Mention) -> str | None:
    """The party that a mention stands for."""
    value = mention.value[0] if mention.cls == "official" else mention.value
    return None if value is None else str(value)


def age(day: Day, published: date) -> str:
    """How long before the publication a day was, in words."""
    now = published.isoformat()
    if len(day.value) < len("2008-07"):
        return "an earlier year"
    if len(day.value) < 10:
        month = now[: len(day.value)]
        return "this month" if day.value == month else "an earlier month" if day.value < month else "a later month"
    apart = (date.fromisoformat(day.value) - published).days
    for limit, name in ((1, "ahead"), (0, "today"), (-1, "yesterday"), (-3, "days ago"), (-7, "a week ago")):
        if apart >= limit:
            return name
    return "long ago"


def steps(n: int) -> str:
    """How far off something is, in words."""
    for limit in (1, 2, 4, 8, 15):
        if n <= limit:
            return str(limit)
    return "far"
