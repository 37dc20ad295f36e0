"""Thousands of visits by one monitor -> the memory of its processes as it goes on, and whether it stays flat.

    python -m benchmarks.memory [--crawls 10000] [--sources 20]

`exchangewatch serve` watches feeds on loopback, each every second: nine visits in ten find nothing new, as in life, and
one article in ten is a report, so that everything from the crawler to the alerts is at work.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

_ITEMS = 20
_STEPS = 20
# Caches fill at first; what has grown by more than this afterwards (a share) would end the process some day.
_WARM, _GROWTH = 0.2, 0.1


class Outlets(ThreadingHTTPServer):
    """As many feeds as are asked for; each has something new at every tenth visit."""

    daemon_threads = True
    request_queue_size = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.visits = 0
        self.visits_of: dict[str, int] = {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The monitor goes away in the middle at the end."""


class _Pages(BaseHTTPRequestHandler):
    server: Outlets
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kind, _, rest = self.path.strip("/").partition("/")
        if kind == "feed":
            body, tag = self._feed(rest)
            if self.headers.get("If-None-Match") == tag:
                self._answer(304, b"", tag)
                return
            self._answer(200, body, tag)
        elif kind == "a":
            outlet, number = rest.split("/")
            self._answer(200, page(int(outlet), int(number)), "")
        else:
            self._answer(404, b"", "")

    def _feed(self, outlet: str) -> tuple[bytes, str]:
        self.server.visits += 1
        mine = self.server.visits_of[outlet] = self.server.visits_of.get(outlet, 0) + 1
        newest = mine // 10
        now = format_datetime(datetime.now(UTC))
        numbers = range(newest, max(-1, newest - _ITEMS), -1)
        items = "".join(f"<item><link>/a/{outlet}/{n}</link><pubDate>{now}</pubDate></item>" for n in numbers)
        return f"<rss><channel><title>{outlet}</title>{items}</channel></rss>".encode(), f'"{newest}"'

    def _answer(self, status: int, body: bytes, tag: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if tag:
            self.send_header("ETag", tag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def page(outlet: int, number: int) -> bytes:
    """An article; every tenth reports an exchange of its own."""
    day = datetime.now(UTC) - timedelta(days=number // 10)
    told = f"Council number {number} of district {outlet} discussed the road to the station on {day:%A}."
    if number % 10 == 0:
        told = (
            f"Russia and Ukraine exchanged {100 + outlet} prisoners of war each on {day:%B} {day.day}, "
            f"the Coordination Headquarters said. "
        )
    more = "".join(f"<p>Paragraph {n} of {number}: {told} Nobody was late, and it rained.</p>" for n in range(40))
    return f"<html><head><title>{told}</title></head><body><article>{more}</article></body></html>".encode()


def resident(pid: int) -> float:
    """Megabytes that a process holds; 0 where it has gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def children(pid: int) -> list[int]:
    """The processes that a process has begun."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    except OSError:
        return []


def measured(process: subprocess.Popen[bytes], outlets: Outlets, crawls: int) -> list[tuple[int, float, float]]:
    """Visits, megabytes of the monitor and of its readers, twenty times on the way."""
    curve = []
    began = time.monotonic()
    for step in range(1, _STEPS + 1):
        while outlets.visits < crawls * step // _STEPS:
            if process.poll() is not None:
                raise SystemExit("the monitor has ended")
            time.sleep(0.2)
        readers = sum(resident(child) for child in children(process.pid))
        curve.append((outlets.visits, resident(process.pid), readers))
        visits, own, theirs = curve[-1]
        print(f"{visits:>7,} visits {time.monotonic() - began:>6.0f} s {own:>7.1f} MB {theirs:>7.1f} MB", flush=True)
    return curve


def main() -> int:
    """Print the curve; exit code 1 where the memory has grown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crawls", type=int, default=10_000)
    parser.add_argument("--sources", type=int, default=20)
    given = parser.parse_args()
    outlets = Outlets()
    threading.Thread(target=outlets.serve_forever, args=(0.05,), daemon=True).start()
    often = {"type": "feed", "interval": "1s", "shortest": "1s", "longest": "1s"}
    url = f"http://127.0.0.1:{outlets.server_port}/feed"
    config = {
        "crawl": {"delay": "0s", "per_site_concurrency": 8, "processes": 1},
        "alerts": {"max_age": "3000 days", "pause": "1s"},
        "sources": [{"name": f"outlet-{n}", "url": f"{url}/{n}", **often} for n in range(given.sources)],
    }
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SLACK_")}
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "said.txt").open("wb") as said:
        (Path(folder) / "config.yaml").write_text(yaml.safe_dump(config))
        command = [str(Path(sys.executable).with_name("exchangewatch")), "serve"]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)
        try:
            curve = measured(process, outlets, given.crawls)
        finally:
            process.terminate()
            process.wait(20)
        alerts = Path(said.name).read_text("utf-8", "replace").count("FIRST REPORT")
    warm = [own for _, own, _ in curve[int(_STEPS * _WARM) :]]
    grown = warm[-1] / warm[0] - 1
    print(f"{alerts:,} first reports told; grown by {grown:.1%} since visit {curve[int(_STEPS * _WARM)][0]:,}")
    return 1 if grown > _GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
