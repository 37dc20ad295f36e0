"""An alert and the watches of the configuration -> the channels that hear of it, and from when on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.config import Quiet, Watch
from core.model import Event


def routes(event: Event, channels: Collection[str], watches: Sequence[Watch], now: datetime) -> dict[str, datetime]:
    """The channels that are to be told of an event, each with the time (UTC) from which on it may be told.

    Without watches every channel hears everything at once; with them, a channel hears what any watch on it is for, at
    the earliest that one of these allows.
    """
    if not watches:
        return dict.fromkeys(channels, now)
    due: dict[str, datetime] = {}
    for watch in watches:
        if not _is_for(watch, event):
            continue
        at = now if watch.quiet is None else quiet_until(watch.quiet, now)
        for channel in watch.channels():
            due[channel] = min(at, due.get(channel, at))
    return due


def quiet_until(quiet: Quiet, now: datetime) -> datetime:
    """When the quiet hours end that `now` lies in; `now` itself outside of them. Both in UTC.

    The hours are those of the clocks of their timezone, on the days when these are changed too.
    """
    zone = ZoneInfo(quiet.timezone)
    local = now.astimezone(zone)
    begins, ends = time.fromisoformat(quiet.begins), time.fromisoformat(quiet.ends)
    clock = local.time().replace(tzinfo=None)
    inside = begins <= clock < ends if begins < ends else clock >= begins or clock < ends
    if not inside:
        return now
    day = local.date() if clock < ends else local.date() + timedelta(days=1)
    return datetime.combine(day, ends, zone).astimezone(UTC)


def _is_for(watch: Watch, event: Event) -> bool:
    return (
        set(watch.parties) <= set(event.parties)
        and event.kind in (watch.kinds or (event.kind,))
        and event.status in (watch.statuses or (event.status,))
        and event.score >= watch.score
        and (not watch.languages or any(member.language in watch.languages for member in event.members))
    )
