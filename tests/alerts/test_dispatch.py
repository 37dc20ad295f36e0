"""The outbox reaches its channels: once, in order, as late as they ask, and past each other's trouble."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels import Sent
from alerts.dispatch import DeliveryCount, Dispatch, back_off
from core.errors import Refused, RetryLater
from core.model import Alert, Delivery, Due
from storage.records import Thread
from tests.alerts.stories import an_alert, an_event

NONE = timedelta()
NOW = datetime(2025, 6, 13, 12, tzinfo=UTC)


class Shelf:
    """An outbox in memory, with the rules of the store: one alert of an event at a time, due again after its lease."""

    def __init__(self, *waiting: Due) -> None:
        self.waiting = list(waiting)
        self.due_at = {id(each): NOW for each in waiting}
        self.record: list[Delivery] = []
        self.lease = timedelta()
        self.mended: list[str] = []
        self.stale: list[Thread] = []
        self.edited: list[tuple[str, bool, datetime]] = []

    def due_deliveries(
        self, channels: Collection[str], now: datetime, limit: int = 100, pause: timedelta = timedelta()
    ) -> list[Due]:
        heads: dict[tuple[str, str], Due] = {}
        for each in self.waiting:
            heads.setdefault((each.channel, each.alert.event_id), each)
        return [each for each in heads.values() if each.channel in channels and self.due_at[id(each)] <= now][:limit]

    def begin_delivery(self, due: Due, at: datetime, lease: timedelta = timedelta(seconds=30)) -> bool:
        self.lease = lease
        return due in self.waiting

    def retry_kept(self, now: datetime, channels: Collection[str] | None = None) -> int:
        self.mended += channels or ()
        return 0

    def stale_threads(self, channels: Collection[str], now: datetime, limit: int = 100) -> list[Thread]:
        return [each for each in self.stale if each.channel in channels]

    def record_thread(self, thread: Thread, shown: bool, due: datetime) -> None:
        self.edited.append((thread.thread_id, shown, due))

    def record_delivery(self, delivery: Delivery) -> None:
        self.record.append(delivery)
        (due,) = (
            each for each in self.waiting if (each.alert.id, each.channel) == (delivery.alert_id, delivery.channel)
        )
        place = self.waiting.index(due)
        if delivery.outcome != "retry":
            del self.waiting[place]
            return
        again = replace(due, attempts=due.attempts + 1, in_doubt=delivery.in_doubt)
        self.waiting[place] = again
        self.due_at[id(again)] = delivery.retry_at or NOW


class Recorder:
    """A channel that does what it was told for each alert, and else takes it."""

    pause = timedelta()

    def __init__(self, name: str = "desk", *troubles: Exception) -> None:
        self.name = name
        self.troubles = deque(troubles)
        self.sent: list[str] = []
        self.found: dict[str, Sent] = {}
        self.looked: list[str] = []
        self.shown: list[tuple[str, str]] = []
        self.closed = False

    async def send(self, alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        if self.troubles:
            raise self.troubles.popleft()
        self.sent.append("+".join(each.id for each in (alert, *later)))
        return Sent(f"m-{alert.id}", thread or f"m-{alert.id}")

    async def find(self, alert: Alert, thread: str | None) -> Sent | None:
        self.looked.append(alert.id)
        if self.troubles:
            raise self.troubles.popleft()
        return self.found.get(alert.id)

    async def show(self, alert: Alert, thread: str) -> None:
        if self.troubles:
            raise self.troubles.popleft()
        self.shown.append((thread, alert.event.status))

    async def close(self) -> None:
        self.closed = True


class Clock:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


def due(number: int, event: str = "event-1", channel: str = "desk", **changes: object) -> Due:
    return replace(Due(an_alert(an_event(id=event), id=f"{event}:{number}"), channel), **changes)  # type: ignore[arg-type]


def dispatch(shelf: Shelf, *channels: Recorder, clock: Clock | None = None) -> Dispatch:
    clock = clock or Clock()
    return Dispatch(shelf, channels, clock=clock, sleep=clock.sleep, jitter=lambda: 0.0)


async def test_what_is_due_is_sent_in_order_and_recorded() -> None:
    shelf, desk = Shelf(due(1), due(2), due(1, "event-2"), due(3)), Recorder()
    count = await dispatch(shelf, desk).deliver_due(NOW)
    assert count == DeliveryCount(accepted=4)
    assert [each for each in desk.sent if each.startswith("event-1")] == ["event-1:1", "event-1:2", "event-1:3"]
    assert shelf.record[0] == Delivery("event-1:1", "desk", "accepted", NOW, "m-event-1:1", "m-event-1:1")
    assert shelf.waiting == []


async def test_a_later_alert_waits_for_the_earlier_of_its_event() -> None:
    shelf, desk = Shelf(due(1), due(2)), Recorder("desk", RetryLater("out", in_doubt=True))
    sender = dispatch(shelf, desk)
    assert await sender.deliver_due(NOW) == DeliveryCount(retry=1)
    assert await sender.deliver_due(NOW + timedelta(seconds=9)) == DeliveryCount()
    assert await sender.deliver_due(NOW + timedelta(seconds=10)) == DeliveryCount(accepted=2)
    assert desk.sent == ["event-1:1", "event-1:2"]
    assert desk.looked == ["event-1:1"], "in doubt: looked for before it is sent anew"


async def test_one_channels_trouble_never_holds_another() -> None:
    shelf = Shelf(due(1), due(1, channel="slack"), due(1, "event-2"))
    desk, slack = Recorder(), Recorder("slack", RetryLater("busy", 3600))
    assert await dispatch(shelf, slack, desk).deliver_due(NOW) == DeliveryCount(accepted=2, retry=1)
    assert len(desk.sent) == 2


async def test_one_alert_that_always_fails_does_not_stand_before_the_others() -> None:
    shelf = Shelf(due(1, attempts=3), due(1, "event-2"))
    desk = Recorder()
    await dispatch(shelf, desk).deliver_due(NOW)
    assert desk.sent == ["event-2:1", "event-1:1"]


async def test_a_channel_that_asks_for_a_long_time_is_left_alone_for_it() -> None:
    shelf, desk = Shelf(due(1), due(1, "event-2")), Recorder("desk", RetryLater("busy", 120))
    sender = dispatch(shelf, desk)
    assert await sender.deliver_due(NOW) == DeliveryCount(retry=1)
    assert shelf.record[0].retry_at == NOW + timedelta(seconds=120)
    assert await sender.deliver_due(NOW + timedelta(seconds=119)) == DeliveryCount()
    assert await sender.deliver_due(NOW + timedelta(seconds=120)) == DeliveryCount(accepted=2)


async def test_a_channel_that_asks_for_a_short_time_is_waited_for() -> None:
    clock = Clock()
    shelf, desk = Shelf(due(1)), Recorder("desk", RetryLater("busy", 3), RetryLater("busy", 0))
    assert await dispatch(shelf, desk, clock=clock).deliver_due(NOW) == DeliveryCount(accepted=1, retry=2)
    assert clock.slept == [3.0, 1.0]
    assert shelf.record[-1].at == NOW + timedelta(seconds=4)


async def test_a_channel_that_is_always_busy_is_left_at_some_time() -> None:
    clock = Clock()
    shelf, desk = Shelf(due(1)), Recorder("desk", *[RetryLater("busy", 7)] * 99)
    await dispatch(shelf, desk, clock=clock).deliver_due(NOW)
    assert sum(clock.slept) <= 30


async def test_what_was_sent_before_a_crash_is_found_and_not_sent_again() -> None:
    shelf, desk = Shelf(due(1, in_doubt=True), due(1, "event-2", in_doubt=True)), Recorder()
    desk.found["event-1:1"] = Sent("m-7", "m-7")
    assert await dispatch(shelf, desk).deliver_due(NOW) == DeliveryCount(accepted=2, found=1)
    assert desk.sent == ["event-2:1"]
    assert shelf.record[0].message_id == "m-7"


async def test_a_doubt_stays_while_nobody_could_look() -> None:
    shelf, desk = Shelf(due(1, in_doubt=True)), Recorder("desk", RetryLater("not now"))
    await dispatch(shelf, desk).deliver_due(NOW)
    assert shelf.record[0].in_doubt
    assert desk.sent == []


async def test_a_doubt_ends_when_nothing_was_found() -> None:
    shelf, desk = Shelf(due(1, in_doubt=True)), Recorder()

    async def fails(alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        raise RetryLater("not reached")

    desk.send = fails  # type: ignore[method-assign]
    await dispatch(shelf, desk).deliver_due(NOW)
    assert not shelf.record[0].in_doubt


async def test_a_refusal_is_kept_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf(due(1), due(1, "event-2"), due(1, "event-3"))
    desk = Recorder("desk", Refused("desk: invite the app"), Refused("desk: invite the app"))
    with caplog.at_level(logging.INFO):
        assert await dispatch(shelf, desk).deliver_due(NOW) == DeliveryCount(accepted=1, refused=2)
    assert [each.detail for each in shelf.record if each.outcome == "refused"] == ["desk: invite the app"] * 2
    assert [each.levelname for each in caplog.records] == ["ERROR", "INFO"]
    assert "invite the app; alerts are kept until somebody acts" in caplog.text


def alone(number: int) -> Alert:
    return due(number).alert


async def test_what_came_meanwhile_is_told_in_the_same_message_and_recorded_one_by_one() -> None:
    both = due(1, later=(alone(2),))
    shelf, desk = Shelf(both, due(2)), Recorder()
    assert await dispatch(shelf, desk).deliver_due(NOW) == DeliveryCount(accepted=2)
    assert desk.sent == ["event-1:1+event-1:2"]
    assert [(each.alert_id, each.message_id) for each in shelf.record] == [
        ("event-1:1", "m-event-1:1"),
        ("event-1:2", "m-event-1:1"),
    ]


async def test_what_came_after_a_message_that_is_found_again_is_still_to_be_sent() -> None:
    first = due(1, in_doubt=True, later=(alone(2), alone(3)))
    shelf, desk = Shelf(first, due(2), due(3)), Recorder()
    desk.found["event-1:1"] = Sent("m-7", "m-7", ("event-1:1", "event-1:2"))
    assert await dispatch(shelf, desk).deliver_due(NOW) == DeliveryCount(accepted=3, found=2)
    assert desk.sent == ["event-1:3"]
    assert [each.outcome for each in shelf.record] == ["accepted", "accepted", "retry", "accepted"]


async def test_what_fails_together_is_tried_again_together() -> None:
    shelf, desk = Shelf(due(1, later=(alone(2),)), due(2)), Recorder("desk", RetryLater("out", in_doubt=True))
    assert await dispatch(shelf, desk).deliver_due(NOW) == DeliveryCount(retry=2)
    assert [each.in_doubt for each in shelf.record] == [True, True]


def stale(thread: str, attempts: int = 0) -> Thread:
    return Thread("desk", thread, alone(1), an_event(status="postponed"), 1, attempts)


async def test_a_thread_whose_event_grew_is_edited_to_the_event_as_it_is() -> None:
    shelf, desk = Shelf(), Recorder()
    shelf.stale = [stale("17.1"), stale("17.2")]
    assert await dispatch(shelf, desk).deliver_due(NOW) == DeliveryCount()
    assert desk.shown == [("17.1", "postponed"), ("17.2", "postponed")]
    assert shelf.edited == [("17.1", True, NOW), ("17.2", True, NOW)]


@pytest.mark.parametrize(
    ("trouble", "recorded"),
    [
        (RetryLater("busy", 60), (False, NOW + timedelta(seconds=60))),
        (RetryLater("out"), (False, NOW + timedelta(seconds=20))),
        (Refused("no such block"), (True, NOW + timedelta(seconds=20))),
    ],
)
async def test_an_edit_that_fails_is_tried_again_later(trouble: Exception, recorded: tuple[bool, datetime]) -> None:
    shelf, desk = Shelf(), Recorder("desk", trouble)
    shelf.stale = [stale("17.1", attempts=1), stale("17.2")]
    await dispatch(shelf, desk).deliver_due(NOW)
    assert shelf.edited == [("17.1", *recorded)]
    assert desk.shown == []


async def test_a_channel_that_refused_and_takes_again_is_sent_what_was_kept() -> None:
    shelf = Shelf(due(1), due(1, "event-2"), due(1, "event-3"))
    desk = Recorder("desk", Refused("desk: invite the app", whole=True), Refused("desk: no such block"))
    assert await dispatch(shelf, desk).deliver_due(NOW) == DeliveryCount(accepted=1, refused=2)
    assert [each.outcome for each in shelf.record] == ["kept", "refused", "accepted"]
    assert shelf.mended == ["desk"]


async def test_a_foreign_error_is_tried_again_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    shelf, desk = Shelf(due(1)), Recorder("desk", KeyError("xoxb-SECRET"))
    assert await dispatch(shelf, desk).deliver_due(NOW) == DeliveryCount(retry=1)
    assert (shelf.record[0].detail, shelf.record[0].in_doubt) == (
        "desk: an error that should not happen (KeyError)",
        True,
    )
    assert "SECRET" not in caplog.text


async def test_a_channel_that_never_answers_is_given_up_on_until_later() -> None:
    shelf, desk = Shelf(due(1)), Recorder()

    async def hangs(alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        await asyncio.sleep(60)
        return Sent(None, None)

    desk.send = hangs  # type: ignore[method-assign]
    sender = Dispatch(shelf, [desk], longest_send=timedelta(milliseconds=20))
    assert await sender.deliver_due(NOW) == DeliveryCount(retry=1)
    assert shelf.record[0].in_doubt
    assert shelf.lease > timedelta(milliseconds=20)


async def test_a_stop_while_sending_leaves_a_doubt_behind() -> None:
    shelf, desk = Shelf(due(1)), Recorder()
    begun = asyncio.Event()

    async def hangs(alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        begun.set()
        await asyncio.sleep(60)
        return Sent(None, None)

    desk.send = hangs  # type: ignore[method-assign]
    running = asyncio.create_task(dispatch(shelf, desk).deliver_due(NOW))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [(each.outcome, each.in_doubt) for each in shelf.record] == [("retry", True)]


async def test_what_another_process_has_begun_is_left_to_it() -> None:
    shelf, desk = Shelf(due(1)), Recorder()
    shelf.begin_delivery = lambda *_: False  # type: ignore[method-assign]
    assert await dispatch(shelf, desk).deliver_due(NOW) == DeliveryCount()
    assert desk.sent == []


async def test_passes_do_not_overlap_and_closing_closes_every_channel() -> None:
    shelf, desk = Shelf(due(1)), Recorder()
    sender = dispatch(shelf, desk)
    counts = await asyncio.gather(sender.deliver_due(NOW), sender.deliver_due(NOW))
    assert sum(counts, DeliveryCount()) == DeliveryCount(accepted=1)
    await sender.close()
    assert desk.closed


async def test_what_the_outbox_raises_is_raised_after_all_channels_came_to_an_end() -> None:
    shelf, desk = Shelf(due(1)), Recorder()
    broken = Recorder("broken")
    asked = shelf.due_deliveries

    def fails(channels: Collection[str], now: datetime, limit: int = 100, pause: timedelta = NONE) -> list[Due]:
        if "broken" in channels:
            raise OSError("the disk is gone")
        return asked(channels, now, limit)

    shelf.due_deliveries = fails  # type: ignore[method-assign]
    with pytest.raises(OSError, match="disk"):
        await dispatch(shelf, broken, desk).deliver_due(NOW)
    assert desk.sent == ["event-1:1"]


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_the_wait_grows_to_ten_minutes(attempts: int, jitter: float) -> None:
    assert timedelta(seconds=8) <= back_off(attempts, jitter) <= timedelta(minutes=10)
    assert back_off(attempts, jitter) <= back_off(attempts + 1, jitter)
