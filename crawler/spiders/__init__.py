"""The source types: each has one file here and one line in SPIDERS."""

from __future__ import annotations

from crawler.spiders.api import ApiSpider
from crawler.spiders.base import SourceSpider
from crawler.spiders.feed import FeedSpider
from crawler.spiders.listing import ListingSpider
from crawler.spiders.page import PageSpider
from crawler.spiders.past import PastChannelSpider, PastPagesSpider, PastSitemapSpider, WaybackSpider
from crawler.spiders.sitemap import SitemapSpider
from crawler.spiders.telegram import TelegramSpider

SPIDERS: dict[str, type[SourceSpider]] = {
    "feed": FeedSpider,
    "sitemap": SitemapSpider,
    "listing": ListingSpider,
    "telegram": TelegramSpider,
    "json": ApiSpider,
    "page": PageSpider,
    "past sitemap": PastSitemapSpider,
    "past pages": PastPagesSpider,
    "past channel": PastChannelSpider,
    "wayback": WaybackSpider,
}
