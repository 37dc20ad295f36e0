"""Articles, reports, members and events in a word or two, for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.model import Article, Event, Evidence, Exchange, Figure, Member, Rejection, Report, Transfer
from events.event import assemble

NOON = datetime(2025, 6, 13, 12, 0, tzinfo=UTC)


def make_article(number: int = 1, **changes: Any) -> Article:
    values: dict[str, Any] = {
        "url": f"https://outlet-{number}.example/story",
        "source": f"outlet-{number}",
        "outlet": f"outlet-{number}.example",
        "title": f"Story {number}",
        "text": f"The two sides met.\n\nStory {number} tells of it.",
        "language": "en",
        "published": NOON,
        "fetched_at": NOON + timedelta(minutes=1),
    }
    return Article(**(values | changes))


def make_figure(best: int, **changes: Any) -> Figure:
    values: dict[str, Any] = {"best": best, "low": best, "high": best, "text": f"{best:,}", "start": 0, "end": 3}
    return Figure(**(values | changes))


def make_transfer(
    giver: str | None = "RU", receiver: str | None = "UA", count: int | None = 1200, **changes: Any
) -> Transfer:
    values: dict[str, Any] = {
        "giver": giver,
        "receiver": receiver,
        "count": None if count is None else make_figure(count),
        "what": "bodies",
        "claimed_by": None,
        "evidence": Evidence(0, 18, "The two sides met."),
    }
    return Transfer(**(values | changes))


def make_exchange(*transfers: Transfer, **changes: Any) -> Exchange:
    """A completed remains exchange of 13 June 2025, of 1,200 bodies from RU to UA unless transfers are given."""
    told = transfers or (make_transfer(),)
    values: dict[str, Any] = {"kind": "remains", "status": "completed", "date": "2025-06-13", "parties": ("RU", "UA")}
    return Exchange(transfers=told, **(values | changes))


def make_report(*exchanges: Exchange, **changes: Any) -> Report:
    told = exchanges or (make_exchange(),)
    values: dict[str, Any] = {"language": "en", "score": 0.9, "reasons": ("a verb of handing over beside bodies",)}
    return Report(exchanges=told, **(values | changes))


def make_rejection(**changes: Any) -> Rejection:
    values: dict[str, Any] = {"language": "en", "gate": "topic", "reason": "no word of an exchange"}
    return Rejection(**(values | changes))


def make_member(number: int = 1, *transfers: Transfer, **changes: Any) -> Member:
    """One member of article `number`; what is not a field of Member is one of its exchange."""
    own = {name: changes.pop(name) for name in tuple(changes) if name in Member.__dataclass_fields__}
    values: dict[str, Any] = {
        "key": f"article-{number}#0",
        "article_id": f"article-{number}",
        "url": f"https://outlet-{number}.example/story",
        "outlet": f"outlet-{number}.example",
        "outlet_kind": "outlet",
        "language": "en",
        "title": f"Story {number}",
        "published": NOON,
        "first_seen": NOON + timedelta(minutes=number),
        "score": 0.9,
        "exchange": make_exchange(*transfers, **changes),
    }
    return Member(**(values | own))


def make_event(*members: Member, **changes: Any) -> Event:
    """The event that members make, or that of one member; `changes` overrule what they make."""
    return replace(assemble("RU-UA-dead-2025-06-13", members or (make_member(),)), **changes)
