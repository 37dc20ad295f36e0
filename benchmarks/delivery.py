"""Articles taken in, one a moment, with the queue idle -> how long until Slack (the emulator) has accepted each alert.

    python -m benchmarks.delivery [--alerts 200]

From the article with its report, as a reader hands it over, through store, grouping, decision and outbox to the
recorded acceptance, with the real slack-sdk; on SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from slack_sdk.web import WebClient

from alerts.channels import build
from benchmarks.kills import TOKEN, emulator
from core.model import Article, Evidence, Exchange, Figure, Report, Transfer
from scheduler.intake import take_in
from scheduler.run import Deliveries
from storage.store import Store


async def measured(store: Store, url: str, channel: str, count: int) -> list[float]:
    """Seconds from the article to the recorded acceptance, of each of so many alerts of as many events."""
    settings = {"token": f"{TOKEN}speed", "channel": channel, "base_url": url}
    deliveries = Deliveries(store, [build("slack", settings, names={"RU": "Russia", "UA": "Ukraine"})])
    deliveries.start()
    took = []
    for number in range(count):
        began = time.perf_counter()
        now = datetime.now(UTC)
        taken = await asyncio.to_thread(
            take_in, store, _article(number, now), _report(now, number), now, ["slack"], max_age=timedelta(days=10_000)
        )
        deliveries.wake()
        while not store.deliveries(taken.alerts[0].id):
            await asyncio.sleep(0.001)
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0.02)
    await deliveries.stop()
    return took


def _article(number: int, now: datetime) -> Article:
    text = f"The {number}. exchange: 1,200 bodies came home, the headquarters said."
    return Article(f"https://outlet.example/{number}", "outlet", "outlet", None, text, "en", now, now)


def _report(now: datetime, number: int) -> Report:
    day = (now - timedelta(days=3 * number)).date().isoformat()
    figure = Figure(1200, 1200, 1200, "1,200", 18, 23)
    transfer = Transfer("RU", "UA", figure, "bodies", None, Evidence(0, 60, "1,200 bodies came home."))
    return Report("en", 0.9, ("measured",), (Exchange("remains", "completed", day, (transfer,), ("RU", "UA")),))


def main() -> int:
    """Print the median and the 99th percentile."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alerts", type=int, default=200)
    count = parser.parse_args().alerts
    try:
        with emulator() as url, tempfile.TemporaryDirectory() as folder:
            client = WebClient(token=f"{TOKEN}speed", base_url=url)
            channel = client.conversations_create(name=f"speed-{time.monotonic_ns()}")["channel"]["id"]
            with Store.open(f"sqlite:///{Path(folder) / 'news.sqlite'}") as store:
                store.upgrade()
                took = asyncio.run(measured(store, url, channel, count))
    except RuntimeError as error:
        print(f"delivery    not measured: {error}", file=sys.stderr)
        return 0
    ends = statistics.quantiles(took, n=100)
    told = f"median {statistics.median(took) * 1000:.0f} ms, 99th percentile {ends[98] * 1000:.0f} ms"
    print(f"delivery    of {count} alerts, from the article to Slack's acceptance: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
