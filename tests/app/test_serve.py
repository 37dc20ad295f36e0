"""The monitor as a service, and one round of it: stopped, misconfigured, with outlets that do not answer."""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from app.demo.newsroom import Newsroom, sources
from tests.app.command import Run, running

DEAD = {"name": "dead", "type": "feed", "url": "http://127.0.0.1:9/rss"}


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(datetime.now(UTC).date()) as newsroom:
        yield newsroom


def configure(folder: Path, stanzas: list[dict[str, object]], proxy: str | None = None) -> None:
    crawl = {"delay": "0s", "retries": 0, "processes": 1, **({"proxy": proxy} if proxy else {})}
    config = {"crawl": crawl, "schedule": {"interval": "5s"}, "sources": stanzas}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


def stopped(process: subprocess.Popen[str], number: int) -> tuple[float, str]:
    """How long a stop took, and what was said on the way."""
    started = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    return time.monotonic() - started, said


def some(names: set[str]) -> list[dict[str, object]]:
    return [stanza for stanza in sources() if stanza["name"] in names]


def test_sigterm_stops_it_within_ten_seconds_and_a_round_finds_nothing_new(
    run: Run, tmp_path: Path, newsroom: Newsroom
) -> None:
    configure(tmp_path, some({"dnipro-visti", "potomac-standard"}), newsroom.proxy_url)
    with running(tmp_path, "serve") as process:
        assert process.stdout
        assert process.stdout.readline().startswith("FIRST REPORT")
        seconds, said = stopped(process, signal.SIGTERM)
    assert seconds < 10
    assert "stopped" in said
    assert "Traceback" not in said
    done = run("run", "--once")
    assert done.returncode == 0
    assert "2 of 2 sources read" in done.stdout


def test_an_outlet_that_never_answers_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tarpit:
        stanza = {"name": "tarpit", "type": "feed", "url": f"http://127.0.0.1:{tarpit.getsockname()[1]}/rss"}
        configure(tmp_path, [stanza])
        with running(tmp_path, "serve") as process:
            tarpit.settimeout(30)
            asked, _ = tarpit.accept()
            with asked:
                seconds, said = stopped(process, signal.SIGINT)
    assert seconds < 10
    assert "Traceback" not in said


class Courier(BaseHTTPRequestHandler):
    """An outlet with one article, which says what it is told to, or is gone."""

    figure: str | None = "909"

    def do_GET(self) -> None:
        told = "Russia handed over the bodies of {} fallen soldiers to Ukraine today, officials in Kyiv said. " * 2
        today = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        pages = {
            "/rss": f"<rss><channel><item><link>/a</link><pubDate>{today}</pubDate></item></channel></rss>",
            "/a": f"<html><body><article><h1>Bodies</h1><p>{told}</p></article></body></html>".format(
                *[self.figure] * 2
            ),
        }
        page = pages.get(self.path)
        here = page is not None and (self.path == "/rss" or self.figure is not None)
        self.send_response(200 if here else 404)
        self.end_headers()
        self.wfile.write((page or "").encode() if here else b"")

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_an_article_behind_an_event_is_read_again(tmp_path: Path, run: Run) -> None:
    def said_again(figure: str | None) -> str:
        Courier.figure = figure
        with closing(sqlite3.connect(tmp_path / "exchangewatch.sqlite")) as store, store:
            store.execute("UPDATE rereads SET due = '2025-01-01 00:00:00.000000'")
        with running(tmp_path, "serve") as process:
            assert process.stdout
            line = process.stdout.readline()
            stopped(process, signal.SIGTERM)
        return line

    Courier.figure = "909"
    with ThreadingHTTPServer(("127.0.0.1", 0), Courier) as outlet:
        Thread(target=outlet.serve_forever, daemon=True).start()
        configure(tmp_path, [{"name": "courier", "type": "feed", "url": f"http://127.0.0.1:{outlet.server_port}/rss"}])
        assert "FIRST REPORT" in run("run", "--once").stdout
        assert said_again("919").startswith("CORRECTED: courier corrects Russia to Ukraine, bodies: 919, before 909")
        assert said_again(None).startswith("CORRECTED: courier has withdrawn its report")
        outlet.shutdown()


