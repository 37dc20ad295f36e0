"""What visits to sources leave behind."""

from __future__ import annotations

from datetime import timedelta

from core.model import Answer, Arrivals, CrawlResult, FetchFailure, SourceState
from storage.store import Store
from tests.builders import NOON, make_article, make_rejection, make_report

HOUR = timedelta(hours=1)


def visit(store: Store, hour: int, problem: str | None = None) -> None:
    start = NOON + hour * HOUR
    failures = (FetchFailure("https://outlet-1.example/gone", "404"),)
    result = CrawlResult("outlet-1", start, start + HOUR / 2, links=3, problem=problem, failures=failures)
    store.record_crawl(result, start + HOUR)


def test_problems_are_counted_until_a_visit_succeeds(store: Store) -> None:
    visit(store, 0)
    visit(store, 1, "the feed is HTML")
    visit(store, 2, "no answer")
    assert store.source_states()["outlet-1"] == SourceState(
        "outlet-1", NOON + 2 * HOUR, NOON + HOUR / 2, "no answer", 2, NOON + 3 * HOUR
    )
    visit(store, 3)
    state = store.source_states()["outlet-1"]
    assert (state.consecutive_problems, state.last_problem) == (0, None)
    assert state.last_success == NOON + 3.5 * HOUR


def test_articles_and_reports_are_counted_for_each_source(store: Store) -> None:
    with store.write() as unit:
        unit.add_article(make_article(1), make_report())
        unit.add_article(make_article(2, source="outlet-1"), make_rejection())
        unit.add_article(make_article(3), make_rejection())
    visit(store, 0)
    states = store.source_states()
    assert [(name, state.articles, state.reports) for name, state in states.items()] == [
        ("outlet-1", 2, 1),
        ("outlet-3", 1, 0),
    ]
    assert states["outlet-3"].last_started is None


def test_the_last_visits_are_told_the_oldest_first(store: Store) -> None:
    for hour in range(4):
        visit(store, hour, "no answer" if hour == 2 else None)
    told = store.visits("outlet-1", limit=3)
    assert [(each.started, each.links, each.problem) for each in told] == [
        (NOON + HOUR, 3, None),
        (NOON + 2 * HOUR, 3, "no answer"),
        (NOON + 3 * HOUR, 3, None),
    ]
    assert store.visits("outlet-2") == []


def test_what_a_source_brought_in_the_same_hours_of_the_days_before_is_counted(store: Store) -> None:
    day = 24 * HOUR
    times = [NOON - 8 * day, *(NOON - n * day - HOUR for n in (3, 2, 1) for _ in range(n)), NOON - 2 * HOUR]
    with store.write() as unit:
        for number, when in enumerate(times):
            unit.add_article(make_article(number, source="courier", fetched_at=when, published=None), make_rejection())
    told = store.arrivals("courier", NOON)
    assert told.before == (1, 2, 3, 0, 0, 0, 0)
    assert [each.fetched for each in told.last] == times
    assert store.arrivals("courier", NOON - HOUR * 1.9).before == ()
    assert store.arrivals("courier", NOON + 6 * day).before == (1 + 2 + 3,)
    assert store.arrivals("nobody", NOON) == Arrivals()


def test_the_last_report_of_a_source_is_remembered(store: Store) -> None:
    with store.write() as unit:
        unit.add_article(make_article(1, fetched_at=NOON), make_report())
        unit.add_article(make_article(2, source="outlet-1", fetched_at=NOON + HOUR), make_report())
        unit.add_article(make_article(3, source="outlet-1", fetched_at=NOON + 2 * HOUR), make_rejection())
    assert store.last_report("outlet-1") == NOON + HOUR
    assert store.last_report("outlet-3") is None


def test_what_a_source_answered_is_known_while_it_is_read_in_the_same_way(store: Store) -> None:
    answer = Answer("https://a.example/feed", '"one"', None, "abc")
    for stanza in ("before", "now"):
        visit = CrawlResult("outlet-1", NOON, NOON, answers=(answer,))
        store.record_crawl(visit, None, stanza)
    assert store.answers("outlet-1", "now") == [answer]
    assert store.answers("outlet-1", "before") == store.answers("outlet-2", "now") == []
    store.record_crawl(CrawlResult("outlet-1", NOON, NOON, problem="HTTP 500"), None, "now")
    assert store.answers("outlet-1", "now") == [answer]


def test_when_a_host_wants_to_be_asked_again_is_kept(store: Store) -> None:
    store.record_crawl(CrawlResult("outlet-1", NOON, NOON, problem="HTTP 429", not_before=NOON + HOUR), None)
    assert store.source_states()["outlet-1"].not_before == NOON + HOUR
    store.record_crawl(CrawlResult("outlet-1", NOON + HOUR, NOON + HOUR), None)
    assert store.source_states()["outlet-1"].not_before is None
