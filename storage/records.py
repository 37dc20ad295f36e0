"""What the database tells besides the nouns of the flow: decisions, counts, threads that do not show what is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.model import Alert, Event


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a change of an event was told (`alert_id` names the alert) or was not (`alert_id` is None)."""

    event_id: str
    at: datetime
    reason: str
    alert_id: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is stored."""

    articles: int
    unreadable: int
    reports: int
    events: int
    alerts: int
    deliveries_pending: int


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread whose first message is to show its event as it is now; `alert` is what was told there last."""

    channel: str
    thread_id: str
    alert: Alert
    event: Event
    change: int  # of the event since the thread began
    attempts: int = 0
