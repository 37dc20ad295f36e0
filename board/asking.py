"""The address of a page -> what is asked for, with everything that is wrong in it passed over; and addresses back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, get_args
from urllib.parse import urlencode

from core.model import Kind, Status
from storage.browse import ArticlePlace, EventPlace, Wanted

KINDS: tuple[Kind, ...] = get_args(Kind)
STATUSES: tuple[Status, ...] = get_args(Status)
_MOST_WORDS = 5
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of the list of events as they stand in its address."""

    party: str = ""
    kind: str = ""
    status: str = ""
    disputed: bool = False
    unreviewed: bool = False
    closed: bool = False
    since: str = ""
    until: str = ""
    q: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Filters:
        """Those that an address gives; a value that no filter has counts as none."""
        words = {name: given.get(name, "").strip()[:_LONGEST] for name in ("party", "q")}
        days = {name: given.get(name, "") if day(given.get(name)) else "" for name in ("since", "until")}
        flags = {name: given.get(name, "") in ("1", "on", "true") for name in ("disputed", "unreviewed", "closed")}
        kind, status = given.get("kind", ""), given.get("status", "")
        chosen = {"kind": kind if kind in KINDS else "", "status": status if status in STATUSES else ""}
        return cls(**words, **days, **flags, **chosen)  # type: ignore[arg-type]

    def wanted(self, names: Mapping[str, str]) -> Wanted:
        """The same for the store. A word that is part of a side's name also finds its code."""
        return Wanted(
            self.party or None,
            next((each for each in KINDS if each == self.kind), None),
            next((each for each in STATUSES if each == self.status), None),
            self.disputed,
            self.unreviewed,
            self.closed,
            day(self.since),
            day(self.until),
            tuple(_spellings(word, names) for word in self.q.casefold().split()[:_MOST_WORDS]),
        )

    def query(self, **more: str) -> str:
        """The part of an address that gives these filters, without those that choose nothing."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__}
        told = {name: "1" if value is True else value for name, value in own.items() if value}
        return urlencode(told | {name: value for name, value in more.items() if value})

    @property
    def any(self) -> bool:
        """Whether anything is chosen."""
        return bool(self.query())


def day(given: str | None) -> date | None:
    """ "2025-06-13" -> that day; None for anything else."""
    try:
        return date.fromisoformat(given) if given and len(given) == len("2025-06-13") else None
    except ValueError:
        return None


def moment(given: str | None) -> datetime | None:
    """An ISO 8601 time with its timezone -> that; None for anything else."""
    try:
        found = datetime.fromisoformat(given or "")
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def cursor(place: EventPlace | ArticlePlace | None) -> str:
    """Where a page ended, as an address carries it; nothing where nothing follows."""
    if place is None:
        return ""
    values = [place.day] if isinstance(place, EventPlace) else []
    at = place.first_seen if isinstance(place, EventPlace) else place.fetched_at
    return base64.urlsafe_b64encode(json.dumps([*values, at.isoformat(), place.id]).encode()).decode().rstrip("=")


def event_place(given: str | None) -> EventPlace | None:
    """The place that `cursor` told, or None."""
    match _values(given):
        case [str(told), str(at), str(identifier)] if day(told) and moment(at):
            return EventPlace(told, moment(at) or datetime.max.replace(tzinfo=UTC), identifier)
    return None


def article_place(given: str | None) -> ArticlePlace | None:
    """The place that `cursor` told, or None."""
    match _values(given):
        case [str(at), str(identifier)] if moment(at):
            return ArticlePlace(moment(at) or datetime.max.replace(tzinfo=UTC), identifier)
    return None


def _values(given: str | None) -> Any:
    try:
        raw = base64.urlsafe_b64decode((given or "")[:600] + "==")
        return json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return None


def _spellings(word: str, names: Mapping[str, str]) -> tuple[str, ...]:
    codes = [code.casefold() for code, name in names.items() if word in name.casefold()]
    return tuple(dict.fromkeys([word, *codes[:10]]))
