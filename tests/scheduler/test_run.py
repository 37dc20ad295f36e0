"""The outbox emptied beside everything else, and what a single round waits for at its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.channels import Desk, Sent
from alerts.digest import Digest
from core.model import Alert
from scheduler.run import Clock, Deliveries
from storage.store import Store
from tests.alerts.stories import an_alert, an_event


class Board:
    """A channel with a pause that notes what it took together."""

    name = "board"

    def __init__(self, pause: timedelta) -> None:
        self.pause = pause
        self.taken: list[tuple[str, ...]] = []
        self.shown: list[str] = []

    async def send(self, alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        self.taken.append(tuple(each.id for each in (alert, *later)))
        return Sent(alert.id, thread or alert.id)

    async def find(self, alert: Alert, thread: str | None) -> Sent | None:
        return None

    async def show(self, alert: Alert, thread: str) -> None:
        self.shown.append(thread)

    async def listen(self, desk: Desk) -> None:
        return

    async def send_together(self, alerts: Sequence[Alert]) -> Sent:
        self.taken.append(tuple(each.id for each in alerts))
        return Sent(None, None)

    async def tell(self, digest: Digest) -> None:
        raise AssertionError

    async def close(self) -> None:
        return


def put(store: Store, number: int, *events: str) -> None:
    with store.write() as unit:
        for name in events:
            event = an_event(id=name, ledger=(), members=())
            unit.put_event(event)
            unit.put_alert(an_alert(event, id=f"{name}:{number}", created=datetime.now(UTC)), ["board"])


async def in_a_round(store: Store, board: Board, *, patient: bool) -> float:
    """Three alerts of two events, one settled before the others come; how long the end of the round took."""
    deliveries = Deliveries(store, [board])
    deliveries.start()
    put(store, 1, "event-1", "event-2")
    await deliveries.settle(patient=False)
    await asyncio.sleep(0.1)
    put(store, 2, "event-1", "event-2")
    put(store, 3, "event-1")
    began = time.monotonic()
    await deliveries.settle(patient=patient)
    took = time.monotonic() - began
    await deliveries.stop()
    return took


async def test_a_round_waits_for_what_only_a_pause_holds(store: Store) -> None:
    board = Board(timedelta(seconds=1))
    await in_a_round(store, board, patient=True)
    assert store.counts().deliveries_pending == 0
    assert sorted(board.taken) == [
        *(("event-1:1",), ("event-1:2", "event-1:3"), ("event-2:1",), ("event-2:2",)),
    ]


async def test_a_round_that_is_stopped_waits_for_nothing(store: Store) -> None:
    board = Board(timedelta(minutes=1))
    assert await in_a_round(store, board, patient=False) < 5
    assert store.counts().deliveries_pending == 3


async def test_a_thread_whose_event_grew_is_edited_without_news(store: Store) -> None:
    board = Board(timedelta())
    put(store, 1, "event-1")
    deliveries = Deliveries(store, [board])
    deliveries.start()
    await deliveries.settle()
    with store.write() as unit:
        unit.put_event(replace(an_event(ledger=(), members=()), updated=datetime.now(UTC)))
    await asyncio.sleep(0.01)
    await deliveries.settle()
    await deliveries.stop()
    assert board.shown == ["event-1:1"]


async def test_a_clock_that_is_set_back_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.run._LOOK", 0.02)
    hour, done = timedelta(hours=1), asyncio.Event()
    back = [timedelta()]
    clock = Clock(lambda: datetime.now(UTC) - back[0])

    async def work() -> None:
        done.set()

    clock.at("visit", datetime.now(UTC) + hour, work)
    clock.start()
    await asyncio.sleep(0.1)
    assert not done.is_set()
    back[0] = hour
    await asyncio.wait_for(done.wait(), 5)
    clock.pause()
    clock.shut_down()


async def test_what_is_due_again_at_once_is_not_forgotten() -> None:
    """A visit that takes longer than its interval is due again the moment it ends."""
    clock, done = Clock(), asyncio.Event()
    turns = []

    async def work() -> datetime | None:
        turns.append(None)
        if len(turns) < 20:
            return datetime.now(UTC) - timedelta(seconds=1)
        done.set()
        return None

    clock.at("visit", datetime.now(UTC), work)
    clock.start()
    await asyncio.wait_for(done.wait(), 10)
    clock.pause()
    clock.shut_down()
    assert len(turns) == 20


async def test_work_that_fails_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.run._AFTER_TROUBLE", timedelta(milliseconds=20))
    clock, done = Clock(), asyncio.Event()
    turns = []

    async def work() -> datetime | None:
        turns.append(None)
        if len(turns) == 1:
            raise RuntimeError("something that nobody thought of")
        done.set()
        return None

    clock.at("visit", datetime.now(UTC), work)
    clock.start()
    await asyncio.wait_for(done.wait(), 10)
    clock.pause()
    clock.shut_down()
    assert len(turns) == 2


async def test_a_stop_at_the_moment_of_a_waking_ends(store: Store) -> None:
    for _ in range(150):
        deliveries = Deliveries(store, [Board(timedelta())])
        deliveries.start()
        await asyncio.sleep(0.002)
        deliveries.wake()
        await asyncio.wait_for(deliveries.stop(), 5)
