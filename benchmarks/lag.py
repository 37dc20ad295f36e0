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
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import yaml
from slack_sdk.web import WebClient

from benchmarks.faults import Outlet
from benchmarks.kills import TOKEN, emulator

_LOOK = 1.0  # how often the channel is read (s): a figure may be too high by so much
_LATEST = 400.0  # what has not arrived so long (s) after the last publication is lost


class Shared(Outlet):
    """An outlet that has some of the articles that all of them share out among themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.articles: list[int] = []
        Thread(target=self.serve_forever, daemon=True).start()

    def numbers(self) -> Sequence[int]:
        """Its articles."""
        return list(self.articles)


def measured(folder: Path, url: str, outlets: list[Shared], seconds: float, seed: int) -> tuple[list[float], int]:
    """Seconds from publication to Slack, of every article that arrived, and how many did not."""
    token = f"{TOKEN}lag"
    client = WebClient(token=token, base_url=url)
    channel = client.conversations_create(name=f"lag-{time.monotonic_ns()}")["channel"]["id"]
    sources = [
        {"name": f"outlet-{n}", "type": "feed", "url": outlet.url, "tier": 1} for n, outlet in enumerate(outlets)
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
        outlets = [Shared() for _ in range(given.outlets)]
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
