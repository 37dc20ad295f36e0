"""What is not well is told to the operators: once when it begins, once when it is over, also after a restart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.config import Source
from core.errors import StorageError
from core.model import CrawlResult, Trouble
from scheduler.checkup import checkup, no_room
from scheduler.intake import take_in
from scheduler.troubles import Troubles
from storage.store import Store
from tests.builders import NOON, make_article, make_report
from tests.scheduler.test_digests import Kept

DEAD = Trouble("source courier", "failing", "the last 3 visits failed: HTTP 500", NOON)


async def at_once(work: Callable[[], Any]) -> Any:
    return work()


async def test_a_trouble_is_told_once_and_once_when_it_is_over(store: Store) -> None:
    channel = Kept()
    troubles = Troubles(store, [channel], at_once)
    for found in ([DEAD], [DEAD], [], []):
        await troubles.now(found)
    assert channel.told[0].lines == ("source courier: the last 3 visits failed: HTTP 500",)
    assert channel.told[1].lines[0].startswith("source courier: well again after ")
    assert [told.title for told in channel.told] == ["Monitor: 1 not well", "Monitor: 1 well again"]


async def test_a_restart_tells_nothing_again(store: Store) -> None:
    channel = Kept()
    await Troubles(store, [channel], at_once).now([DEAD])
    await Troubles(store, [channel], at_once).now([DEAD])
    assert len(channel.told) == 1
    await Troubles(store, [channel], at_once).now([])
    assert len(channel.told) == 2


async def test_a_database_that_is_gone_from_the_start_is_told_once(store: Store) -> None:
    channel = Kept()
    gone = True

    async def at_once_or_not(work: Callable[[], Any]) -> Any:
        if gone:
            raise StorageError("the database is gone")
        return work()

    troubles = Troubles(store, [channel], at_once_or_not)
    database = Trouble("database", "failing", "gone", NOON)
    for _ in range(3):
        await troubles.now([database])
    assert len(channel.told) == 1
    gone = False
    await troubles.now([database])
    await troubles.now([])
    assert [told.title for told in channel.told] == ["Monitor: 1 not well", "Monitor: 1 well again"]


async def test_other_trouble_of_the_same_source_is_news_and_other_words_are_not(store: Store) -> None:
    channel = Kept()
    troubles = Troubles(store, [channel], at_once)
    await troubles.now([DEAD])
    await troubles.now([Trouble(DEAD.subject, "failing", "the last 4 visits failed: HTTP 500", NOON)])
    assert len(channel.told) == 1
    await troubles.now([Trouble(DEAD.subject, "silent", "silent for 9 h", NOON)])
    assert channel.told[1].lines == ("source courier: silent for 9 h",)


async def test_what_no_channel_took_is_told_again(store: Store) -> None:
    channel = Kept()
    channel.troubles = 1
    troubles = Troubles(store, [channel], at_once)
    await troubles.now([DEAD])
    assert channel.told == []
    await troubles.now([DEAD])
    assert len(channel.told) == 1


async def test_a_night_without_a_network_is_one_message(store: Store) -> None:
    channel = Kept()
    every = [Trouble(f"source outlet-{n}", "failing", "the last 3 visits failed", NOON) for n in range(50)]
    await Troubles(store, [channel], at_once).now(every)
    (told,) = channel.told
    assert (told.title, len(told.lines), told.lines[-1]) == ("Monitor: 50 not well", 31, "and 20 more")


async def test_a_database_that_is_gone_is_told_all_the_same(store: Store) -> None:
    async def gone(work: Callable[[], Any]) -> Any:
        raise StorageError("the database is gone")

    channel = Kept()
    troubles = Troubles(store, [channel], gone)
    await troubles.now([Trouble("database", "failing", "the database is gone", NOON)])
    assert [told.lines for told in channel.told] == [("database: the database is gone",)]


async def test_of_what_is_not_known_nothing_is_said(store: Store) -> None:
    channel = Kept()
    troubles = Troubles(store, [channel], at_once)
    await troubles.now([DEAD])
    await troubles.now([], lambda subject: not subject.startswith("source "))
    assert len(channel.told) == 1


def test_a_source_that_died_and_an_alert_that_waits_are_found(store: Store) -> None:
    courier = Source(name="courier", type="feed", url="https://courier.example/rss")
    for hour in range(3):
        store.record_crawl(CrawlResult("courier", NOON + timedelta(hours=hour), NOON, problem="HTTP 500"), None)
    take_in(store, make_article(1, fetched_at=NOON), make_report(), NOON, ["slack"], max_age=timedelta(days=30))
    assert [each.subject for each in checkup(store, [courier], NOON + timedelta(minutes=10))] == ["source courier"]
    found = checkup(store, [courier], NOON + timedelta(hours=3))
    assert [(each.subject, each.words) for each in found] == [
        ("source courier", "the last 3 visits failed: HTTP 500"),
        ("channel slack", "1 alert waits; `exchangewatch alerts` tells why"),
    ]


def test_a_full_disk_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert no_room([tmp_path], NOON) == []
    assert [each.state for each in no_room([tmp_path / "gone"], NOON)] == ["gone"]
    monkeypatch.setattr("scheduler.checkup._LEAST_FREE", 10**18)
    (full,) = no_room([tmp_path], NOON)
    assert full.words.endswith(" MB are free")
