"""Turns the outlets into a table of addresses and the answer that a web server would give at each."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit

from app.demo.feeds import NEWS_SITEMAP, feed, link_by, news_sitemap, type_of
from app.demo.pages import article_page, channel_page, front_page
from app.demo.stories import Outlet, Story


@dataclass(frozen=True)
class Answer:
    """What stands at an address; `modified` makes it answer conditional requests, `gzip` compress its body."""

    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    modified: datetime | None = None
    gzip: bool = False

    def to(self, asked: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        """The headers of a request in, the status, headers and body of the response to it out."""
        headers = dict(self.headers)
        if self.modified:
            headers["ETag"] = f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'
            headers["Last-Modified"] = format_datetime(self.modified.astimezone(UTC), usegmt=True)
            if _unchanged(headers, asked):
                return 304, headers, b""
        if self.gzip and "gzip" in asked.get("Accept-Encoding", ""):
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            return self.status, headers, gzip.compress(self.body, mtime=0)
        return self.status, headers, self.body


class Site:
    """Every address of the newsroom, of all its hosts."""

    def __init__(self, outlets: list[Outlet]) -> None:
        """Outlets in; their pages are rendered once, here."""
        self._answers = {address: answer for outlet in outlets for address, answer in _outlet(outlet)}
        self._hosts = {urlsplit(address).netloc for address in self._answers}

    def answer(self, address: str) -> Answer:
        """An address in, the answer for it out; a query that means nothing to the site is ignored."""
        if urlsplit(address).netloc not in self._hosts:
            return Answer(b"no such host in the newsroom", {"Content-Type": "text/plain"}, 502)
        missing = Answer(b"not found", {"Content-Type": "text/plain"}, 404)
        return self._answers.get(address) or self._answers.get(address.partition("?")[0]) or missing


def _unchanged(headers: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    """The validators of a page and a request's headers in, whether the asker has this version already out."""
    if "If-None-Match" in asked:
        return headers["ETag"] in asked["If-None-Match"]
    return asked.get("If-Modified-Since") == headers["Last-Modified"]


def _outlet(outlet: Outlet) -> Iterator[tuple[str, Answer]]:
    """An outlet in, each of its addresses with the answer there out."""
    yield from _robots(outlet)
    if outlet.feed.kind == "telegram":
        yield from _channel(outlet)
    else:
        front = _page(outlet, front_page(outlet), fresh=True)
        yield f"{outlet.base}/", front
        yield f"{outlet.base}/archive/", front
    if outlet.feed.kind in type_of:
        yield outlet.base + outlet.feed.path, _feed(outlet)
    if outlet.feed.kind == "sitemap":
        headers = {"Content-Type": "application/gzip"}
        yield outlet.base + NEWS_SITEMAP, Answer(news_sitemap(outlet), headers, modified=outlet.stories[0].published)
    for story in outlet.stories:
        yield from _story(outlet, story)


def _robots(outlet: Outlet) -> Iterator[tuple[str, Answer]]:
    rules = ["User-agent: *", *(f"Disallow: {path}" for path in outlet.disallow)]
    if outlet.feed.kind == "sitemap":
        rules.append(f"Sitemap: {outlet.base}{outlet.feed.path}")
    answer = Answer("\n".join([*rules, ""]).encode(), {"Content-Type": "text/plain; charset=utf-8"})
    for host in filter(None, [outlet.host, f"m.{outlet.host}", outlet.short_host]):
        yield f"http://{host}/robots.txt", answer


def _channel(outlet: Outlet) -> Iterator[tuple[str, Answer]]:
    address = outlet.base + outlet.feed.path
    yield address, _page(outlet, channel_page(outlet), fresh=True)
    for story in outlet.stories:
        yield f"{address}?before={story.number}", _page(outlet, channel_page(outlet, story.number))


def _feed(outlet: Outlet) -> Answer:
    """An outlet in, its feed out; the encoding is left to the XML declaration."""
    headers = {"Content-Type": type_of[outlet.feed.kind]}
    return Answer(feed(outlet), headers, modified=outlet.stories[0].published, gzip=outlet.feed.gzip)


def _story(outlet: Outlet, story: Story) -> Iterator[tuple[str, Answer]]:
    """A story in, its page and the other addresses that lead to it out."""
    canonical = outlet.canonical(story)
    yield canonical, _page(outlet, article_page(outlet, story, outlet.layout))
    for way in story.ways:
        address = link_by(way, outlet, story)
        if way == "moved":
            yield address, Answer(headers={"Location": canonical}, status=301)
        elif way == "short":
            yield address, Answer(headers={"Location": f"{canonical}?utm_medium=shortlink"}, status=302)
        elif way != "plain":
            yield address.partition("?")[0], _page(outlet, article_page(outlet, story, way))


def _page(outlet: Outlet, html: str, fresh: bool = False) -> Answer:
    """HTML in, the answer out that serves it in the outlet's encoding; a fresh page can be asked for conditionally."""
    declared = "" if outlet.charset_in == "meta" else f"; charset={outlet.encoding}"
    body = html.encode(outlet.encoding, "xmlcharrefreplace")
    modified = outlet.stories[0].published if fresh else None
    return Answer(body, {"Content-Type": f"text/html{declared}"}, modified=modified)
