"""The board as a process: with a monitor and without, what it fetches and what it never does, started and stopped."""

from __future__ import annotations

import html
import http.cookiejar
import json
import re
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from app.demo.newsroom import Newsroom, sources
from tests.app.command import Run, running
from tests.app.test_serve import stopped

PAGE = (
    "<html><head><title>Bodies returned</title></head><body><article><h1>Bodies returned</h1><p>Russia handed over the "
    "bodies of 1,200 fallen soldiers to Ukraine on 13 June 2025, the Coordination Headquarters said.</p><p>"
    + "Nothing else was told of it that day, and nobody was asked. " * 8
    + "</p></article></body></html>"
)


class Site(ThreadingHTTPServer):
    """A page, and a way to another address; what was asked for is written down."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[str] = []
        self.elsewhere = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        away = self.path == "/away"
        self.send_response(302 if away else 404 if self.path == "/robots.txt" else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if away:
            self.send_header("Location", self.server.elsewhere)
        body = b"" if away else PAGE.encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing on standard error."""


@contextmanager
def site() -> Iterator[Site]:
    with Site() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Reader:
    """Somebody at a board, with cookies, who sends forms as pages have them."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path: str) -> str:
        return self._open(self._address + path, None)

    def send(self, page: str, path: str, **fields: str) -> str:
        found = re.search(r'name="form" value="([^"]+)"', self.get(page))
        assert found
        data = urllib.parse.urlencode({"form": html.unescape(found[1]), **fields}).encode()
        return self._open(self._address + path, data)

    def _open(self, url: str, data: bytes | None) -> str:
        try:
            with self._opener.open(url, data, timeout=60) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return error.read().decode()


def configure(folder: Path, stanzas: list[dict[str, object]], **more: Any) -> None:
    crawl = {"delay": "0s", "retries": 0, "processes": 1, **more.pop("crawl", {})}
    config = {"crawl": crawl, "board": {"listen": "127.0.0.1:0"}, "sources": stanzas, **more}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


def reader(process: subprocess.Popen[str]) -> Reader:
    """Whoever goes where the board says that it is."""
    assert process.stderr
    for line in process.stderr:
        if found := re.search(r"the board is at (http://[^ ;\n]+)", line):
            return Reader(found[1])
    raise AssertionError("the board never said where it is")


def until(look: Any, seconds: float = 40) -> Any:
    """What `look` finds, once it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.2)
    return found


def test_a_board_alone_is_read_and_stopped(tmp_path: Path) -> None:
    configure(tmp_path, [])
    with running(tmp_path, "board") as process:
        browse = reader(process)
        assert "No events yet" in browse.get("/events")
        assert "sources add" in browse.get("/sources")
        seconds, said = stopped(process, signal.SIGTERM)
    assert seconds < 10
    assert "Traceback" not in said


def test_it_starts_nowhere_where_others_could_come_in(run: Run, tmp_path: Path) -> None:
    configure(tmp_path, [{"name": "one", "type": "feed", "url": "http://127.0.0.1:9/"}])
    for command in (("board", "--listen", "0.0.0.0:0"), ("board", "--listen", "nonsense")):
        done = run(*command)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
    configure(tmp_path, [{"name": "one", "type": "feed", "url": "http://127.0.0.1:9/"}], board={"listen": "0.0.0.0:0"})
    done = run("serve", "--board")
    assert done.returncode == 2
    assert "set board.read_token" in done.stderr


def test_pasted_addresses_are_fetched_and_never_from_a_private_one(tmp_path: Path) -> None:
    with site() as outlet, site() as inner:
        outlet.elsewhere = f"{inner.address}/secret"
        configure(tmp_path, [{"name": "outlet", "type": "feed", "url": f"{outlet.address}/rss"}])
        with running(tmp_path, "board") as process:
            browse = reader(process)
            told = browse.send("/why", "/why", url=f"{outlet.address}/story")
            assert "A report, score" in told
            assert "<mark>1,200</mark>" in told
            port = inner.address.rpartition(":")[2]
            for url in (
                inner.address,
                f"http://localhost:{port}/",
                f"http://[::ffff:127.0.0.1]:{port}/",
                f"http://2130706433:{port}/",
                "http://169.254.169.254/latest/meta-data",
                f"{outlet.address}/away",
            ):
                assert 'class="notice"' in browse.send("/why", "/why", url=url), url
            assert inner.asked == []
            seconds, _ = stopped(process, signal.SIGINT)
    assert seconds < 10


def test_a_hostile_text_ends_its_reader_and_not_the_board(tmp_path: Path) -> None:
    configure(tmp_path, [])
    with running(tmp_path, "board") as process:
        browse = reader(process)
        assert "No report" in browse.send("/why", "/why", text="1,200 bodies " * 7_000)
        assert "A report" in browse.send(
            "/why", "/why", text="Russia handed over the bodies of 909 soldiers to Ukraine."
        )


def test_a_monitor_with_a_board_shows_what_comes_and_heeds_the_desk(tmp_path: Path) -> None:
    with Newsroom(datetime.now(UTC).date()) as newsroom:
        stanzas = [each for each in sources() if each["name"] in ("dnipro-visti", "potomac-standard")]
        plan = {"schedule": {"interval": "6h", "jitter": 0}, "crawl": {"proxy": newsroom.proxy_url}}
        configure(tmp_path, stanzas, **plan)
        with running(tmp_path, "serve", "--board") as process:
            browse = reader(process)
            events = until(lambda: json.loads(browse.get("/api/events"))["events"])
            assert events[0]["transfers"]
            source = "/sources/dnipro-visti"
            until(lambda: states(browse)["dnipro-visti"]["last_success"])
            browse.send(source, f"{source}/pause")
            assert states(browse)["dnipro-visti"]["paused"]
            browse.send(source, f"{source}/resume")
            before = until(lambda: states(browse)["dnipro-visti"]["last_success"])
            browse.send(source, f"{source}/visit")
            until(lambda: states(browse)["dnipro-visti"]["last_success"] != before)
            assert "robots.txt" in browse.send(source, f"{source}/check")
            seconds, said = stopped(process, signal.SIGTERM)
    assert seconds < 10
    assert "Traceback" not in said


def states(browse: Reader) -> dict[str, Any]:
    return {each["name"]: each for each in json.loads(browse.get("/api/sources"))}


@pytest.mark.parametrize("command", ["board", "serve"])
def test_its_help_teaches(run_here: Run, command: str) -> None:
    assert "board" in run_here(command, "--help").stdout
