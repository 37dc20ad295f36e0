"""A sitemap, a news sitemap or an index of them (also gzipped) -> links to articles, the newest first."""

from __future__ import annotations

from scrapy.http import Response

from crawler.sitemaps import read_sitemap
from crawler.spiders.base import Found, SourceSpider


class SitemapSpider(SourceSpider):
    """Reads a sitemap; of an index it reads the newest children."""

    async def find(self, response: Response) -> Found:
        """The links of a sitemap, or the addresses of an index's newest children."""
        return await self.taken_apart(read_sitemap, response)
