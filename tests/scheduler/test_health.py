"""How a source is doing, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.model import Arrival, Arrivals, CrawlResult
from scheduler.health import Health, health
from tests.builders import NOON

HOUR = timedelta(hours=1)


def visit(hours_ago: float, problem: str | None = None, pages: int = 0, unreadable: int = 0) -> CrawlResult:
    when = NOON - hours_ago * HOUR
    return CrawlResult("courier", when, when, pages=pages, problem=problem, unreadable=unreadable)


def every(hours: float, count: int, last: float, dated: bool = True) -> Arrivals:
    """So many articles, one every so many hours, the last of them so many hours ago."""
    moments = [NOON - (last + hours * number) * HOUR for number in reversed(range(count))]
    return Arrivals(tuple(Arrival(when, when if dated else None) for when in moments))


def silent(hours: float, *before: int) -> Arrivals:
    """A source that brings an article every few minutes, has been silent, and brought so many before at such hours."""
    return replace(every(0.1, 30, last=hours), before=before)


NOTHING = Arrivals()


@pytest.mark.parametrize(
    ("visits", "arrivals", "expected"),
    [
        ([], NOTHING, Health("not visited", "not visited yet")),
        ([visit(1)], NOTHING, Health("good")),
        ([visit(2), visit(1, "HTTP 500")], NOTHING, Health("shaky", "the last visit failed: HTTP 500")),
        (
            [visit(n, f"HTTP 50{n}") for n in (3, 2, 1)],
            NOTHING,
            Health("failing", "the last 3 visits failed: HTTP 501"),
        ),
        ([visit(n, "HTTP 500") for n in (4, 3, 2)] + [visit(1)], NOTHING, Health("good")),
    ],
)
def test_how_its_visits_went(visits: list[CrawlResult], arrivals: Arrivals, expected: Health) -> None:
    assert health(visits, arrivals, NOON) == expected
    assert expected.alarming == (expected.state == "failing")


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        (every(3, 10, last=5), Health("good")),
        (every(3, 10, last=7), Health("silent", "silent for 7 h; its longest pause was 3 h")),
        (every(0.5, 10, last=5), Health("good")),
        (every(0.5, 10, last=100), Health("silent", "silent for 4 days; its longest pause was 30 min")),
        (every(3, 5, last=100), Health("good")),
    ],
)
def test_a_source_that_is_not_known_for_long_is_silent_after_twice_its_longest_pause(
    arrivals: Arrivals, expected: Health
) -> None:
    assert health([visit(0.1)], arrivals, NOON) == expected
    assert expected.alarming == (expected.state == "silent")


def test_what_the_first_visit_fetches_at_once_was_published_over_days() -> None:
    gathered = Arrivals(tuple(Arrival(NOON - 7 * HOUR, NOON - (7 + 12 * n) * HOUR) for n in reversed(range(10))))
    assert health([visit(0.1)], gathered, NOON) == Health("good")


@pytest.mark.parametrize(
    ("arrivals", "words"),
    [
        (
            silent(0.75, 9, 12, 5, 8, 9, 11, 7),
            "silent for 45 min; in the same hours of the last 7 days it brought at least 5 articles",
        ),
        (
            silent(0.75, 9, 12, 5),
            "silent for 45 min; in the same hours of the last 3 days it brought at least 5 articles",
        ),
        (silent(0.75, 9, 12, 4, 8, 9, 11, 7), ""),
        (silent(8, 0, 0, 1, 0, 0, 0, 0), ""),
        (silent(8, 30, 0, 30, 30, 30, 30, 30), ""),
        (silent(0.75, 9, 12), ""),
        (silent(40, 60, 55), "silent for 40 h; in the same days of the last 2 weeks it brought at least 55 articles"),
        (silent(40, 60, 0), ""),
    ],
)
def test_a_source_is_silent_that_on_every_day_before_brought_something_at_these_hours(
    arrivals: Arrivals, words: str
) -> None:
    assert health([visit(0.1)], arrivals, NOON) == (Health("silent", words) if words else Health("good"))


@pytest.mark.parametrize(
    ("visits", "words"),
    [
        (
            [visit(2, None, 3, 3), visit(1, None, 3, 3)],
            "of the last 6 pages, 6 had no article text: have they changed?",
        ),
        ([visit(2, None, 3, 1), visit(1, None, 3, 3)], ""),
        ([visit(1, None, 4, 4)], ""),
        (
            [visit(3, None, 30), visit(2, None, 10, 9), visit(1, None, 10, 8)],
            "of the last 20 pages, 17 had no article text: have they changed?",
        ),
        ([visit(2, None, 20, 20), visit(1, None, 20, 2)], ""),
    ],
)
def test_pages_without_articles_alarm(visits: list[CrawlResult], words: str) -> None:
    assert health(visits, every(1, 2, last=1.5), NOON) == (Health("empty", words) if words else Health("good"))
    assert health(visits, NOTHING, NOON).alarming == bool(words)


def test_articles_that_are_listed_and_cannot_be_fetched_alarm() -> None:
    refused = [replace(visit(n), new_links=9) for n in (4, 3, 1)]
    words = "the last 3 visits found new articles and could fetch none: `exchangewatch check` tells why"
    assert health([*refused, visit(0.5)], NOTHING, NOON) == Health("empty", words)
    assert health(refused[1:], NOTHING, NOON) == Health("good")
    assert health([*refused[1:], replace(visit(0.5, pages=1), new_links=9)], NOTHING, NOON) == Health("good")


def test_articles_without_a_date_alarm() -> None:
    told = health([visit(1)], every(1, 10, last=1, dated=False), NOON)
    assert told.alarming
    assert told.words == "the last 10 articles do not say when they were published: css.date may find it"
    assert health([visit(1)], every(1, 9, last=1, dated=False), NOON) == Health("good")
    some = every(1, 10, last=2, dated=False).last + every(1, 1, last=1).last
    assert health([visit(1)], Arrivals(some), NOON) == Health("good")
