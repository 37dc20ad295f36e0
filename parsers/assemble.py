"""Told transfers -> findings that know their standing: news, background, a running total or a part of a total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.model import Status
from parsers import timing
from parsers.roles import Told
from parsers.rules import Language


@dataclass(frozen=True, slots=True)
class Finding:
    """A told transfer with its standing, status and day; `why` says what decided the standing."""

    told: Told
    standing: timing.Standing
    status: Status
    day: str | None
    why: str

    @property
    def dead(self) -> bool:
        """Whether it is about bodies, not about the living."""
        return self.told.what == "bodies"

    @property
    def number(self) -> int | None:
        """The count, if there is one."""
        return self.told.count.best if self.told.count else None

    @property
    def ends(self) -> tuple[str | None, str | None]:
        """Giver and receiver."""
        return self.told.giver, self.told.receiver


def place(told: Told, language: Language, published: date | None, main_day: str | None) -> Finding:
    """A told transfer's status, day and standing."""
    status = timing.status_of(told, language)
    day = timing.planned_day(told, published) if status == "planned" else timing.day_of(told, published)
    standing, why = _standing(told, status, day, published, main_day)
    return Finding(told, standing, status, day, why)


def _standing(
    told: Told, status: Status, day: str | None, published: date | None, main_day: str | None
) -> tuple[timing.Standing, str]:
    if timing.is_total(told):
        return "total", "a running total"
    past_day = _long_past(day, published, main_day)
    if past_day:
        return "earlier", past_day
    fresh = day is not None and published is not None and len(day) == 10 and not past_day
    if told.sentence.has("long_ago") or (timing.is_earlier(told) and not fresh):
        return "earlier", "a word that looks back"
    if timing.is_part(told):
        return "part", "a part of a total"
    if told.verb is None and told.shape == "plain":
        return "part", "no transfer verb in the sentence"
    return "news", "nothing speaks against it"


def _long_past(day: str | None, published: date | None, main_day: str | None) -> str | None:
    """Why a day is that of another, earlier exchange."""
    if day is None:
        return None
    if len(day) < 10:
        main = main_day or (published.isoformat() if published else day)
        return f"told of {day}" if day < main[: len(day)] else None
    behind = timing.apart(main_day, day)
    if behind is not None and behind > timing.SAME_EVENT_DAYS:
        return f"{behind} days before the main day"
    if published is not None and main_day is None and (published - date.fromisoformat(day)).days > timing.STALE_DAYS:
        return f"told of {day}, long before the publication"
    return None


def settle(findings: Sequence[Finding]) -> list[Finding]:
    """The same findings with sums, parts and repetitions put in their places."""
    kept = _without_repetition(findings)
    kept = _parts_of_nothing(kept)
    kept = _undirected(kept)
    kept = _both_sides_sums(kept)
    kept = _parts_by_sum(kept)
    kept = _smaller_later(kept)
    return _plans_beside_news(_formulas_fulfilled(kept))


def _without_repetition(findings: Sequence[Finding]) -> list[Finding]:
    """One finding a (kind, ends, number, standing); the body of the article proves better than its headline."""
    known: dict[tuple[object, ...], int] = {}
    kept: list[Finding] = []
    for f in findings:
        current = f.standing in ("news", "part")
        key = (f.dead, f.ends, f.number, current, None if current else f.day)
        if f.number is not None and key in known:
            first = kept[known[key]]
            if first.told.sentence.part == "title" and f.standing == "news":
                kept[known[key]] = replace(
                    f, day=f.day or first.day, status=first.status if f.status == "planned" else f.status
                )
            elif first.standing == "part" and f.standing == "news":
                kept[known[key]] = f
            elif first.standing == f.standing == "news" and _attributed(f) and not _attributed(first):
                kept[known[key]] = replace(f, day=f.day or first.day, status=first.status)
            continue
        known[key] = len(kept)
        kept.append(f)
    return kept


def _attributed(f: Finding) -> bool:
    return f.told.sentence.has("official") and f.told.sentence.has("says")


def _parts_of_nothing(findings: list[Finding]) -> list[Finding]:
    """A "part" with no larger number of its kind in the news is the news itself ("277 of them were home")."""
    largest = {
        dead: max((f.number or 0 for f in findings if f.standing == "news" and f.dead == dead), default=0)
        for dead in (True, False)
    }
    return [
        replace(f, standing="news", why="no total that it could be a part of")
        if f.standing == "part"
        and f.why == "a part of a total"
        and f.number
        and f.number > largest[f.dead]
        and f.told.verb
        else f
        for f in findings
    ]


