"""An article behind an event, read again -> the event as the article has it now; what it said before is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.model import Article, Exchange, OutletKind, Rejection, Report
from scheduler.intake import Desk, Intake, members_of, settled
from storage.store import Store

UNCHANGED = Intake(stored=False)


def take_correction(
    store: Store,
    article_id: str,
    now_says: Article,
    detection: Report | Rejection,
    outlet: tuple[OutletKind, str | None],
    now: datetime,
    desk: Desk,
    kept: tuple[str, int] | None = None,
) -> Intake:
    """Store what an article says now, and tell what is new by it.

    A text that reports the same is kept as a version and changes nothing else. `outlet` is its kind and the party for
    which it speaks, `kept` where its page is kept. Raises StorageError, and then nothing of it is stored.
    """
    with store.write() as unit:
        if unit.says(article_id, now_says):
            return UNCHANGED
        if kept is not None:
            unit.put_evidence(article_id, *kept, now)
        count = unit.replace_article(article_id, now_says, detection, now)
        old = [member for member in unit.members_of_article(article_id) if not member.state]
        new = members_of(article_id, now_says, detection, outlet, now, f"v{count + 1}.")
        if not old or [_told(each.exchange) for each in old] == [_told(each.exchange) for each in new]:
            return Intake(stored=True, article_id=article_id)
        published = old[0].published
        new = [replace(each, published=published) for each in new]
        unit.mark_members([each.key for each in old], "corrected" if new else "withdrawn")
        return settled(unit, article_id, new, [*old, *new], now, desk)


def take_withdrawal(store: Store, article_id: str, now: datetime, desk: Desk) -> Intake:
    """An outlet has taken an article away: its claims count no more. Raises StorageError."""
    with store.write() as unit:
        old = [member for member in unit.members_of_article(article_id) if not member.state]
        if not old:
            return UNCHANGED
        unit.mark_members([each.key for each in old], "withdrawn")
        return settled(unit, article_id, [], old, now, desk)


def _told(exchange: Exchange) -> tuple[object, ...]:
    """What of an exchange is news if it changes; not the words, nor where they stand."""
    ways = tuple((each.giver, each.receiver, each.what, each.count and each.count.best) for each in exchange.transfers)
    return exchange.kind, exchange.status, exchange.date, ways
