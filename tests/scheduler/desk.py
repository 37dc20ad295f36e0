"""Processes that take in the same news at once, or are killed while they do; and what must hold afterwards.

python -m tests.scheduler.desk at-once|killed DATABASE
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from scheduler.intake import take_in
from storage.store import Store
from tests.builders import NOON, make_article, make_exchange, make_rejection, make_report, make_transfer

EVENTS = 8
ARTICLES = 120
KILLS = 10


def take(url: str, numbers: Iterable[int]) -> None:
    """Take in articles: each fourth reports nothing, the others one of the exchanges, some with two reports."""
    with Store.open(url) as store:
        for number in numbers:
            swap = make_exchange(make_transfer(count=50, what="prisoners"), kind="prisoners", date="2025-06-10")
            remains = make_exchange(date=f"2025-06-{13 + 2 * (number % (EVENTS - 1))}")
            told = make_report(remains, swap) if number % 5 == 0 else make_report(remains)
            found = make_rejection() if number % 4 == 3 else told
            take_in(store, make_article(number), found, NOON, ["desk", "board"], max_age=timedelta(days=30))


def check(store: Store, complete: bool = False) -> None:
    """Every article is whole, every event has members, every event was told once and to both channels."""
    reports = {article.id for article in store.articles(reports_only=True)}
    events = store.events()
    told_by = Counter(member.key for event in events for member in event.members)
    assert {key.split("#")[0] for key in told_by} == reports, "a report without its event, or an event without it"
    assert not told_by or max(told_by.values()) == 1, "a member of two events"
    assert all(event.members for event in events), "an event without members"
    assert sum(len(line.claims) for event in events for line in event.ledger) == len(told_by), "claims lost"
    alerts = Counter(alert.event_id for alert in store.alerts())
    assert alerts == dict.fromkeys((event.id for event in events), 1), f"alerts lost or double: {alerts}"
    assert store.counts().deliveries_pending == 2 * len(events), "the outbox does not fit the alerts"
    assert not complete or store.counts().articles == ARTICLES, "articles lost"


def begin(url: str, numbers: Iterable[int]) -> int:
    """A process that takes in articles; its id."""
    child = os.fork()
    if child:
        return child
    try:
        take(url, numbers)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        os._exit(1)
    os._exit(0)


def at_once(url: str) -> None:
    """Three processes with the same articles, in orders of their own."""
    orders = [range(ARTICLES), range(ARTICLES - 1, -1, -1), [*range(60, ARTICLES), *range(60)]]
    children = [begin(url, order) for order in orders]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(orders)


def killed(url: str) -> None:
    """Processes killed one after the other at later and later moments, checked each time; the last one finishes."""
    unfinished = 0
    for number in range(KILLS):
        child = begin(url, range(ARTICLES))
        time.sleep(0.05 + 0.026 * number)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        unfinished += os.WIFSIGNALED(status)
        with Store.open(url) as store:
            check(store)
    assert unfinished >= KILLS / 2, f"only {unfinished} of {KILLS} were killed in the middle"
    assert os.waitpid(begin(url, range(ARTICLES)), 0)[1] == 0


if __name__ == "__main__":
    {"at-once": at_once, "killed": killed}[sys.argv[1]](sys.argv[2])
