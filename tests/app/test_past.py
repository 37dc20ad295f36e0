"""The web's past: sitemaps, lists of days, captures and channels, on a server of our own, each article once."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from storage.store import Store
from tests.app.archive import relevant
from tests.app.command import Run
from tests.parsers.rendered import page

CONFIG = "crawl: {delay: 0s, retries: 0, processes: 1}\nsources: []\n"
DAYS = ("2025-06-01", "2025-06-02", "2025-06-04")


class Site(ThreadingHTTPServer):
    """Answers by path; keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: list[str] = []
        self.told = {f"/a/{number}": page(case) for number, case in enumerate(relevant(12))}
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.files = self._files()

    def _files(self) -> dict[str, bytes]:
        def urlset(*numbers: int) -> bytes:
            locs = "".join(f"<url><loc>{self.base}/a/{n}</loc><lastmod>{DAYS[n % 3]}</lastmod></url>" for n in numbers)
            return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locs}</urlset>'.encode()

        index = "".join(
            f"<sitemap><loc>{self.base}/{name}</loc><lastmod>{changed}</lastmod></sitemap>"
            for name, changed in (("old.xml", "2024-01-31"), ("new.xml.gz", "2025-06-30"))
        )
        return {
            "/sitemap.xml": f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{index}</sitemapindex>'.encode(),
            "/old.xml": urlset(9, 10),
            "/new.xml.gz": gzip.compress(urlset(0, 1, 2, 3)),
            "/robots.txt": b"",
        }

    def answer(self, address: str) -> bytes | None:
        path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
        if path.startswith("/archive/2025/06/"):
            day, number = int(path.rpartition("/")[2]), int(query["page"][0])
            stories = {(1, 1): (0, 1), (1, 2): (1, 2), (2, 1): (3,)}.get((day, number), ())
            return "".join(f'<a href="/a/{n}">Story</a>' for n in stories).encode() + b'<a href="/about">About</a>'
        if path == "/cdx/search/cdx":
            assert query["collapse"] == ["digest"]
            rows = [["timestamp", "original", "digest"]] + [
                [f"202506{n + 1:02}120000", f"http://outlet.example/a/{n % 3}", f"D{n % 3}"] for n in range(5)
            ]
            return json.dumps(rows if query["from"] == ["20250601"] else []).encode()
        if path.startswith("/web/"):
            return self.told["/a/" + path.rpartition("/")[2]]
        if path == "/s/desk":
            return preview(int(query.get("before", ["7"])[0])).encode()
        return self.files.get(path) or self.told.get(path)


def preview(before: int) -> str:
    """Three messages before one, a day each."""
    told = relevant(12)
    shown = range(max(1, before - 3), before)
    messages = "".join(
        f'<div class="tgme_widget_message" data-post="desk/{n}"><div class="tgme_widget_message_text">'
        f'{told[n]["text"]}</div><time datetime="2025-06-0{n}T10:00:00+00:00"></time></div>'
        for n in shown
    )
    return f"<html><body>{messages}</body></html>"


