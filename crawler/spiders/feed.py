"""RSS, Atom or JSON Feed (or the home page that names one) -> links to articles."""

from __future__ import annotations

from scrapy.http import Response, TextResponse

from crawler.feeds import read_feed
from crawler.spiders.base import Found, SourceSpider, UnreadableSourceError, absolute

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")


class FeedSpider(SourceSpider):
    """Reads a feed; given a home page it follows the feed that the page announces, once."""

    async def find(self, response: Response) -> Found:
        """The links of a feed, or the address of the feed that a page names."""
        if _is_html(response.body.lstrip()):
            return Found(further=[self._announced(response)])
        return await self.taken_apart(read_feed, response)

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


def _is_html(body: bytes) -> bool:
    head = body[:1000].lower()
    return b"<html" in head or b"<!doctype html" in head
