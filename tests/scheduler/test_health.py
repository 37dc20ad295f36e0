"""How a source is doing, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.model import CrawlResult
from scheduler.health import Health, health
from tests.builders import NOON

HOUR = timedelta(hours=1)


def visit(hours_ago: float, problem: str | None = None, pages: int = 0) -> CrawlResult:
    when = NOON - hours_ago * HOUR
    return CrawlResult("courier", when, when, pages=pages, problem=problem)


def every(hours: float, count: int, last: float) -> list[datetime]:
    """So many articles, one every so many hours, the last of them so many hours ago."""
    return [NOON - (last + hours * number) * HOUR for number in reversed(range(count))]


@pytest.mark.parametrize(
    ("visits", "arrivals", "expected"),
    [
        ([], [], Health("not visited", "not visited yet")),
        ([visit(1)], [], Health("good")),
        ([visit(2), visit(1, "HTTP 500")], [], Health("shaky", "the last visit failed: HTTP 500")),
        ([visit(n, f"HTTP 50{n}") for n in (3, 2, 1)], [], Health("failing", "the last 3 visits failed: HTTP 501")),
        ([visit(n, "HTTP 500") for n in (4, 3, 2)] + [visit(1)], [], Health("good")),
        ([visit(1)], every(3, 10, last=5), Health("good")),
        ([visit(1)], every(3, 10, last=7), Health("silent", "silent for 7 h; its longest pause was 3 h")),
        ([visit(1)], every(0.5, 10, last=5), Health("good")),
        ([visit(1)], every(0.5, 10, last=100), Health("silent", "silent for 4 days; its longest pause was 30 min")),
        ([visit(1)], every(3, 5, last=100), Health("good")),
        ([visit(2, pages=3), visit(1, pages=3)], [], Health("empty", "6 pages, and no article in them")),
        ([visit(2, pages=3), visit(1, pages=3)], every(1, 2, last=1.5), Health("good")),
    ],
)
def test_the_state_of_a_source(visits: list[CrawlResult], arrivals: list[datetime], expected: Health) -> None:
    assert health(visits, arrivals, NOON) == expected
    assert health(visits, arrivals, NOON).alarming == (expected.state in ("failing", "silent", "empty"))
