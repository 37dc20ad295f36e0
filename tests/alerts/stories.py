"""Events and alerts as the desk would get them, for the tests of what is told and where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.model import Alert, Claim, Event, Evidence, Exchange, LedgerLine, Member, Transfer

NAMES = {"RU": "Russia", "UA": "Ukraine", "ICRC": "the Red Cross"}
NOON = datetime(2025, 5, 16, 12, 0, tzinfo=UTC)


def a_claim(best: int, by: str | None, quote: str, figure: str | None = None, **changes: Any) -> Claim:
    values: dict[str, Any] = {
        "low": best,
        "best": best,
        "high": best,
        "claimed_by": by,
        "outlet": "Meridian Agency",
        "url": "https://meridian.example/exchange",
        "article_id": "article-1",
        "language": "en",
        "evidence": Evidence(0, len(quote), quote),
        "figure_text": figure or f"{best:,}",
        "first_seen": NOON,
    }
    return Claim(**(values | changes))


def a_line(giver: str | None, receiver: str | None, *claims: Claim, **changes: Any) -> LedgerLine:
    figures = [each.best for each in claims]
    values: dict[str, Any] = {
        "giver": giver,
        "receiver": receiver,
        "what": "bodies",
        "low": min(figures, default=None),
        "best": figures[0] if figures else None,
        "high": max(figures, default=None),
        "claims": claims,
    }
    return LedgerLine(**(values | changes))


def a_member(number: int, outlet: str, title: str | None, quote: str = "The sides met.", **changes: Any) -> Member:
    transfer = Transfer("RU", "UA", None, "bodies", None, Evidence(0, len(quote), quote))
    values: dict[str, Any] = {
        "key": f"article-{number}#0",
        "article_id": f"article-{number}",
        "url": f"https://outlet-{number}.example/story",
        "outlet": outlet,
        "outlet_kind": "outlet",
        "language": "en",
        "title": title,
        "published": NOON + timedelta(minutes=number),
        "first_seen": NOON + timedelta(minutes=number),
        "score": 0.9,
        "exchange": Exchange("remains", "completed", "2025-05-16", (transfer,), ("RU", "UA")),
    }
    return Member(**(values | changes))


_909 = "Moscow handed over 909 Ukrainian bodies and took back the remains of 34 Russian soldiers."


def an_event(**changes: Any) -> Event:
    """909 bodies for 34 on 16 May 2025, told by three outlets."""
    values: dict[str, Any] = {
        "id": "event-1",
        "kind": "remains",
        "status": "completed",
        "date": "2025-05-16",
        "parties": ("RU", "UA"),
        "ledger": (
            a_line("RU", "UA", a_claim(909, "Shamsail Saraliev", _909)),
            a_line("UA", "RU", a_claim(34, "Shamsail Saraliev", _909)),
        ),
        "discrepancies": (),
        "mediators": ("ICRC",),
        "sources": ("Shamsail Saraliev",),
        "members": (
            a_member(1, "Meridian Agency", "Hundreds of fallen soldiers go home"),
            a_member(2, "Дніпро Вісті", "Відбулася репатріація тіл полеглих"),
            a_member(3, "Neva Line", None),
        ),
        "score": 0.9,
        "first_seen": NOON,
        "updated": NOON,
    }
    return Event(**(values | changes))


def a_disputed_event() -> Event:
    """1,200 bodies by one account, 1,212 by the other, who says more of it in Russian."""
    told = "Украине переданы 1212 тел военнослужащих, сообщил Владимир Мединский."
    later = {"language": "ru", "outlet": "Neva Line", "url": "https://neva.example/212"}
    line = a_line(
        "RU",
        "UA",
        a_claim(1200, "UA", "Ukraine has received the bodies of 1,200 of its fallen."),
        a_claim(1212, "Vladimir Medinsky", told, "1212", first_seen=NOON + timedelta(hours=1), **later),
    )
    return replace(
        an_event(),
        date="2025-06-13",
        ledger=(line, a_line("UA", "RU", a_claim(27, "Vladimir Medinsky", "In return 27 came home."))),
        discrepancies=("Kyiv 1,200, Moscow 1,212",),
    )


def an_alert(event: Event | None = None, **changes: Any) -> Alert:
    """The first report of an event."""
    event = event or an_event()
    values: dict[str, Any] = {
        "id": f"{event.id}:1",
        "event_id": event.id,
        "reason": "first report",
        "detail": "",
        "event": event,
        "created": NOON + timedelta(minutes=5),
    }
    return Alert(**(values | changes))
