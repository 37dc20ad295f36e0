"""RSS, Atom or JSON Feed (or the home page that names one) -> links to articles."""

from __future__ import annotations

import calendar
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import feedparser
from scrapy.http import Response, TextResponse

from core.model import Link
from crawler.spiders.base import Found, SourceSpider, UnreadableSourceError, absolute, moment_of

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")


class FeedSpider(SourceSpider):
    """Reads a feed; given a home page it follows the feed that the page announces, once."""

    def find(self, response: Response) -> Found:
        """The links of a feed, or the address of the feed that a page names."""
        body = response.body.lstrip()
        if not body:
            raise UnreadableSourceError("the feed is empty")
        if body[:1] in (b"{", b"["):
            return Found(links=self._json_links(response))
        if _is_html(body):
            return Found(further=[self._announced(response)])
        return Found(links=self._xml_links(response))

    def _announced(self, response: Response) -> str:
        """The feed that a home page names in its head."""
        if isinstance(response, TextResponse) and not self._asked:
            for kind in _FEED_TYPES:
                hrefs = response.css(f'link[rel~="alternate"][type="{kind}"]::attr(href)').getall()
                for url in absolute(response, hrefs):
                    if url != response.url:
                        self._asked.add(url)
                        return url
        raise UnreadableSourceError("the feed is an HTML page that names no feed; look for its RSS address")

    def _xml_links(self, response: Response) -> list[Link]:
        # No feed needs entities of its own; those that declare them are broken or hostile (XML bombs).
        if b"<!ENTITY" in response.body[:100_000]:
            raise UnreadableSourceError("the feed declares XML entities, which is refused")
        header = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if self.target.encoding:
            header = f"application/xml; charset={self.target.encoding}"
        parsed = feedparser.parse(
            io.BytesIO(response.body), response_headers={"content-type": header}, sanitize_html=False
        )
        if not parsed.entries and not parsed.get("version"):
            reason = parsed.get("bozo_exception")
            raise UnreadableSourceError(f"the feed cannot be read as XML: {' '.join(str(reason).split())[:120]}")
        return [link for entry in parsed.entries if (link := self._entry(response, entry))]

    def _entry(self, response: Response, entry: Mapping[str, Any]) -> Link | None:
        url = next(absolute(response, [str(entry.get("link") or "")]), None) if entry.get("link") else None
        moment = entry.get("published_parsed") or entry.get("updated_parsed")
        try:
            published = datetime.fromtimestamp(calendar.timegm(moment), UTC) if moment else None
        except (ValueError, OverflowError, TypeError):
            published = None
        return Link(url, self.target.name, entry.get("title"), published) if url else None

    def _json_links(self, response: Response) -> list[Link]:
        try:
            data = json.loads(response.body)
            items = data["items"] if isinstance(data, dict) else []
        except (ValueError, KeyError, RecursionError):
            raise UnreadableSourceError("the feed is JSON, but no JSON Feed with items") from None
        links = []
        for item in items if isinstance(items, list) else []:
            address = item.get("url") or item.get("external_url") if isinstance(item, dict) else None
            for url in absolute(response, [address] if isinstance(address, str) else []):
                links.append(Link(url, self.target.name, item.get("title"), moment_of(item.get("date_published"))))
        return links


def _is_html(body: bytes) -> bool:
    head = body[:1000].lower()
    return b"<html" in head or b"<!doctype html" in head
