"""An address that is an article itself -> that one page; for trying an article out, not for a source."""

from __future__ import annotations

from scrapy.http import Response

from core.model import Link
from crawler.spiders.base import Found, SourceSpider, page_of


class PageSpider(SourceSpider):
    """Fetches one page, as politely as any other."""

    async def find(self, response: Response) -> Found:
        """The page, whatever it holds."""
        return Found(pages=[page_of(response, self.target.name, Link(self.target.url, self.target.name))])
