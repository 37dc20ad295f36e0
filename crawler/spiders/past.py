"""What outlets, channels and the Wayback Machine keep of the past -> its pages, as politely as any others."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from scrapy.http import Response

from core.model import Link, Page
from core.urls import canonical
from crawler.sitemaps import read_sitemap
from crawler.spiders.base import Found, SourceSpider, Target, UnreadableSourceError, absolute, page_of, text_of
from crawler.spiders.telegram import TelegramSpider

_ALL = 10_000_000
# Of a day's list; what has more pages than this repeats itself.
_MOST_PAGES = 200
_CAPTURE = re.compile(r"/web/(\d{14})id_/(.+)$")


@dataclass(frozen=True, slots=True)
class Past(Target):
    """A target with the days that are wanted, both included."""

    since: date = date.min
    until: date = date.max

    @property
    def begin(self) -> datetime:
        """The first moment that is wanted."""
        return datetime.combine(self.since, time(), UTC)


class PastSpider(SourceSpider):
    """Goes on where all is known: what is older may not be."""

    thorough = True
    target: Past


class PastSitemapSpider(PastSpider):
    """Reads all of a sitemap; of an index, it names the children that were changed since the first day."""

    async def find(self, response: Response) -> Found:
        """The links; the children are left for visits of their own, so that each is done or not by itself.

        What was changed after the last day may have been published before it.
        """
        found = await self.taken_apart(
            partial(read_sitemap, children=_ALL, most=_ALL, since=self.target.begin), response
        )
        self.tally.left += found.further
        return Found(links=found.links)


class PastPagesSpider(PastSpider):
    """Reads a day's list, page after page, as long as each brings an address that no page before it brought."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._number = 1
        self._offered: set[str] = set()

    async def find(self, response: Response) -> Found:
        """The links of the outlet's own that fit, and the next page."""
        host = urlsplit(response.url).netloc
        pattern = re.compile(self.target.link_pattern or "")
        hrefs = text_of(response).css("a::attr(href)").getall()
        urls = [url for url in absolute(response, hrefs) if urlsplit(url).netloc == host and pattern.search(url)]
        fresh = dict.fromkeys(url for url in urls if canonical(url) not in self._offered)
        self._offered.update(map(canonical, fresh))
        template = self.target.next_css or ""
        further = []
        if fresh and "{n}" in template and self._number < _MOST_PAGES:
            self._number += 1
            further = [template.replace("{n}", str(self._number))]
        return Found(links=[Link(url, self.target.name) for url in fresh], further=further)


class PastChannelSpider(TelegramSpider):
    """Reads a channel's preview back to the first day."""

    thorough = True
    target: Past

    def goes_back(self, moments: list[datetime]) -> bool:
        """Whether older messages are wanted than those of these moments."""
        return bool(moments) and min(moments) >= self.target.begin


class WaybackSpider(PastSpider):
    """Reads the list of captures that the CDX server gives, and each capture as it was, of the moment it was made."""

    async def find(self, response: Response) -> Found:
        """The captures, each text once."""
        try:
            rows = json.loads(response.body or b"[]")
            captures = {str(row[2]): (str(row[0]), str(row[1])) for row in reversed(rows) if str(row[0]).isdigit()}
        except (ValueError, IndexError, KeyError, TypeError):
            raise UnreadableSourceError("the address gives no list of captures") from None
        base = f"{urlsplit(response.url).scheme}://{urlsplit(response.url).netloc}/web/"
        return Found(links=[Link(f"{base}{stamp}id_/{url}", self.target.name) for stamp, url in captures.values()])

    async def parse_article(self, response: Response, link: Link) -> None:
        """A capture, under the address and of the moment of the original."""
        found = _CAPTURE.search(link.url)
        page = page_of(response, self.target.name, link)
        if found is None:
            return
        moment = datetime.strptime(found.group(1), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        await self._hand_on(
            Page(found.group(2), link.url, page.source, page.status, page.body, moment, page.content_type)
        )


def captures_url(server: str, pattern: str, since: date, until: date) -> str:
    """The address of the list of captures of an address, or of all that begin with one (a star at the end)."""
    asked = {
        "url": pattern,
        "from": f"{since:%Y%m%d}",
        "to": f"{until:%Y%m%d}",
        "output": "json",
        "fl": "timestamp,original,digest",
        "filter": ["statuscode:200", "mimetype:text/html"],
        "collapse": "digest",
    }
    return f"{server.rstrip('/')}/cdx/search/cdx?{urlencode(asked, doseq=True)}"


def filled(template: str, day: date) -> str:
    """A template with a day in it: {yyyy}, {mm}, {dd}; {n} stays."""
    return (
        template.replace("{yyyy}", f"{day:%Y}").replace("{mm}", f"{day:%m}").replace("{dd}", f"{day:%d}")
        .replace("{m}", str(day.month)).replace("{d}", str(day.day))
    )  # fmt: skip


def days(since: date, until: date) -> list[date]:
    """Every day, both included, the oldest first."""
    return [since + timedelta(days=number) for number in range((until - since).days + 1)]