class Answers(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.answer(self.path)
        self.send_response(200 if body is not None else 404)
        kind = "application/json" if "cdx" in self.path else "text/html; charset=utf-8"
        self.send_header("Content-Type", "application/xml" if "xml" in self.path else kind)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        yield serving
        serving.shutdown()


def backfilling(folder: Path, run: Run) -> Run:
    (folder / "config.yaml").write_text(CONFIG)

    def backfilled(*arguments: str):  # type: ignore[no-untyped-def]
        return run("backfill", *arguments, "--database", "store.sqlite")

    return backfilled


@pytest.fixture
def backfill(tmp_path: Path, run: Run) -> Run:
    return backfilling(tmp_path, run)


@pytest.fixture
def backfill_here(tmp_path: Path, run_here: Run) -> Run:
    """In this process, for what visits nobody."""
    return backfilling(tmp_path, run_here)


def stored(folder: Path) -> list[str]:
    with Store.open(f"sqlite:///{folder / 'store.sqlite'}") as store:
        return sorted(urlsplit(article.url).path for article in store.articles())


def test_a_sitemap_is_read_where_it_was_changed_since(site: Site, tmp_path: Path, backfill: Run) -> None:
    done = backfill("sitemap", f"{site.base}/sitemap.xml", "--since", "2025-06-02")
    assert done.returncode == 0, done.stderr
    assert "/old.xml" not in site.asked
    assert stored(tmp_path) == ["/a/1", "/a/2"]
    asked = len(site.asked)
    again = backfill("sitemap", f"{site.base}/sitemap.xml", "--since", "2025-06-02")
    assert again.returncode == 0 and len(site.asked) == asked


def test_each_file_of_an_index_is_a_unit_and_only_what_failed_is_read_again(
    site: Site, tmp_path: Path, backfill: Run, backfill_here: Run
) -> None:
    lost = site.files.pop("/new.xml.gz")
    first = backfill("sitemap", f"{site.base}/sitemap.xml", "--since", "2024-01-01")
    assert first.returncode == 1
    assert stored(tmp_path) == ["/a/10", "/a/9"]
    failed = backfill_here("status", "--failed").stdout
    assert "new.xml.gz" in failed and "old.xml" not in failed
    site.files["/new.xml.gz"] = lost
    again = backfill("sitemap", f"{site.base}/sitemap.xml", "--since", "2024-01-01", "--failed")
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("3 units, 6 pages")
    assert site.asked.count("/old.xml") == 1
    assert len(stored(tmp_path)) == 6
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        units = {urlsplit(unit.name.unit.split()[0]).path: unit.state for unit in store.archives("sitemap")}
    assert units == dict.fromkeys(("/sitemap.xml", "/old.xml", "/new.xml.gz"), "done")


def test_an_index_that_names_itself_is_read_once(site: Site, tmp_path: Path, backfill: Run) -> None:
    itself = f"<sitemap><loc>{site.base}/sitemap.xml</loc></sitemap></sitemapindex>".encode()
    site.files["/sitemap.xml"] = site.files["/sitemap.xml"].replace(b"</sitemapindex>", itself)
    done = backfill("sitemap", f"{site.base}/sitemap.xml", "--since", "2025-06-02")
    assert done.returncode == 0, done.stderr
    assert site.asked.count("/sitemap.xml") == 1


def test_lists_of_days_are_read_page_after_page_and_days_that_failed_again(
    site: Site, tmp_path: Path, backfill: Run, backfill_here: Run
) -> None:
    template = f"{site.base}/archive/{{yyyy}}/{{mm}}/{{dd}}?page={{n}}"
    span = ("--since", "2025-06-01", "--until", "2025-06-02", "--links", "/a/")
    lost = site.told.pop("/a/3")
    done = backfill("pages", template, *span)
    assert done.returncode == 1
    assert stored(tmp_path) == ["/a/0", "/a/1", "/a/2"]
    assert "a/3: HTTP 404" in backfill_here("status", "--failed").stdout
    site.told["/a/3"] = lost
    again = backfill("pages", template, *span, "--failed")
    assert again.returncode == 0, again.stderr
    assert stored(tmp_path) == ["/a/0", "/a/1", "/a/2", "/a/3"]
    assert site.asked.count("/a/0") == 1


def test_captures_are_stored_under_the_address_and_the_moment_of_the_original(
    site: Site, tmp_path: Path, backfill: Run
) -> None:
    done = backfill(
        "wayback", "outlet.example/*", "--server", site.base, "--since", "2025-06-01", "--until", "2025-06-30"
    )
    assert done.returncode == 0, done.stderr
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        found = {article.url: article.fetched_at.day for article in store.articles()}
    assert found == {f"http://outlet.example/a/{n}": n + 1 for n in range(3)}


def test_a_channel_is_read_back_to_a_day(site: Site, tmp_path: Path, backfill: Run) -> None:
    done = backfill("telegram", f"{site.base}/s/desk", "--since", "2025-06-04")
    assert done.returncode == 0, done.stderr
    assert [path for path in site.asked if path.startswith("/s/")] == ["/s/desk", "/s/desk?before=4"]
    assert stored(tmp_path) == [f"/desk/{n}" for n in range(1, 7)]


@pytest.mark.parametrize(
    "arguments",
    [
        ("sitemap", "http://127.0.0.1:9/sitemap.xml"),
        ("pages", "http://127.0.0.1:9/{yyyy}/{mm}/{dd}", "--since", "2025-06-01", "--until", "2025-06-03"),
        ("wayback", "outlet.example/*", "--since", "2025-06-01"),
        ("telegram", "desk", "--since", "2025-06-01"),
    ],
)
def test_a_dry_run_asks_nobody(backfill_here: Run, arguments: tuple[str, ...]) -> None:
    done = backfill_here(*arguments, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("would read ")


@pytest.mark.parametrize(("configured", "kept"), [("0s", "3.05"), ("10s", "10")])
def test_the_wayback_machine_is_asked_twenty_times_a_minute_or_as_seldom_as_is_configured(
    tmp_path: Path, backfill_here: Run, configured: str, kept: str
) -> None:
    (tmp_path / "config.yaml").write_text(f"crawl: {{delay: {configured}}}\nsources: []\n")
    done = backfill_here("wayback", "outlet.example/*", "--since", "2025-06-01", "--dry-run")
    assert f", at one request in {kept} s: " in done.stdout, done.stderr


def test_a_site_that_is_down_is_a_failed_unit(backfill: Run) -> None:
    done = backfill("sitemap", "http://127.0.0.1:9/sitemap.xml")
    assert done.returncode == 1
    assert "1 failed" in done.stdout


def test_a_template_without_a_day_is_refused(backfill_here: Run) -> None:
    done = backfill_here("pages", "http://127.0.0.1:9/archive")
    assert done.returncode == 2
    assert "names no day" in done.stderr
