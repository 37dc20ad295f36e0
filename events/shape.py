"""An event -> the JSON shape that other programs read; its keys are a contract, told in docs/commands.md."""

from __future__ import annotations

from typing import Any

from core.model import Claim, Event, LedgerLine

Shape = dict[str, Any]


def shape(event: Event) -> Shape:
    """One line of `events --format jsonl`, and the `event` of a webhook's message."""
    return {
        "id": event.id,
        "kind": event.kind,
        "status": event.status,
        "date": event.date,
        "parties": list(event.parties),
        "transfers": [_line(line) for line in event.ledger],
        "discrepancies": list(event.discrepancies),
        "articles": _articles(event),
    }


def _line(line: LedgerLine) -> Shape:
    return {
        "from": line.giver,
        "to": line.receiver,
        "what": line.what,
        "low": line.low,
        "best": line.best,
        "high": line.high,
        "claims": [_claim(claim) for claim in line.claims],
    }


def _claim(claim: Claim) -> Shape:
    told = {"count": claim.best, "claimed_by": claim.claimed_by, "side": claim.side}
    return {**told, "outlet": claim.outlet, "url": claim.url}


def _articles(event: Event) -> list[Shape]:
    """Each article once, however many of its exchanges belong to the event."""
    rows = {
        member.article_id: {
            "id": member.article_id,
            "url": member.url,
            "outlet": member.outlet,
            "published": member.published.isoformat(),
        }
        for member in event.members
    }
    return list(rows.values())
