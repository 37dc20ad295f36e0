"""A backfill beside the running monitor, on one database: each does all its work, nothing is stored or told twice."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from core.model import Event
from storage.store import Store
from tests.app.archive import record, records_of, relevant, write
from tests.app.command import COMMAND, clean_environment, running
from tests.app.test_serve import stopped

OLD, BOTH = 90, 6  # reports in the archive; of the outlet's, also in the archive


class Outlet(ThreadingHTTPServer):
    """Publishes story after story, each with more bodies."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Story)
        self.published = 1
        self.base = f"http://127.0.0.1:{self.server_port}"

    def url(self, number: int) -> str:
        return f"{self.base}/news/{number}"


def story(number: int, giver: str = "Russia", receiver: str = "Ukraine") -> bytes:
    told = f"{giver} handed over the bodies of {900 + number} fallen soldiers to {receiver} today, officials said. " * 2
    return f"<html><body><article><h1>Bodies returned</h1><p>{told}</p></article></body></html>".encode()


class Story(BaseHTTPRequestHandler):
    server: Outlet

    def do_GET(self) -> None:
        now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        items = "".join(
            f"<item><link>/news/{n}</link><pubDate>{now}</pubDate></item>" for n in range(self.server.published)
        )
        number = self.path.rpartition("/")[2]
        page = story(int(number)) if number.isdigit() else f"<rss><channel>{items}</channel></rss>".encode()
        self.send_response(404 if self.path == "/robots.txt" else 200)
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def outlet(tmp_path: Path, empty_database_url: str) -> Iterator[Outlet]:
    """The only source of the configuration."""
    with Outlet() as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        config = {
            "database": empty_database_url,
            "crawl": {"delay": "0s", "retries": 0, "processes": 1},
            "schedule": {"interval": "2s"},
            "sources": [{"name": "outlet", "type": "feed", "url": f"{serving.base}/rss"}],
        }
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
        yield serving
        serving.shutdown()


def archive(folder: Path, outlet: Outlet) -> set[str]:
    """Old reports, stories of the outlet's, and news of today that would be told if the monitor had found it."""
    now = datetime.now(UTC)
    told = relevant(OLD)
    records = records_of(told, dull=0)
    records += [record(outlet.url(number), story(number), now) for number in range(BOTH)]
    fresh = [f"https://fresh.example/{number}" for number in range(10)]
    records += [record(url, story(n, "Azerbaijan", "Armenia"), now) for n, url in enumerate(fresh)]
    write(folder / "old.warc.gz", [*records[OLD:], *records[:OLD]])
    return {*fresh, *(case["url"] for case in told)}


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 90
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


def hosts_of(event: Event) -> set[str]:
    return {member.url.split("/")[2].partition(":")[0] for member in event.members}


def test_neither_disturbs_the_other(tmp_path: Path, outlet: Outlet, empty_database_url: str) -> None:
    archived = archive(tmp_path, outlet)
    command = [COMMAND, "backfill", "warc", "old.warc.gz", "--workers", "1"]
    with running(tmp_path, "serve") as monitor, Store.open(empty_database_url) as store:
        assert monitor.stdout
        assert monitor.stdout.readline().startswith("FIRST REPORT")
        backfill = subprocess.Popen(
            command, cwd=tmp_path, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while backfill.poll() is None:  # the outlet goes on publishing while the archive is read
            seen = outlet.published
            until(lambda seen=seen: backfill.poll() is not None or bool(store.known([outlet.url(seen - 1)])))
            outlet.published += 1
        summary, said = backfill.communicate(timeout=60)
        outlet.published = max(outlet.published, BOTH) + 1
        until(lambda: bool(store.known([outlet.url(outlet.published - 1)])))
        _, complaints = stopped(monitor, signal.SIGTERM)
        assert backfill.returncode == 0, said
        assert summary.startswith("1 file, ") and "failed" not in summary
        for words in ("locked", "Traceback", "could not be read", "deadlock"):
            assert words not in complaints, complaints
            assert words not in said, said
        urls = [article.url for article in store.articles()]
        assert len(urls) == len(set(urls))
        assert {outlet.url(number) for number in range(outlet.published)} <= set(urls)
        assert {unit.state for unit in store.archives()} == {"done"}
        # Of what both found, whoever came first stored it.
        (unit,) = store.archives()
        assert unit.tally.records == OLD + BOTH + 10
        assert len(set(urls) & archived) > OLD
        assert 0 <= unit.tally.stored - len(set(urls) & archived) <= BOTH
        # All that was told is what the monitor found; the archive's news of today are events, and nobody was paged.
        alerts = store.alerts()
        assert alerts and {host for alert in alerts for host in hosts_of(alert.event)} == {"127.0.0.1"}
        assert any("fresh.example" in hosts_of(event) for event in store.events())
        assert store.counts().deliveries_pending == 0
