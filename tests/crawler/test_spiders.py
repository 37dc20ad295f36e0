"""Given this source, these pages: real crawls of every type against a web of our own, faults included."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Response

from crawler.addresses import REFUSED
from crawler.hosts import wanted_at
from tests.crawler.site_of_tests import serving

PATHS = {
    "items": "data.news",
    "url": "join('', ['/a/', to_string(id)])",
    "title": "head",
    "published": "at",
    "next": "next",
}
SOURCES = {
    "rss": ("feed", "/rss.xml", {}),
    "atom": ("feed", "/atom.xml", {}),
    "json": ("feed", "/feed.json", {}),
    "home": ("feed", "/", {}),
    "sitemap": ("sitemap", "/news.xml", {}),
    "index": ("sitemap", "/index.xml", {}),
    "pattern": ("listing", "/list", {"link_pattern": r"/a/\d+"}),
    "css": ("listing", "/list", {"link_css": "ul.top a"}),
    "no-link": ("listing", "/list", {"link_pattern": "/nowhere/"}),
    "listing-pages": ("listing", "/listing/1", {"link_pattern": "/a/", "next_css": "a[rel=next]", "max_pages": 5}),
    "api": ("json", "/api/1", {"paths": PATHS, "max_pages": 5}),
    "api-page": ("json", "/api/1", {"paths": PATHS}),
    "api-odd": ("json", "/api/odd", {"paths": PATHS}),
    "api-html": ("json", "/html-feed", {"paths": PATHS}),
    "inwards": ("feed", "/inwards.xml", {}),
    "home-name": ("feed", "/home.xml", {}),
    "telegram": ("telegram", "/s/desk", {}),
    "no-preview": ("telegram", "/html-feed", {}),
    "html": ("feed", "/html-feed", {}),
    "empty": ("feed", "/empty", {}),
    "cut": ("feed", "/cut.xml", {}),
    "bomb": ("feed", "/bomb.xml", {}),
    "huge": ("feed", "/huge.xml", {}),
    "lying": ("feed", "/lying.xml", {}),
    "garbage": ("feed", "/garbage.xml", {}),
    "no-sitemap": ("sitemap", "/html-feed", {}),
    "gone": ("feed", "/gone", {}),
    "busy": ("feed", "/busy.xml", {}),
    "moved": ("feed", "/moved.xml", {}),
    "choke": ("feed", "/rss.xml", {"choke": "/a/2"}),
}
Told = dict[str, dict[str, Any]]
CHROMIUM = Path("/usr/bin/chromium")


def visited(order: dict[str, Any]) -> Told:
    """What the crawls of an order came to, by source."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("visit.py"))],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return {result["source"]: result for result in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def visit() -> Iterator[tuple[Told, str, list[str]]]:
    """All sources visited at once, the site's address, and what it was asked for."""
    with serving() as site:
        stanzas = [
            {"name": name, "type": kind, "url": site.base + path, **more}
            for name, (kind, path, more) in SOURCES.items()
        ]
        stanzas += [
            {"name": "refused", "type": "feed", "url": "http://127.0.0.1:9/feed"},
            {"name": "unknown", "type": "feed", "url": "http://no-such-host.invalid/feed"},
        ]
        yield visited({"sources": stanzas}), site.base, site.asked


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("rss", ["/a/1?utm_source=rss", "/a/2"]),
        ("atom", ["/a/4"]),
        ("json", ["/a/5"]),
        ("home", ["/a/1?utm_source=rss", "/a/2"]),
        ("sitemap", ["/a/6"]),
        ("index", ["/a/6"]),
        ("pattern", ["/a/7"]),
        ("css", ["/a/7"]),
        ("listing-pages", ["/a/11", "/a/12"]),
        ("api", ["/a/21", "/a/22"]),
        ("api-page", ["/a/21"]),
        ("telegram", ["/desk/5", "/desk/6", "/desk/7", "/desk/8", "/desk/9"]),
        ("busy", ["/a/4"]),
        ("moved", ["/a/4"]),
        ("lying", ["/a/1?utm_source=rss", "/a/2"]),
        ("cut", ["/a/1?utm_source=rss"]),
    ],
)
def test_a_source_gives_its_pages(visit: tuple[Told, str, list[str]], name: str, paths: list[str]) -> None:
    told, base, _ = visit
    assert told[name]["problem"] is None
    assert told[name]["pages"] == [base + path for path in paths]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("html", "an HTML page that names no feed"),
        ("empty", "the feed is empty"),
        ("bomb", "declares XML entities"),
        ("huge", "larger than allowed"),
        ("garbage", "cannot be read as XML"),
        ("no-link", "no link that fits"),
        ("no-preview", "no Telegram preview"),
        ("no-sitemap", "no sitemap"),
        ("gone", "HTTP 404"),
        ("refused", "connection refused"),
        ("unknown", "name not found"),
        ("api-odd", "finds no list with something in it"),
        ("api-html", "gives no JSON"),
        ("inwards", "leads to a private address, which is refused"),
        ("home-name", "leads to a private address, which is refused"),
    ],
)
def test_a_source_that_cannot_be_read_says_why(visit: tuple[Told, str, list[str]], name: str, problem: str) -> None:
    told, _, _ = visit
    assert problem in told[name]["problem"]
    assert "\n" not in told[name]["problem"]
    assert told[name]["pages"] == []


