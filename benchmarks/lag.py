"""Outlets that publish at random moments -> how long until Slack (the emulator) holds the alert of each article.

    python -m benchmarks.lag [--minutes 15] [--outlets 12]

A real `exchangewatch serve` with sources of tier 1 and nothing else set: from the moment at which an article stands in
its outlet's feed to the moment at which a reader of the Slack channel finds it there.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import yaml
from slack_sdk.web import WebClient

from benchmarks.kills import TOKEN, emulator

_FIRST_FIGURE = 1000
_LOOK = 1.0  # how often the channel is read (s): a figure may be too high by so much
_LATEST = 400.0  # what has not arrived so long (s) after the last publication is lost


class Outlet(ThreadingHTTPServer):
    """An outlet and its articles, each of which tells another figure of another day."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.articles: list[int] = []
        Thread(target=self.serve_forever, daemon=True).start()


class _Pages(BaseHTTPRequestHandler):
    server: Outlet

    def do_GET(self) -> None:
        now = datetime.now(UTC)
        articles = list(self.server.articles)
        if self.path == "/rss":
            items = "".join(
                f"<item><link>/a/{n}</link><pubDate>{format_datetime(now - timedelta(days=3 * n))}</pubDate></item>"
                for n in articles
            )
            body = f"<rss><channel><title>Courier</title>{items}</channel></rss>"
        elif self.path.startswith("/a/"):
            figure = _FIRST_FIGURE + int(self.path[3:])
            told = (
                f"Russia handed over the bodies of {figure} fallen soldiers to Ukraine today, officials in Kyiv said. "
            )
            body = f"<html><body><article><h1>Bodies handed over</h1><p>{told * 2}</p></article></body></html>"
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


def measured(folder: Path, url: str, outlets: list[Outlet], seconds: float, seed: int) -> tuple[list[float], int]:
    """Seconds from publication to Slack, of every article that arrived, and how many did not."""
    token = f"{TOKEN}lag"
    client = WebClient(token=token, base_url=url)
    channel = client.conversations_create(name=f"lag-{time.monotonic_ns()}")["channel"]["id"]
    sources = [
        {"name": f"outlet-{n}", "type": "feed", "url": f"http://127.0.0.1:{outlet.server_port}/rss", "tier": 1}
        for n, outlet in enumerate(outlets)
    ]
    (folder / "config.yaml").write_text(yaml.safe_dump({"alerts": {"max_age": "9000 days"}, "sources": sources}))
    surroundings = os.environ | {"SLACK_BOT_TOKEN": token, "SLACK_CHANNEL": channel, "SLACK_API_URL": url}
    command = [str(Path(sys.executable).with_name("exchangewatch")), "serve"]
    chance = random.Random(seed)
    # Each publishes every five minutes or so, at moments of its own; the first minutes are for the first visits.
    plan = sorted(chance.uniform(150, seconds) for _ in range(int(len(outlets) * seconds / 300)))
    published: dict[int, float] = {}
    took: dict[int, float] = {}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, cwd=folder, env=surroundings, stderr=log) as serve,
    ):
        began = time.monotonic()
        while time.monotonic() - began < seconds + _LATEST and len(took) < len(plan):
            now = time.monotonic()
            while plan[len(published) : len(published) + 1] and plan[len(published)] < now - began:
                number = len(published)
                published[number] = now
                chance.choice(outlets).articles.append(number)
            for figure in _figures(client, channel):
                if figure in published and figure not in took:
                    took[figure] = time.monotonic() - published[figure]
            time.sleep(_LOOK)
        serve.terminate()
    return list(took.values()), len(plan) - len(took)


def _figures(client: WebClient, channel: str) -> set[int]:
    """The numbers of the articles that the channel tells."""
    messages: list[dict[str, Any]] = client.conversations_history(channel=channel, limit=200)["messages"]
    found = re.findall(r"\b1,?(\d{3})\b", " ".join(str(each) for each in messages))
    return {int(figure) for figure in found}


def main() -> int:
    """Print the median, the 95th percentile and the most."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--outlets", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with emulator() as url, tempfile.TemporaryDirectory() as folder:
        outlets = [Outlet() for _ in range(given.outlets)]
        took, lost = measured(Path(folder), url, outlets, given.minutes * 60, given.seed)
        if len(took) < 2:
            print((Path(folder) / "log").read_text()[-2000:], file=sys.stderr)
            return 1
    ends = statistics.quantiles(took, n=20)
    print(
        f"lag         of {len(took)} articles of {given.outlets} outlets of tier 1, from publication to Slack: median "
        f"{statistics.median(took):.0f} s, 95th percentile {ends[18]:.0f} s, at most {max(took):.0f} s; lost {lost}"
    )
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
