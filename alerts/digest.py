"""A day's events and what was asked and read on it -> the digest of that day, also where nothing happened.

The line of coverage is what makes it worth sending on a silent day: no alert is evidence of no event only where the
sources were read.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from alerts.message import compose
from core import wording
from core.model import Alert, Coverage, Event

_MOST_LINES = 20
_MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class Digest:
    """What is told of one day, all of it clean; `chart` is a PNG of the month.

    A notice to the operators has the same form; its `day` is the moment.
    """

    day: str
    title: str
    lines: tuple[str, ...]
    coverage: str = ""
    chart: bytes | None = None
    alerts: tuple[str, ...] = ()  # the ids of those that are told by it
    kind: Literal["digest", "notice"] = "digest"


def digest(
    day: str, events: Sequence[Event], coverage: Coverage, names: Mapping[str, str], chart: bytes | None = None
) -> Digest:
    """The digest of a day (as in "2025-06-13"); `events` are those that changed on it, the newest first."""
    lines = [_line(event, names) for event in events[:_MOST_LINES]]
    if len(events) > _MOST_LINES:
        lines.append(f"and {len(events) - _MOST_LINES:,} more: exchangewatch events")
    return Digest(day, f"{wording.day(day)}: {_title(len(events))}", tuple(lines), _coverage(coverage), chart)


def held(alerts: Sequence[Alert], names: Mapping[str, str]) -> Digest:
    """What quiet hours held back, an event a line as the last of its alerts has it, with all that was new of it."""
    events = {alert.event_id: alert.event for alert in alerts}
    lines = []
    for event_id, event in events.items():
        news = wording.listed((each.reason for each in alerts if each.event_id == event_id), 4)
        lines.append(f"{_line(event, names)}: {news}")
    day = max(alert.created for alert in alerts).date().isoformat()
    title = f"While it was quiet: {len(events):,} {'exchange' if len(events) == 1 else 'exchanges'}"
    return Digest(day, title, tuple(lines), alerts=tuple(alert.id for alert in alerts))


def as_text(told: Digest, width: int = 80) -> str:
    """The digest as plain text, no line longer than `width`."""
    wrapped = [
        line for each in told.lines for line in textwrap.wrap(each, width, initial_indent="- ", subsequent_indent="  ")
    ]
    return "\n".join([*textwrap.wrap(told.title, width), *wrapped, *textwrap.wrap(told.coverage, width)])


def _title(count: int) -> str:
    if count == 0:
        return "no exchange was reported"
    return "one exchange was reported, or changed" if count == 1 else f"{count:,} exchanges were reported, or changed"


def _line(event: Event, names: Mapping[str, str]) -> str:
    headline = compose(Alert("", event.id, "first report", "", event, event.updated), names).headline
    return f"{headline} ({wording.day(event.date)})"


def _coverage(told: Coverage) -> str:
    asked = f"{told.sources:,} {'source' if told.sources == 1 else 'sources'} asked {told.visits:,} times"
    read = f"{told.articles:,} articles read, {told.reports:,} of them reports"
    if told.visits == 0:
        return "Coverage: no source was asked on this day, so that nothing is known of it."
    gaps = wording.listed((wording.clean(each, 60) for each in told.unread), _MOST_NAMES)
    return f"Coverage: {asked}, {read}; " + (f"never read on this day: {gaps}." if gaps else "all could be read.")