def _undirected(findings: list[Finding]) -> list[Finding]:
    """A number without a direction, beside numbers with one or as the object of a swap, is a sum of both directions."""
    directed = any(f.standing == "news" and f.number and f.told.receiver for f in findings)
    return [
        replace(f, standing="part", why="no direction: a sum or a part")
        if f.standing == "news"
        and f.number
        and f.told.receiver is None
        and (directed or (f.told.verb is not None and f.told.verb.cls == "swap"))
        else f
        for f in findings
    ]


# Clues that only carry on what was said before.
_WEAK = ("as before", "home language", "speaker")
_CERTAIN = ("owner", "own people", "to:", "captor", "possessive")


def _both_sides_sums(findings: list[Finding]) -> list[Finding]:
    """A number that is the sum of what both sides gave ("943 in all") is no transfer."""
    news = [f for f in findings if f.number and f.standing == "news"]
    sums = {
        (a.number or 0) + (b.number or 0)
        for a in news
        for b in news
        if a.told.giver is not None and a.ends == (b.told.receiver, b.told.giver) and a.dead == b.dead
    }
    return [
        replace(f, standing="part", why="the sum of both directions")
        if f.standing == "news"
        and f.number in sums
        and not f.told.mutual
        and not any(c.startswith(_CERTAIN) for c in f.told.clues)
        else f
        for f in findings
    ]


def _parts_by_sum(findings: list[Finding]) -> list[Finding]:
    """Numbers of one direction that add up to a third one are its parts ("270 soldiers and 120 civilians": 390)."""
    parts: set[int] = set()
    for i, total in enumerate(findings):
        if total.standing != "news" or not total.number:
            continue
        same = [
            (j, f)
            for j, f in enumerate(findings)
            if j != i
            and f.standing == "news"
            and f.number
            and f.dead == total.dead
            and f.ends == total.ends
            and f.number < total.number
        ]
        if len(same) >= 2 and sum(f.number or 0 for _, f in same) == total.number:
            parts.update(j for j, _ in same)
            continue
        for j, f in same:
            if any((f.number or 0) + (g.number or 0) == total.number for k, g in same if k > j):
                parts.update(k for k, g in same if k == j or (f.number or 0) + (g.number or 0) == total.number)
    return [
        replace(f, standing="part", why="adds up to the total") if i in parts else f for i, f in enumerate(findings)
    ]


def _loosely_told(f: Finding) -> bool:
    """Whether neither a transfer verb nor a clue of its own ties a number to a direction."""
    return f.told.verb is None or f.told.verb.cls == "swap" or all(clue.startswith(_WEAK) for clue in f.told.clues)


def _smaller_later(findings: list[Finding]) -> list[Finding]:
    """A smaller number of the same direction, told later without a transfer verb of its own, is a part."""
    kept: list[Finding] = []
    for f in findings:
        larger = [
            g
            for g in kept
            if g.standing == "news"
            and g.number
            and f.number
            and g.number > f.number
            and g.ends == f.ends
            and g.dead == f.dead
        ]
        if f.standing == "news" and larger and _loosely_told(f) and not f.told.mutual:
            kept.append(replace(f, standing="part", why="smaller than the total, with no transfer verb"))
        else:
            kept.append(f)
    return kept


def _formulas_fulfilled(findings: list[Finding]) -> list[Finding]:
    """A formula whose number is that of the handover itself ("swapped under the formula 205 for 205") is done."""
    done: dict[tuple[bool, int | None], Finding] = {
        (f.dead, f.number): f for f in findings if f.standing == "news" and f.status == "completed" and f.number
    }
    return [
        replace(f, status="completed", day=done[f.dead, f.number].day, why="the formula of the handover itself")
        if f.standing == "news" and f.status == "planned" and (f.dead, f.number) in done
        else f
        for f in findings
    ]


def _plans_beside_news(findings: list[Finding]) -> list[Finding]:
    """A formula agreed earlier is background where a handover of the same kind is the news."""
    done = {f.dead for f in findings if f.standing == "news" and f.status == "completed" and f.number}
    return [
        replace(f, standing="earlier", why="an agreed figure beside a handover that is the news")
        if f.standing == "news" and f.status == "planned" and f.dead in done and f.number and f.day is None
        else f
        for f in findings
    ]
