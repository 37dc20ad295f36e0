"""Findings -> findings: what a rule knows better than the weights, sums and parts; and what looks back, as evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

from parsers.candidates import Candidate
from parsers.features import Scene
from parsers.findings import Ends, Finding

# A sentence that is about a list names it among its first words.
_OPENING = 3
# An exchange in stages takes days; what lies further back is another one.
_RECENT = timedelta(days=12)


def guarded(found: list[Finding]) -> list[Finding]:
    """The findings of an article with sums and parts put in their places."""
    return _without_parts(_without_summands(_without_sums(found)))


def _without_sums(found: list[Finding]) -> list[Finding]:
    """A number that adds up what both sides gave ("410 in all", 205 each) is no transfer."""
    news = [f for f in found if f.standing == "news"]
    sums = {2 * f.value for f in news if len(f.ends) == 2}
    sums |= {f.value + g.value for f in news for g in news if f.ends == tuple(end[::-1] for end in g.ends)}
    return [replace(f, standing="neither") if f.standing == "news" and f.value in sums else f for f in found]


def _without_summands(found: list[Finding]) -> list[Finding]:
    """Two numbers of one sentence that go the same way are parts of a third that is their sum, and goes there too.

    Of 469 labelled reports in which two numbers stand beside each other and their sum is told, and the sum alone is
    news, or both numbers are and go the same way, it is the sum in 407.
    """
    news = [f for f in found if f.standing == "news"]
    parts: set[int] = set()
    ways: dict[int, Ends] = {}
    for one, two in combinations(news, 2):
        whole = next((f for f in news if f.value == one.value + two.value), None)
        together = one.ends == two.ends and one.dead == two.dead and _beside(one, two)
        if whole is not None and together and whole.dead == one.dead and set(whole.ends) <= set(one.ends):
            parts |= {one.value, two.value}
            ways[whole.value] = one.ends
    put = [replace(f, standing="neither") if f in news and f.value in parts else f for f in found]
    return [replace(f, ends=ways[f.value]) if f in news and f.value in ways else f for f in put]


def _beside(one: Finding, two: Finding) -> bool:
    """Whether a sentence tells two numbers."""
    told = {id(j.candidate.sentence) for j in one.told}
    return any(id(j.candidate.sentence) in told for j in two.told)


def _without_parts(found: list[Finding]) -> list[Finding]:
    """A number that only a list tells ("on the list are also two women") is a part of a larger and likelier one."""
    news = [f for f in found if f.standing == "news"]

    def is_part(f: Finding) -> bool:
        return all(_listed(j.candidate) for j in f.told) and any(
            o.value > f.value and o.dead == f.dead and o.probability > f.probability for o in news
        )

    return [replace(f, standing="neither") if f in news and is_part(f) else f for f in found]


def _listed(c: Candidate) -> bool:
    """Whether a sentence that begins with a list tells a number, or one that names parts and no transfer of it."""
    if c.partner or c.each:
        return False
    return any(m.first < _OPENING for m in c.sentence.of("list")) or (c.sentence.has("list", "part") and not c.verb)


def taken_back(c: Candidate) -> bool:
    """Whether a word such as "since 2022" or "last time" stands by a number, with no other number between."""
    for m in c.sentence.of("cumulative", "cumulative_to", "long_ago", "past"):
        low, high = sorted((m.first, c.count.first))
        divided = any(low < other.first < high for other in c.sentence.counts)
        if not divided and (m.first <= c.count.first or m.cls == "cumulative"):
            return True
    return False


def long_past(c: Candidate, scene: Scene) -> bool:
    """Whether a number's own sentence names no day but one long before the article's: "in March, 909 for 43"."""
    main = scene.main_day or (scene.published.isoformat() if scene.published else None)
    if main is None or not c.sentence.days:
        return False
    return all(_before(day.value, main) for day in c.sentence.days)


def _before(day: str, main: str) -> bool:
    if len(day) < 10:
        return day < main[: len(day)]
    return date.fromisoformat(main) - date.fromisoformat(day) > _RECENT
