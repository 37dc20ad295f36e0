"""Members of an event to its ledger: every figure with who claims it, what it comes to, and where accounts disagree.

A line is one direction and one thing (bodies, prisoners...). "Persons" count as prisoners where nobody speaks of
civilians in that direction. Background figures and totals since the start are no members and never enter.

Which claims count towards a line's figures:

- what its article says no more, or what was withdrawn, counts nothing;
- once an exchange is completed, only what completed accounts say; announcements stay in the ledger as claims;
- of several figures that one article gives for one line from one source, the largest: the others are parts of it.

What they come to:

- best: from the strongest voices that speak: the receiver itself; then the giver or an official outlet; then
  everybody. Among their figures the one with the most independent sources behind it (an outlet counts once, and so do
  all copies of one text), then the one told as exact, then the latest, then the larger.
- low and high: over all claims that count, of their bounds or, for a claim without that bound ("more than 800" has
  no upper one), of its best; a line lacks a bound only where every claim lacks it.

A side claims what its officials say and what an official outlet of its own tells without naming another side.
Disagreements are told in words: figures of one line that cannot both be true, and prisoners and civilians that do not
come to the persons of the same direction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.model import Claim, Figure, LedgerLine, Member, Transfer, What
from events.independence import sources
from events.sides import direction, sides

_NAMES = 3  # how many are named beside one figure
_PARTS: tuple[What, ...] = ("prisoners", "civilians")


@dataclass(frozen=True, slots=True)
class _Told:
    claim: Claim
    voice: int  # 0 the receiver itself, 1 the giver or an official outlet, 2 anybody else
    published: datetime
    done: bool


Line = tuple[str | None, str | None, What]


def ledger(members: Iterable[Member]) -> tuple[tuple[LedgerLine, ...], tuple[str, ...]]:
    """The lines of an event, in a fixed order, and its discrepancies in words; the order of members is the same."""
    own = sorted(members, key=lambda member: (member.first_seen, member.key))
    told, source_of = _by_line(own), sources(own)
    lines, discrepancies = [], []
    for line in sorted(told, key=lambda line: (line[2] != "bodies", line[2], line[0] or "~", line[1] or "~")):
        counting = _counting(told[line])
        best = _best(counting, source_of)
        lines.append(_sum_up(line, told[line], counting, best))
        discrepancies += _disagreement(line, counting, best)
    return tuple(lines), (*discrepancies, *_breakdowns(lines))


def _by_line(members: Sequence[Member]) -> dict[Line, list[_Told]]:
    told: dict[Line, list[_Told]] = defaultdict(list)
    for member in members:
        between = sides(member.exchange)
        for transfer in member.exchange.transfers:
            giver, receiver = direction(transfer, between)
            claims = told[giver, receiver, transfer.what]
            if transfer.count is not None:
                claims.append(_told(member, transfer, transfer.count, (giver, receiver)))
    for giver, receiver, what in [line for line in told if line[2] == "persons"]:
        prisoners, civilians = (giver, receiver, "prisoners"), (giver, receiver, "civilians")
        if prisoners in told and civilians not in told:
            told[giver, receiver, "prisoners"] += told.pop((giver, receiver, what))
    return told


def _told(member: Member, transfer: Transfer, count: Figure, ends: tuple[str | None, str | None]) -> _Told:
    claim = Claim(
        low=count.low,
        best=count.best,
        high=count.high,
        claimed_by=transfer.claimed_by,
        outlet=member.outlet,
        url=member.url,
        article_id=member.article_id,
        language=member.language,
        evidence=transfer.evidence,
        figure_text=count.text,
        first_seen=member.first_seen,
        side=transfer.claimed_side or member.outlet_side,
        state=member.state,
    )
    giver, receiver = ends
    official = member.outlet_kind == "official" or (claim.side is not None and claim.side == giver)
    itself = claim.side is not None and claim.side == receiver
    return _Told(claim, 0 if itself else 1 if official else 2, member.published, member.exchange.status == "completed")


def _counting(told: Sequence[_Told]) -> list[_Told]:
    done = any(each.done for each in told if not each.claim.state)
    largest: dict[tuple[str, str | None], _Told] = {}
    for each in told:
        if each.done != done or each.claim.state:
            continue
        source = (each.claim.article_id, each.claim.claimed_by)
        if source not in largest or each.claim.best > largest[source].claim.best:
            largest[source] = each
    return list(largest.values())


def _sum_up(line: Line, told: Sequence[_Told], counting: Sequence[_Told], best: int | None) -> LedgerLine:
    claims = [each.claim for each in counting]
    lows = [_bounds(claim)[0] for claim in claims]
    highs = [_bounds(claim)[1] for claim in claims]
    return LedgerLine(
        giver=line[0],
        receiver=line[1],
        what=line[2],
        low=_outermost(lows, claims, min),
        best=best,
        high=_outermost(highs, claims, max),
        claims=tuple(each.claim for each in told),
    )


def _best(counting: Sequence[_Told], source_of: Mapping[str, str]) -> int | None:
    if not counting:
        return None
    behind: dict[int, set[str]] = defaultdict(set)
    for each in counting:
        behind[each.claim.best].add(source_of[each.claim.article_id])
    strongest = min(each.voice for each in counting)
    heard = [each for each in counting if each.voice == strongest]
    return max(
        heard, key=lambda each: (len(behind[each.claim.best]), _exact(each.claim), each.published, each.claim.best)
    ).claim.best


def _disagreement(line: Line, counting: Sequence[_Told], best: int | None) -> list[str]:
    """The figures that cannot both be true, with who gives them, as "RU to UA, bodies: Kyiv 1,212, Moscow 1,200".

    The best figure comes first, then those with the most names behind them.
    """
    claims = [each.claim for each in counting]
    reaches = {_reach(claim) for claim in claims}
    at_odds = [claim for claim in claims if any(not _overlap(_reach(claim), other) for other in reaches)]
    behind: dict[int, list[str]] = defaultdict(list)
    for claim in at_odds:
        behind[claim.best].append(claim.claimed_by or claim.outlet)
    if len(behind) < 2:
        return []
    order = sorted(behind, key=lambda figure: (figure != best, -len(set(behind[figure])), -figure))
    figures = ", ".join(f"{_names(behind[figure])} {figure:,}" for figure in order)
    return [f"{line[0] or 'unknown'} to {line[1] or 'unknown'}, {line[2]}: {figures}"]


def _breakdowns(lines: Sequence[LedgerLine]) -> list[str]:
    """Where prisoners and civilians of a direction are told beside all its persons, and do not come to them."""
    known = {(line.giver, line.receiver, line.what): line for line in lines if line.best is not None}
    found = []
    for (giver, receiver, what), whole in known.items():
        parts = [known.get((giver, receiver, part)) for part in _PARTS]
        if what != "persons" or None in parts:
            continue
        told = [each for each in parts if each is not None]
        low, high = sum(map(_low, told)), sum(map(_high, told))
        if not _overlap((low, high), (_low(whole), _high(whole))):
            sums = " and ".join(f"{each.best:,} {each.what}" for each in told)
            found.append(f"{giver or 'unknown'} to {receiver or 'unknown'}, persons: {sums} are not {whole.best:,}")
    return found


def _low(line: LedgerLine) -> float:
    return 0 if line.low is None else line.low


def _high(line: LedgerLine) -> float:
    return float("inf") if line.high is None else line.high


def _names(claimed_by: Sequence[str]) -> str:
    names = sorted(set(claimed_by), key=lambda name: (-claimed_by.count(name), name))
    more = len(names) - _NAMES
    return " and ".join(names[:_NAMES]) + (f" and {more} more" if more > 0 else "")


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _reach(claim: Claim) -> tuple[float, float]:
    """What a claim leaves open; two claims can both be true where this overlaps."""
    low, high = _bounds(claim)
    return (0 if low is None else low), (float("inf") if high is None else high)


def _bounds(claim: Claim) -> tuple[int | None, int | None]:
    """The bounds of a claim; one that has none at all is taken at its word."""
    return (claim.best, claim.best) if claim.low is None and claim.high is None else (claim.low, claim.high)


def _outermost(bounds: Sequence[int | None], claims: Sequence[Claim], pick: Callable[[list[int]], int]) -> int | None:
    if all(bound is None for bound in bounds):
        return None
    return pick([claim.best if bound is None else bound for bound, claim in zip(bounds, claims, strict=True)])


def _exact(claim: Claim) -> bool:
    return _bounds(claim) == (claim.best, claim.best)