def test_an_api_tells_title_and_time(visit: tuple[Told, str, list[str]]) -> None:
    told, _, _ = visit
    assert told["api-page"]["titles"] == ["Story"]
    assert told["api-page"]["published"] == ["2025-06-13 10:00:00+00:00"]


def test_a_link_to_a_private_address_is_not_followed(visit: tuple[Told, str, list[str]]) -> None:
    told, _, asked = visit
    (reason,) = told["listing-pages"]["failures"].values()
    assert reason == REFUSED
    assert "/a/0" not in asked


def test_robots_txt_is_obeyed(visit: tuple[Told, str, list[str]]) -> None:
    told, base, asked = visit
    assert told["rss"]["failures"] == {f"{base}/private/3": "robots.txt forbids it"}
    assert not any(path.startswith("/private/") for path in asked)


def test_a_page_that_cannot_be_taken_in_does_not_end_the_visit(visit: tuple[Told, str, list[str]]) -> None:
    told, base, _ = visit
    assert told["choke"]["pages"] == [f"{base}/a/1?utm_source=rss"]
    assert told["choke"]["failures"][f"{base}/a/2"] == "could not be taken in: this page cannot be taken in"


def test_what_is_known_is_not_fetched_again() -> None:
    with serving() as site:
        stanza = {"name": "rss", "type": "feed", "url": f"{site.base}/rss.xml"}
        told = visited({"sources": [stanza], "known": [f"{site.base}/a/1", f"{site.base}/a/2"]})
        assert told["rss"]["pages"] == []
        assert not any(path.startswith("/a/") for path in site.asked)


def test_a_site_is_never_asked_for_more_at_once_than_agreed() -> None:
    with serving() as site:
        stanza = {"name": "list", "type": "listing", "url": f"{site.base}/leisurely", "delay": 0.0}
        told = visited({"sources": [stanza]})
        assert len(told["list"]["pages"]) == 40
        assert site.most_at_once <= 2


def test_a_stop_in_the_middle_ends_soon() -> None:
    with serving() as site:
        stanza = {"name": "slow", "type": "feed", "url": f"{site.base}/slow.xml"}
        began = time.monotonic()
        visited({"sources": [stanza], "stop_after": 1})
        assert time.monotonic() - began < 60
        assert site.asked.count("/slow.xml") < 2  # not tried again


def test_a_stop_ends_a_crawl_that_is_only_starting() -> None:
    with serving() as site:
        stanza = {"name": "list", "type": "listing", "url": f"{site.base}/many"}
        began = time.monotonic()
        visited({"sources": [stanza], "stop_after_turns": list(range(16))})
        assert time.monotonic() - began < 60


def test_after_a_stop_nothing_more_is_asked_for() -> None:
    """Not even what was already in the queue of its site, which a long delay would make last for minutes."""
    with serving() as site:
        stanza = {"name": "list", "type": "listing", "url": f"{site.base}/many", "delay": 0.5, "stop_at_page": 1}
        told = visited({"sources": [stanza]})
        asked = [path for path in site.asked if path.startswith("/a/")]
        assert told["list"]["links"] == 40
        assert 1 <= len(asked) <= 3
        assert site.base + asked[0] in told["list"]["pages"]


def test_a_source_that_says_it_is_not_modified_is_believed() -> None:
    with serving() as site:
        stanza = {"name": "marked", "type": "feed", "url": f"{site.base}/marked.xml"}
        again = visited({"sources": [stanza], "again": 1})["marked"]
        assert (again["problem"], again["links"], again["pages"]) == (None, 0, [])
        assert site.spared == ["/marked.xml"]


def test_a_source_that_sends_the_same_bytes_has_nothing_new() -> None:
    with serving() as site:
        stanza = {"name": "atom", "type": "feed", "url": f"{site.base}/atom.xml"}
        again = visited({"sources": [stanza], "again": 1})["atom"]
        assert (again["problem"], again["links"]) == (None, 0)
        assert site.asked.count("/atom.xml") == 2
        assert site.asked.count("/a/4") == 1


def test_after_a_visit_that_missed_a_page_the_source_is_read_again() -> None:
    with serving() as site:
        stanza = {"name": "choke", "type": "feed", "url": f"{site.base}/marked-rss.xml", "choke": "/a/2"}
        again = visited({"sources": [stanza], "again": 1})["choke"]
        assert again["links"] > 0
        assert site.spared == []


def test_an_index_that_never_changes_does_not_hide_what_it_names() -> None:
    with serving() as site:
        stanza = {"name": "index", "type": "sitemap", "url": f"{site.base}/index.xml"}
        visited({"sources": [stanza], "again": 1})
        assert site.asked.count("/news.xml.gz") == 2


