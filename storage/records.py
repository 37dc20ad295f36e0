"""What the database tells besides the nouns of the flow: decisions and counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
