"""Reports -> the JSON shapes that other programs read; their keys are a contract."""

from __future__ import annotations

import json
from typing import Any

from core.model import Evidence, Exchange, Rejection, Report, Transfer

Shape = dict[str, Any]


def detection(identifier: str | int, verdict: Report | Rejection) -> Shape:
    """One line of `detect`: what an article reports, or why it reports nothing."""
    if isinstance(verdict, Rejection):
        exchanges: tuple[Exchange, ...] = ()
        reasons = [f"{verdict.gate}: {verdict.reason}"]
    else:
        exchanges = verdict.exchanges
        reasons = [*verdict.reasons, *_flags(verdict)]
    return {
        "id": identifier,
        "relevant": isinstance(verdict, Report),
        "language": verdict.language,
        "score": round(verdict.score, 4),
        "reasons": reasons,
        "events": [_exchange(exchange) for exchange in exchanges],
        "background": [_exchange(exchange) for exchange in verdict.background],
    }


def line(shape: Shape) -> bytes:
    """A shape -> one line of UTF-8; text that is no Unicode (lone surrogates) is escaped rather than lost."""
    try:
        return json.dumps(shape, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(shape).encode() + b"\n"


def _flags(report: Report) -> list[str]:
    flags = (flag for exchange in (*report.exchanges, *report.background) for flag in exchange.flags)
    return [f"flagged: {flag}" for flag in dict.fromkeys(flags)]


def _exchange(exchange: Exchange) -> Shape:
    return {
        "kind": exchange.kind,
        "status": exchange.status,
        "date": exchange.date,
        "transfers": [_transfer(transfer) for transfer in exchange.transfers],
        "flags": list(exchange.flags),
        "mediators": list(exchange.mediators),
        "sources": list(exchange.sources),
    }


def _transfer(transfer: Transfer) -> Shape:
    count = transfer.count
    return {
        "from": transfer.giver,
        "to": transfer.receiver,
        "count": count.best if count else None,
        "low": count.low if count else None,
        "high": count.high if count else None,
        "what": transfer.what,
        "claimed_by": transfer.claimed_by,
        "evidence": _evidence(transfer.evidence),
    }


def _evidence(evidence: Evidence) -> Shape:
    shape: Shape = {"start": evidence.start, "end": evidence.end, "quote": evidence.quote}
    return {**shape, "part": "title"} if evidence.part == "title" else shape
