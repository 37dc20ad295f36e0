"""The digest of each day: at its hour, once, and again where a channel was in trouble."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerts.channels.console import ConsoleChannel
from alerts.digest import Digest
from core.config import DailyDigest
from core.errors import RetryLater
from core.model import CrawlResult
from scheduler.digests import Digests
from scheduler.intake import take_in
from storage.store import Store
from tests.builders import NOON, make_article, make_report

PLAN = DailyDigest(at="08:00", timezone="Europe/Kyiv", to=("console",))
MORNING = datetime(2025, 6, 14, 5, 0, tzinfo=UTC)  # 08:00 in Kyiv


class Kept(ConsoleChannel):
    """A console that keeps digests, and is in trouble as often as it is told."""

    def __init__(self) -> None:
        super().__init__("console", {})
        self.told: list[Digest] = []
        self.troubles = 0

    async def tell(self, digest: Digest) -> None:
        if self.troubles:
            self.troubles -= 1
            raise RetryLater("console: busy")
        self.told.append(digest)


@pytest.fixture
def watched(store: Store) -> Store:
    """A store with an exchange that was reported on 13 June at noon, and two sources, one of which cannot be read."""
    take_in(store, make_article(1, fetched_at=NOON), make_report(), NOON, [], max_age=timedelta(days=30))
    for name, problem in (("good", None), ("good", None), ("bad", "HTTP 500")):
        store.record_crawl(CrawlResult(name, NOON, NOON, problem=problem), None)
    return store


async def test_the_day_before_is_told_once_with_what_it_is_worth(watched: Store) -> None:
    channel = Kept()
    digests = Digests(watched, PLAN, [channel], {"RU": "Russia", "UA": "Ukraine"})
    assert await digests.send(MORNING, lambda: MORNING) == MORNING + timedelta(days=1)
    await digests.send(MORNING, lambda: MORNING)
    (told,) = channel.told
    assert told.lines == ("Russia → Ukraine: 1,200 bodies handed over (13 June 2025)",)
    assert told.coverage == (
        "Coverage: 2 sources asked 3 times, 1 articles read, 1 of them reports; never read on this day: bad."
    )
    assert told.chart is not None


async def test_a_channel_in_trouble_gets_it_ten_minutes_later(watched: Store) -> None:
    channel = Kept()
    channel.troubles = 1
    digests = Digests(watched, PLAN, [channel], {})
    again = await digests.send(MORNING, lambda: MORNING)
    assert (again, channel.told) == (MORNING + timedelta(minutes=10), [])
    assert await digests.send(again, lambda: again) == MORNING + timedelta(days=1)
    assert [each.day for each in channel.told] == ["2025-06-13"]


def test_the_hour_is_that_of_the_clocks_of_the_timezone(watched: Store) -> None:
    digests = Digests(watched, PLAN, [], {})
    assert digests.next_due(MORNING - timedelta(seconds=1)) == MORNING
    assert digests.next_due(MORNING) == MORNING + timedelta(days=1)
    assert digests.next_due(datetime(2025, 10, 25, 12, tzinfo=UTC)) == datetime(2025, 10, 26, 6, tzinfo=UTC)


def test_an_hour_that_went_by_unwatched_is_made_up_for_unless_there_is_nothing_to_tell(watched: Store) -> None:
    digests = Digests(watched, PLAN, [], {})
    late = MORNING + timedelta(hours=3)
    assert digests.first_due(late) == late
    assert digests.first_due(late + timedelta(days=2)) == MORNING + timedelta(days=3)
    assert digests.first_due(MORNING + timedelta(hours=13)) == MORNING + timedelta(days=1)
