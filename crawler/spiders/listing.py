"""A page that lists articles -> links to them, by a pattern of their addresses or a CSS selector."""

from __future__ import annotations

import re

from scrapy.http import Response

from core.model import Link
from crawler.spiders.base import Found, SourceSpider, UnreadableSourceError, absolute, text_of


class ListingSpider(SourceSpider):
    """Reads a page without a feed; the order of the page is kept, the same address is given once.

    Further pages are read while there is something new on each, as many as the stanza allows.
    """

    _read = 0

    async def find(self, response: Response) -> Found:
        """The links that fit."""
        page = text_of(response)
        selector = self.target.link_css or "a"
        try:
            anchors = page.css(selector)
        except ValueError as problem:
            raise UnreadableSourceError(f"link_css {selector!r} is no CSS selector: {problem}") from None
        pattern = re.compile(self.target.link_pattern or "")
        links: dict[str, Link] = {}
        for anchor in anchors:
            hrefs = anchor.css("::attr(href)").getall()[:1]
            for url in absolute(response, hrefs):
                if pattern.search(url):
                    title = " ".join(anchor.css("::text").getall()).strip() or None
                    links.setdefault(url, Link(url, self.target.name, title))
        if not links:
            raise UnreadableSourceError("the listing has no link that fits link_pattern or link_css")
        self._read += 1
        following: list[str] = []
        if self.target.next_css and self._read < self.target.max_pages:
            try:
                following = page.css(self.target.next_css).css("::attr(href)").getall()[:1]
            except ValueError as problem:
                raise UnreadableSourceError(
                    f"next_css {self.target.next_css!r} is no CSS selector: {problem}"
                ) from None
        return Found(links=list(links.values()), further=list(absolute(response, following)))
