"""A site's home page, robots.txt and the usual places -> where it may offer its articles, the best first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

from scrapy.http import HtmlResponse

from core.model import Page
from core.urls import is_fetchable

# Where sites without a word about it keep them; the first that answers is taken.
_USUAL_FEEDS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feeds/posts/default")
_USUAL_SITEMAPS = ("/sitemap-news.xml", "/news-sitemap.xml", "/sitemap_news.xml", "/googlenews.xml", "/sitemap.xml")
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_COMMENTS = re.compile("comment|/tag/|/author/", re.IGNORECASE)
_MOST = 12


@dataclass(frozen=True, slots=True)
class Offer:
    """An address that may offer articles."""

    type: Literal["feed", "sitemap"]
    url: str


def offers(home: Page | None, robots: Page | None, url: str) -> list[Offer]:
    """What a site may offer, the best first: announced feeds, sitemaps for news, others, the usual places."""
    found = [*_announced(home), *_in_robots(robots)]
    found.sort(key=lambda offer: (offer.type != "feed", "news" not in offer.url.lower()))
    found += [Offer("feed", urljoin(url, path)) for path in _USUAL_FEEDS]
    found += [Offer("sitemap", urljoin(url, path)) for path in _USUAL_SITEMAPS]
    return list(dict.fromkeys(found))[:_MOST]


def language_of_site(home: Page | None) -> str | None:
    """The language that a home page says it is in, as in "uk"."""
    told = _html(home).css("html::attr(lang)").get() if home else None
    match = re.match("[a-z]{2}(?![a-z])", (told or "").strip().lower())
    return match.group() if match else None


def name_of_site(url: str, taken: Collection[str] = ()) -> str:
    """A name for a source, of the letters that a name may have, and none of those that are taken."""
    host = re.sub(r"^(www|m|rss|feeds?)\.", "", (urlsplit(url).hostname or "").lower())
    stem = host.rpartition(".")[0] or host
    name = re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:56] or "source"
    return next(each for each in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if each not in taken)


def _announced(home: Page | None) -> Iterator[Offer]:
    if home is None:
        return
    page = _html(home)
    for kind in _FEED_TYPES:
        for link in page.css(f'link[rel~="alternate"][type="{kind}"]'):
            url = _absolute(home.url, link.attrib.get("href", ""))
            if url and not _COMMENTS.search(f"{url} {link.attrib.get('title', '')}"):
                yield Offer("feed", url)


def _in_robots(robots: Page | None) -> Iterator[Offer]:
    text = robots.body[:500_000].decode("utf-8", "replace") if robots else ""
    for line in text.splitlines():
        key, _, value = line.partition(":")
        url = _absolute(robots.url, value.strip()) if robots and key.strip().lower() == "sitemap" else None
        if url:
            yield Offer("sitemap", url)


def _html(page: Page) -> HtmlResponse:
    return HtmlResponse(page.url, body=page.body, headers={"Content-Type": page.content_type or "text/html"})


def _absolute(base: str, address: str) -> str | None:
    try:
        url = urljoin(base, address)
    except ValueError:
        return None
    return url if address and is_fetchable(url) else None
