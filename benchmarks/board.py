"""A board on 100,000 articles and 2,000 events in SQLite -> how long each of its pages takes.

python -m benchmarks.board [--articles N] [--events N] [--database FILE]: a database that is there is used as it is.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from app.detector import detector
from app.lending import picture
from board.building import listening, served
from board.lent import House, State
from core.config import Board, Listen, Source
from core.feedback import Feedback
from core.model import (
    Article,
    CrawlResult,
    Evidence,
    Exchange,
    Figure,
    Kind,
    Member,
    Rejection,
    Report,
    Status,
    Transfer,
    What,
)
from events.copies import sketch
from events.event import assemble
from scheduler.health import health
from storage.store import Store

BAR = 0.100  # seconds
_SOURCES = 48
_DAYS = 400
_REPORTS = (1, 3, 4, 5, 6, 9)
_AT_ONCE = 2_000
_TIMES = 15
_SIDES = (("RU", "UA"), ("RU", "UA"), ("RU", "UA"), ("HAMAS", "IL"), ("AM", "AZ"), ("HOUTHI", "YE"))
_LANGUAGES = ("en", "uk", "ru", "de", "fr")
_CLAIMANTS = ("Coordination Headquarters", "Ministry of Defence", "Red Cross", None)


Told = tuple[Article, Report, Member]


class Timed(NamedTuple):
    """One page: its size and how long it took each time (s)."""

    path: str
    size: int
    times: Sequence[float]


def main() -> int:
    """Print a line for each page; the exit code is 1 where one takes longer than the bar at the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=2_000)
    parser.add_argument("--database", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.database or Path(folder) / "board.sqlite"
        there = path.exists()
        with Store.open(f"sqlite:///{path}") as store:
            store.upgrade()
            if not there:
                began = time.perf_counter()
                fill(store, options.articles, options.events, datetime.now(UTC))
                print(f"filled in {time.perf_counter() - began:.0f} s, {path.stat().st_size / 1e6:,.0f} MB")
            slow = [each for each in measured(store) if show(each) > BAR]
    print(f"{len(slow)} pages beyond {BAR * 1000:.0f} ms" if slow else f"every page within {BAR * 1000:.0f} ms")
    return 1 if slow else 0


def show(timed: Timed) -> float:
    """Print a page; its median (s)."""
    middle = statistics.median(timed.times)
    print(
        f"{middle * 1000:7.1f} ms  worst {max(timed.times) * 1000:7.1f} ms  {timed.size / 1000:7.1f} kB  {timed.path}"
    )
    return middle


def measured(store: Store) -> Iterator[Timed]:
    """Every page of a board, over HTTP on 127.0.0.1."""
    lent = house(store)
    with listening(lent.settings) as at, served(lent, at) as address:
        for path in paths(store):
            times = []
            for _ in range(_TIMES):
                began = time.perf_counter()
                with urllib.request.urlopen(address + path) as answer:  # noqa: S310 - our own address
                    size = len(answer.read())
                times.append(time.perf_counter() - began)
            yield Timed(path, size, times[1:])


def paths(store: Store) -> list[str]:
    """What readers of a board look at, and what is hard on a database."""
    events = store.events(limit=400)
    largest = max(events, key=lambda each: len(each.members))
    article = largest.members[0].article_id
    queries = (
        "",
        "?party=IL",
        "?q=kyiv+bodies",
        "?q=nothing+like+it",
        "?disputed=1&unreviewed=1",
        "?kind=mixed",
    )
    return [
        *(f"/events{query}" for query in queries),
        "/events?rows=1&mark=0",
        *(f"/events/{each.id}" for each in (events[0], events[-1], largest)),
        "/charts",
        "/sources",
        "/sources/outlet-7",
        "/coverage",
        "/coverage?days=92",
        "/articles",
        "/articles?source=outlet-7&reports=1",
        f"/why?article={article}",
        "/acts",
        "/archives",
        "/events.atom",
        "/charts.csv",
        "/api/events?limit=50",
        "/api/sources",
        "/api/coverage",
    ]


def house(store: Store) -> House:
    """A board without a crawler; detection is done here, which is what it takes in a reader's process."""
    sources = [Source(name=f"outlet-{n}", type="feed", url=f"https://outlet-{n}.example/feed") for n in range(_SOURCES)]
    names = detector().party_names

    def state(*known: Any) -> State:
        found = health(*known)
        return State(found.state, found.words, found.alarming)

    nobody: Any = None
    return House(
        settings=Board(listen=Listen("127.0.0.1", 0)),
        store=store,
        names=names,
        owner="bench",
        sources=lambda: sources,
        health=state,
        hand=nobody,
        rules=_Rules(),
        check=lambda source: (),
        picture=lambda sums, title, summed: picture(sums, names, title, summed),
        thread_url=lambda channel, thread: None,
    )


class _Rules:
    def explain(self, title: str | None, text: str, published: Any, language: str | None) -> Any:
        from app.lending import Question, answered  # noqa: PLC0415

        return answered(Question(Article("", "", "", title, text, language, None, datetime.now(UTC)), published))

    def fetch(self, url: str) -> Any:
        raise NotImplementedError

    def label(self, explained: Any) -> dict[str, Any]:
        raise NotImplementedError


def fill(store: Store, articles: int, events: int, now: datetime) -> None:
    """Articles of 48 sources over 400 days, a tenth of them reports of events, some of which the desk has judged."""
    chance = random.Random(20250613)
    told = list(_events(chance, events, now))
    reports = sum(len(each) for _, each in told)
    quiet = _rejected(chance, articles - reports, now)
    while some := list(islice(quiet, _AT_ONCE)):
        with store.write() as unit:
            for article, verdict in some:
                unit.add_article(article, verdict)
    for start in range(0, len(told), 200):
        with store.write() as unit:
            for event_id, members in told[start : start + 200]:
                for article, verdict, member in members:
                    unit.add_article(article, verdict)
                    unit.add_member(member, event_id, member.published.date())
                unit.put_event(assemble(event_id, [member for _, _, member in members]))
    ids = [event_id for event_id, _ in told]
    with store.write() as unit:
        for number, event_id in enumerate(chance.sample(ids, len(ids) // 3)):
            verdict = chance.choice(("confirm", "confirm", "confirm", "dismiss", "mute"))
            at = now - timedelta(minutes=7 * number)
            unit.put_feedback(Feedback(f"bench-{number}", event_id, verdict, chance.choice(("Olena", "Mark")), at))
    for number in range(_SOURCES * 30):
        started = now - timedelta(minutes=10 * (number // _SOURCES))
        problem = "HTTP 503" if chance.random() < 0.05 else None
        visit = CrawlResult(
            f"outlet-{number % _SOURCES}", started, started + timedelta(seconds=4), 40, 3, 3, 4, problem
        )
        store.record_crawl(visit, now + timedelta(minutes=9))


def _rejected(chance: random.Random, count: int, now: datetime) -> Iterator[tuple[Article, Rejection]]:
    words = ("the", "council", "of", "town", "met", "to", "speak", "roads", "prices", "weather", "schools", "harvest")
    for number in range(count):
        text = " ".join(chance.choices(words, k=350))
        article = _article(f"quiet-{number}", f"News number {number} of the day", text, chance, now)
        yield article, Rejection("en", "words", "no word of an exchange")


def _events(chance: random.Random, count: int, now: datetime) -> Iterator[tuple[str, list[Told]]]:
    for number in range(count):
        sides = chance.choice(_SIDES)
        what: What = chance.choice(("bodies", "prisoners", "civilians"))
        kind: Kind = {"bodies": "remains", "prisoners": "prisoners", "civilians": "civilians"}[what]  # type: ignore[assignment]
        status: Status = chance.choice(("completed", "completed", "completed", "planned", "postponed"))
        day = (now - timedelta(days=chance.random() * _DAYS)).date().isoformat()
        figures = (chance.choice((20, 34, 205, 909, 1200)), chance.choice((20, 27, 205)))
        event_id = f"{sides[0]}-{sides[1]}-{what}-{day}-{number}"
        disputed = chance.random() < 0.2
        reports = chance.choice(_REPORTS) if number % 200 else 60
        yield (
            event_id,
            [
                _report(event_id, place, (kind, status, day, what), sides, figures, disputed, chance, now)
                for place in range(reports)
            ],
        )


def _report(
    event_id: str,
    place: int,
    told: tuple[Kind, Status, str, What],
    sides: tuple[str, str],
    figures: tuple[int, int],
    disputed: bool,
    chance: random.Random,
    now: datetime,
) -> Told:
    kind, status, day, what = told
    transfers = []
    for number, (giver, receiver) in enumerate((sides, sides[::-1])):
        count = figures[number] + (12 if disputed and place % 3 == 1 and number == 0 else 0)
        quote = f"Report {place} of {event_id}: {count:,} {what} were handed over by {giver} to {receiver} on that day."
        start = quote.index(f"{count:,}")
        figure = Figure(count, count, count, f"{count:,}", start, start + len(f"{count:,}"))
        evidence = Evidence(0, len(quote), quote)
        transfers.append(Transfer(giver, receiver, figure, what, chance.choice(_CLAIMANTS), evidence))
    exchange = Exchange(kind, status, day, tuple(transfers), sides, ("AE",), ("Red Cross",))
    language = chance.choice(_LANGUAGES)
    title = f"{sides[0]} and {sides[1]} exchange {what}, says Kyiv desk {place}"
    text = "\n\n".join([*(each.evidence.quote for each in transfers), "Nothing else was told of it that day. " * 60])
    at = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=37 * place)
    article = _article(f"{event_id}-{place}", title, text, chance, min(at, now), at)
    report = Report(language, 0.93, ("a verb of handing over beside bodies",), (exchange,))
    member = Member(
        key=f"{article.id}#0",
        article_id=str(article.id),
        url=article.url,
        outlet=article.outlet,
        outlet_kind="outlet",
        language=language,
        title=title,
        published=min(at, now),
        first_seen=min(at + timedelta(minutes=2), now),
        score=0.93,
        exchange=exchange,
        sketch=sketch(text),
    )
    return article, report, member


def _article(
    name: str, title: str, text: str, chance: random.Random, now: datetime, at: datetime | None = None
) -> Article:
    outlet = f"outlet-{chance.randrange(_SOURCES)}"
    fetched = min(now, at) if at else now - timedelta(days=_DAYS * chance.random() ** 2)
    return Article(
        url=f"https://{outlet}.example/{name}",
        source=outlet,
        outlet=f"{outlet}.example",
        title=title,
        text=text,
        language="en",
        published=fetched - timedelta(minutes=chance.randrange(1, 30)),
        fetched_at=fetched,
        id=name,
    )


if __name__ == "__main__":
    sys.exit(main())
