"""An event, and the same as it was last told, to an alert with what is new, or to silence with the reason."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta

from core.model import Alert, AlertReason, Event, LedgerLine, Member, Silence
from events.sides import day

News = tuple[AlertReason, str]


def decide(event: Event, told: Event | None, now: datetime, max_age: timedelta) -> Alert | Silence:
    """What the desk hears of an event. `told` is the event as it was last told, None if it never was.

    Old news is never told: the exchange or its latest publication lies further back than `max_age`. Otherwise the
    first of these that holds is: first report, status changed, corrected (an outlet changed a figure or withdrew its
    report), figure changed, figure disputed, confirmed (by a side, or by the first official outlet). The same news of
    the same event always has the same alert id.
    """
    age = _too_old(event, now, max_age)
    if age is not None:
        return Silence(event.id, f"old news: {age}")
    found = _first_report(event) if told is None else _news(event, told)
    if found is None:
        return Silence(event.id, f"{_latest(event).outlet}: nothing new")
    reason, detail = found
    return Alert(_alert_id(event, reason, detail), event.id, reason, detail, event, now)


def _too_old(event: Event, now: datetime, max_age: timedelta) -> str | None:
    happened = day(event.date)
    if happened is not None and now - datetime.combine(happened, time.max, UTC) > max_age:
        return f"the exchange was on {happened}"
    published = _latest(event).published
    return f"published on {published.date()}" if now - published > max_age else None


def _first_report(event: Event) -> News:
    return "first report", f"{event.status}, by {_latest(event).outlet}"


def _news(event: Event, told: Event) -> News | None:
    if event.status != told.status:
        return "status changed", f"{told.status}, now {event.status}"
    taken_back = _taken_back(event, told)
    if taken_back:
        return "corrected", "; ".join(taken_back)
    changed = _changed_figures(event, told)
    if changed:
        return "figure changed", "; ".join(changed)
    disputed = [each for line, each in _disputes(event).items() if line not in _disputes(told)]
    if disputed:
        return "figure disputed", "; ".join(disputed)
    voices = sorted(_voices(event) - _voices(told))
    return ("confirmed", f"by {', '.join(voices)}") if voices else None


def _taken_back(event: Event, told: Event) -> list[str]:
    """The outlets that told something and say it no more, with what they say instead, in words."""
    before = {member.key: member.state for member in told.members}
    now = [member for member in event.members if member.state and before.get(member.key) == ""]
    withdrawn = sorted({member.outlet for member in now if member.state == "withdrawn"})
    changed = [f"{outlet} has withdrawn its report" for outlet in withdrawn]
    for article_id in sorted({member.article_id for member in now if member.state == "corrected"}):
        outlet = next(member.outlet for member in now if member.article_id == article_id)
        was, said = (_figures(event, article_id, stale=stale) for stale in (True, False))
        for way in sorted({*was, *said} if was != said else ()):
            old, new = was.get(way), said.get(way)
            if old != new:
                changed.append(f"{outlet} corrects {way}: {_listed(new)}, before {_listed(old)}")
    return changed


def _figures(event: Event, article_id: str, *, stale: bool) -> dict[str, set[int]]:
    """What an article claims for each line: now, or before it was changed."""
    found: dict[str, set[int]] = defaultdict(set)
    for line in event.ledger:
        for claim in line.claims:
            if claim.article_id == article_id and bool(claim.state) == stale:
                found[_line(line)].add(claim.best)
    return found


def _listed(figures: set[int] | None) -> str:
    return " and ".join(f"{each:,}" for each in sorted(figures)) if figures else "no figure"


def _changed_figures(event: Event, told: Event) -> list[str]:
    """The lines whose best figure was not among those told before, in words."""
    before: dict[tuple[str | None, str | None], dict[str, int]] = defaultdict(dict)
    for line in told.ledger:
        if line.best is not None:
            before[line.giver, line.receiver][line.what] = line.best
    changed = []
    for line in event.ledger:
        known = before[line.giver, line.receiver]
        if line.best is None or line.best in known.values() or line.best in _claimed(told, line):
            continue
        then = f"{known[line.what]:,}" if line.what in known else "no figure"
        changed.append(f"{_line(line)}: {line.best:,}, before {then}")
    return changed


def _claimed(told: Event, line: LedgerLine) -> set[int]:
    """The figures that were told for a direction, by whomever."""
    ends = line.giver, line.receiver
    return {claim.best for each in told.ledger if (each.giver, each.receiver) == ends for claim in each.claims}


def _disputes(event: Event) -> dict[str, str]:
    """The discrepancies by the line that they are about: a third voice in the same dispute is nothing new."""
    return {each.split(":", 1)[0]: each for each in event.discrepancies}


def _voices(event: Event) -> set[str]:
    """The sides that speak for themselves, and "an official source" where an official outlet of neither does."""
    claimed = {claim.side for line in event.ledger for claim in line.claims if not claim.state}
    own = [member for member in event.members if not member.state]
    official = [member.outlet_side for member in own if member.outlet_kind == "official"]
    spoken = {party for party in event.parties if party in claimed or party in official}
    return spoken | ({"an official source"} if any(side not in event.parties for side in official) else set())


def _latest(event: Event) -> Member:
    return max(event.members, key=lambda member: (member.first_seen, member.published, member.key))


def _line(line: LedgerLine) -> str:
    return f"{line.giver or 'unknown'} to {line.receiver or 'unknown'}, {line.what}"


def _alert_id(event: Event, reason: AlertReason, detail: str) -> str:
    name = reason.replace(" ", "-")
    if reason == "first report":
        return f"{event.id}/{name}"
    return f"{event.id}/{name}-{hashlib.sha256(detail.encode()).hexdigest()[:8]}"