def test_a_changed_configuration_is_used_and_a_wrong_one_refused(tmp_path: Path, newsroom: Newsroom) -> None:
    def until(words: str) -> str:
        assert process.stderr
        return next(line for line in process.stderr if words in line)

    configure(tmp_path, some({"neva-line"}), newsroom.proxy_url)
    with running(tmp_path, "serve") as process:
        until("watching 1 source")
        good = (tmp_path / "config.yaml").read_text()
        (tmp_path / "config.yaml").write_text(good + "nonsense: true\n")
        assert "stays as it was: config.yaml: nonsense: unknown key" in until("stays as it was")
        configure(tmp_path, some({"dnipro-visti"}), newsroom.proxy_url)
        until("read anew: watching 1 source")
        until("dnipro-visti: ")
        process.send_signal(signal.SIGHUP)
        until("read anew: watching 1 source")
        stopped(process, signal.SIGTERM)


def test_a_round_goes_on_without_those_that_cannot_be_reached(
    run: Run, run_here: Run, tmp_path: Path, newsroom: Newsroom
) -> None:
    gone = {"name": "gone", "type": "feed", "url": "http://gone.example/rss"}
    configure(tmp_path, [gone, *some({"dnipro-visti"})], newsroom.proxy_url)
    done = run("run", "--once")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 of 2 sources read" in done.stdout
    assert "could not be read: gone: HTTP 502" in done.stdout
    listed = run_here("sources", "--problems").stdout
    assert "gone" in listed
    assert "dnipro-visti" not in listed


def test_a_round_in_which_nothing_can_be_read_has_failed(run: Run, tmp_path: Path) -> None:
    configure(tmp_path, [DEAD])
    done = run("run", "--once")
    assert done.returncode == 1
    assert "0 of 1 source read" in done.stdout
    assert "connection refused" in done.stdout


def test_one_source_by_its_name(run: Run, run_here: Run, tmp_path: Path, newsroom: Newsroom) -> None:
    configure(tmp_path, some({"dnipro-visti", "neva-line"}), newsroom.proxy_url)
    done = run("crawl", "dnipro-visti")
    assert done.returncode == 0
    assert "1 of 1 source read" in done.stdout
    unknown = run_here("crawl", "dnipro")
    assert unknown.returncode == 2
    assert "did you mean dnipro-visti?" in unknown.stderr


def test_check_says_what_to_mend(run: Run, tmp_path: Path, newsroom: Newsroom) -> None:
    lost = {"name": "lost", "type": "feed", "url": "http://dnipro-visti.example/nowhere"}
    configure(tmp_path, [lost, *some({"dnipro-visti"})], newsroom.proxy_url)
    done = run("check")
    assert done.returncode == 1
    assert "problem: HTTP 404\n  to mend: nothing is at this address any more" in done.stdout
    assert "dnipro-visti: good\n  robots.txt: allows it\n  feed: 4 links in " in done.stdout
    assert len(re.findall(r"extracted in \d+ ms, detected in", done.stdout)) == 3
    assert not (tmp_path / "exchangewatch.sqlite").exists()


def test_explain_fetches_a_page(run: Run, tmp_path: Path, newsroom: Newsroom) -> None:
    configure(tmp_path, [], newsroom.proxy_url)
    done = run("explain", "http://kyiv-courier.example/news/909-fallen-brought-home")
    assert (done.returncode, done.stderr) == (0, "")
    assert "909 bodies, RU -> UA, completed" in done.stdout
    missing = run("explain", "http://kyiv-courier.example/nowhere")
    assert missing.returncode == 1
    assert "HTTP 404" in missing.stderr


def test_every_wrong_key_is_told_at_once(tmp_path: Path, run_here: Run) -> None:
    (tmp_path / "config.yaml").write_text(
        "crawl: {delay: soon}\nalert: {}\nsources:\n  - {name: a, type: rss, url: 'http://a.example'}\n"
    )
    done = run_here("serve")
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("exchangewatch: config.yaml: ") for line in lines)
    assert any("sources[0].type" in line and "'feed'" in line for line in lines)


def test_nothing_to_watch_is_a_mistake(tmp_path: Path, run_here: Run) -> None:
    configure(tmp_path, [])
    done = run_here("serve")
    assert done.returncode == 2
    assert "nothing to watch" in done.stderr
