"""A sender of alerts killed with SIGKILL at random points, under load, against the Slack emulator -> what came of it.

    python benchmarks/kills.py [--kills 200] [--seed 1]

Alerts go into the outbox all the time; a process of its own posts them with the real slack-sdk, and is killed and
started again. At the end every alert must stand in Slack once, and those of an event in one thread and in their order.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from slack_sdk.web import WebClient

from alerts.channels.slack import SlackChannel
from alerts.dispatch import Dispatch
from core.model import Alert, Event
from storage.store import Store

SCRIPT = Path(__file__).parents[1] / "tests" / "slack_emulator.sh"
TOKEN = "xoxb-1234567890-of-the-emulator-"  # noqa: S105
_LIVES_OF_A_TOKEN = 20  # the emulator takes 5,000 calls an hour of each token, and any token
EVENTS = 12
PAUSE = timedelta(milliseconds=150)
LONGEST_LIFE = 0.35
_NAMES = {"RU": "Russia", "UA": "Ukraine"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the kills came to: `in_doubt` were begun and not recorded, `taken` of them Slack already had."""

    kills: int
    alerts: int
    messages: int
    in_doubt: int
    taken: int
    lost: tuple[str, ...]
    double: tuple[str, ...]
    out_of_order: tuple[str, ...]
    seconds: float

    @property
    def sound(self) -> bool:
        return not (self.lost or self.double or self.out_of_order)


@contextmanager
def emulator() -> Iterator[str]:
    """The address of the emulator's Web API while it runs. Raises RuntimeError where it is not installed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["bash", str(SCRIPT), "start", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            while True:
                if process.poll() is not None:
                    raise RuntimeError(process.stderr.read().strip() if process.stderr else "")
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/api/"
        finally:
            process.terminate()


def kill_often(url: str, folder: Path, kills: int, seed: int) -> Outcome:
    """Kill a sender so many times while alerts come in; the emulator at `url` gets a channel of its own for it."""
    began, chance = time.monotonic(), random.Random(seed)
    client = WebClient(token=f"{TOKEN}check", base_url=url)
    channel = client.conversations_create(name=f"kills-{time.monotonic_ns()}")["channel"]["id"]
    database = f"sqlite:///{folder / 'kills.sqlite'}"
    put: dict[str, list[str]] = {f"event-{number}": [] for number in range(EVENTS)}
    in_doubt = taken = 0
    with Store.open(database) as store:
        store.upgrade()
        for number in range(kills):
            client.token = token = f"{TOKEN}{number // _LIVES_OF_A_TOKEN}"
            life = chance.uniform(0, LONGEST_LIFE)
            _one_life((database, url, channel, token), lambda: _feed(store, put, chance), life)
            doubted = _in_doubt(store)
            in_doubt += len(doubted)
            told = Counter(each for thread in _threads(client, channel) for each in thread) if doubted else Counter()
            taken += sum(each in told for each in doubted)
        asyncio.run(_sending(store, url, channel, client.token or TOKEN, for_ever=False))
    threads = _threads(client, channel)
    told = Counter(each for thread in threads for each in thread)
    every = [each for ids in put.values() for each in ids]
    return Outcome(
        kills=kills,
        alerts=len(every),
        messages=_messages(client, channel),
        in_doubt=in_doubt,
        taken=taken,
        lost=tuple(each for each in every if each not in told),
        double=tuple(each for each, times in told.items() if times > 1),
        out_of_order=tuple(event for event, ids in put.items() if ids and ids not in threads),
        seconds=time.monotonic() - began,
    )


def _one_life(sender_of: tuple[str, str, str, str], feed: Callable[[], None], life: float) -> None:
    """A sender from its start to its kill, with news coming in all the while."""
    sender = get_context("fork").Process(target=_send_for_ever, args=sender_of)
    sender.start()
    ends = time.monotonic() + life
    feed()
    while time.monotonic() < ends:
        time.sleep(0.02)
        feed()
    sender.kill()
    sender.join()
    sender.close()


def _send_for_ever(database: str, url: str, channel: str, token: str) -> None:
    asyncio.run(_sending(Store.open(database), url, channel, token, for_ever=True))


async def _sending(store: Store, url: str, channel: str, token: str, *, for_ever: bool) -> None:
    """What the monitor does at its start and then: take up what a killed one left, and deliver what is due."""
    slack = SlackChannel("slack", _NAMES, token=token, channel=channel, base_url=url, pause=PAUSE)
    store.reclaim_deliveries(datetime.now(UTC))
    dispatch = Dispatch(store, [slack])
    while for_ever or store.next_delivery_due(datetime.now(UTC)) is not None:
        await dispatch.deliver_due(datetime.now(UTC))
        await asyncio.sleep(0.005)
    await dispatch.close()


def _feed(store: Store, put: dict[str, list[str]], chance: random.Random) -> None:
    """Put news of one to three events into the outbox."""
    now = datetime.now(UTC)
    with store.write() as unit:
        for event_id in chance.sample(sorted(put), chance.randint(1, 3)):
            number = len(put[event_id])
            event = Event(
                event_id, "remains", "completed", "2025-06-13", ("RU", "UA"), (), (), (), (), (), 0.9, now, now
            )
            unit.put_event(event)
            reason: Any = "confirmed" if number else "first report"
            unit.put_alert(Alert(f"{event_id}/{number}", event_id, reason, f"by {number}", event, now), ["slack"])
            put[event_id].append(f"{event_id}/{number}")


def _in_doubt(store: Store) -> list[str]:
    later = datetime.now(UTC) + timedelta(hours=1)
    due = store.due_deliveries(["slack"], later)
    return [each.alert.id for each in due if each.in_doubt]


def _replies(client: WebClient, channel: str) -> list[list[Mapping[str, Any]]]:
    roots: list[Mapping[str, Any]] = client.conversations_history(channel=channel, limit=999)["messages"]
    return [client.conversations_replies(channel=channel, ts=root["ts"], limit=999)["messages"] for root in roots]


def _threads(client: WebClient, channel: str) -> list[list[str]]:
    """The ids of the alerts in every thread, in the order in which they stand."""
    told = [[each["metadata"]["event_payload"] for each in thread] for thread in _replies(client, channel)]
    return [[name for each in thread for name in (each["alert_id"], *each.get("later", ()))] for thread in told]


def _messages(client: WebClient, channel: str) -> int:
    return sum(len(thread) for thread in _replies(client, channel))


def main() -> int:
    """Print what the kills came to; the exit code is 0 if nothing was lost, doubled or out of order."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    with emulator() as url, tempfile.TemporaryDirectory() as folder:
        outcome = kill_often(url, Path(folder), asked.kills, asked.seed)
    print(
        f"{outcome.kills} kills in {outcome.seconds:.0f} s: {outcome.alerts} alerts in {outcome.messages} messages; "
        f"{outcome.in_doubt} were in doubt after a kill, {outcome.taken} of them already in Slack\n"
        f"lost: {len(outcome.lost)}, double: {len(outcome.double)}, out of order: {len(outcome.out_of_order)}"
    )
    return 0 if outcome.sound else 1


if __name__ == "__main__":
    sys.exit(main())