def test_a_host_that_wants_to_be_left_alone_is() -> None:
    """For as long as it says, by whichever source of it."""
    with serving() as site:
        later = {"name": "later", "type": "feed", "url": f"{site.base}/later.xml"}
        rss = {"name": "rss", "type": "feed", "url": f"{site.base}/rss.xml"}
        told = visited({"sources": [later], "then": [rss]})
        assert told["later"]["problem"].startswith("HTTP 429: the host wants nobody before ")
        until = datetime.fromisoformat(told["later"]["not_before"])
        assert timedelta(minutes=118) < until - datetime.now(UTC) < timedelta(minutes=122)
        assert told["rss"]["problem"] == told["later"]["problem"]
        assert site.asked.count("/later.xml") == 1
        assert "/rss.xml" not in site.asked


def test_a_host_that_asks_for_a_moment_is_given_it() -> None:
    with serving() as site:
        told = visited({"sources": [{"name": "soon", "type": "feed", "url": f"{site.base}/soon.xml"}]})
        assert (told["soon"]["problem"], told["soon"]["links"]) == (None, 1)
        first, second = (moment for path, moment in zip(site.asked, site.moments, strict=True) if path == "/soon.xml")
        assert second - first > 0.9


def test_sources_of_one_host_take_turns() -> None:
    with serving() as site:
        stanzas = [
            {"name": name, "type": "listing", "url": f"{site.base}/list?{name}", "link_pattern": "/a/", "delay": 0.2}
            for name in ("one", "two", "three")
        ]
        visited({"sources": stanzas})
        gaps = [later - earlier for earlier, later in pairwise(site.moments)]
        assert len(gaps) >= 5
        assert min(gaps) > 0.1  # a server sees them a little closer than they were sent


@given(st.binary(max_size=40) | st.integers().map(lambda number: str(number).encode()))
def test_whatever_a_host_says_of_later_it_is_within_six_hours(told: bytes) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    try:
        until = wanted_at(Response("http://a.example/", status=503, headers={"Retry-After": told}), now)
    except ValueError:
        until = None
    assert until is None or until <= now + timedelta(hours=6)


@pytest.mark.parametrize(
    ("status", "told", "minutes"),
    [(429, None, 1), (503, None, None), (503, "120", 2), (503, "Mon, 23 Nov 2026 12:05:00 GMT", 5), (429, "soon", 1)],
)
def test_when_a_host_wants_to_be_asked_again(status: int, told: str | None, minutes: int | None) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    headers = {} if told is None else {"Retry-After": told}
    until = wanted_at(Response("http://a.example/", status=status, headers=headers), now)
    assert until == (None if minutes is None else now + timedelta(minutes=minutes))


def test_own_headers_go_to_the_own_host_only() -> None:
    with serving() as site, serving() as stranger:
        site.moved["/away.xml"] = f"{stranger.base}/atom.xml"
        stanza = {"name": "keyed", "type": "feed", "headers": [["X-Api-Key", "secret"], ["Cookie", "session=1"]]}
        visited({"sources": [{**stanza, "url": f"{site.base}/atom.xml"}]})
        assert site.headers["/atom.xml"]["X-Api-Key"] == "secret"
        assert site.headers["/a/4"]["Cookie"] == "session=1"
        away = {**stanza, "url": f"{site.base}/away.xml"}
        visited({"sources": [away], "private_hosts": [stranger.base.removeprefix("http://")]})
        assert site.headers["/away.xml"]["X-Api-Key"] == "secret"
        assert not {"X-Api-Key", "Cookie"} & set(stranger.headers["/atom.xml"])


def test_an_answer_that_unpacks_to_more_than_is_allowed_is_refused() -> None:
    with serving() as site:
        told = visited({"sources": [{"name": "bomb", "type": "feed", "url": f"{site.base}/unpacks.xml"}]})
        assert "larger than allowed" in told["bomb"]["problem"]


def test_a_page_that_needs_a_browser_is_given_one() -> None:
    if not (find_spec("scrapy_playwright") and CHROMIUM.exists()):
        pytest.skip(f"NO BROWSER: wanted are scrapy-playwright and {CHROMIUM}")
    with serving() as site:
        stanza = {"name": "script", "type": "listing", "url": f"{site.base}/script", "link_css": "a"}
        assert visited({"sources": [stanza]})["script"]["problem"] is not None
        told = visited({"sources": [{**stanza, "javascript": True}], "browser": str(CHROMIUM)})["script"]
        assert (told["problem"], told["pages"]) == (None, [f"{site.base}/a/9"])


def test_a_browser_follows_no_redirect_to_a_private_address() -> None:
    if not (find_spec("scrapy_playwright") and CHROMIUM.exists()):
        pytest.skip(f"NO BROWSER: wanted are scrapy-playwright and {CHROMIUM}")
    with serving() as site:
        stanza = {"name": "home", "type": "feed", "url": f"{site.base}/home.xml", "javascript": True}
        assert visited({"sources": [stanza], "browser": str(CHROMIUM)})["home"]["problem"]
        assert "/home.xml" in site.asked
        assert "/atom.xml" not in site.asked
        visited({"sources": [stanza], "browser": str(CHROMIUM), "private_hosts": ["localhost"]})
        assert "/atom.xml" in site.asked
