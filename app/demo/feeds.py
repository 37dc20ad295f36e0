"""Turns an outlet's stories into its announcement of them: RSS 2.0, Atom, JSON Feed or a news sitemap."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from app.demo.stories import Outlet, Story

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
NEWS_SITEMAP = "/sitemaps/news.xml.gz"

type_of = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "jsonfeed": "application/feed+json",
    "sitemap": "application/xml",
}


def link_by(way: str, outlet: Outlet, story: Story) -> str:
    """A way of linking (plain, short, moved, amp or mobile) and a story in, the address that a feed gives out."""
    tracking = f"?{outlet.feed.tracking}" if outlet.feed.tracking else ""
    return {
        "plain": f"{outlet.canonical(story)}{tracking}",
        "short": f"http://{outlet.short_host}/{story.number:x}",
        "moved": f"{outlet.base}/?p={story.number}",
        "amp": f"{outlet.base}/amp/{story.number}",
        "mobile": f"http://m.{outlet.host}{story.path}{tracking}",
    }[way]


def feed(outlet: Outlet) -> bytes:
    """An outlet with a feed or sitemap in, the document at its feed's address out."""
    write: Callable[[Outlet], bytes] = {"rss": rss, "atom": atom, "jsonfeed": jsonfeed, "sitemap": sitemap_index}[
        outlet.feed.kind
    ]
    return write(outlet)


def rss(outlet: Outlet) -> bytes:
    """An outlet in, RSS 2.0 in the outlet's encoding out."""
    root = Element("rss", {"version": "2.0", "xmlns:atom": ATOM})
    channel = SubElement(root, "channel")
    _add(channel, title=outlet.title, link=f"{outlet.base}/", description=outlet.title, language=outlet.language)
    SubElement(channel, "atom:link", {"rel": "self", "href": outlet.base + outlet.feed.path})
    for link, story in _links(outlet):
        item = SubElement(channel, "item")
        _add(item, title=story.headline, link=link, description=story.summary)
        SubElement(item, "guid", {"isPermaLink": "false"}).text = link
        _add(item, pubDate=format_datetime(story.published))
    return _xml(root, outlet.encoding)


def atom(outlet: Outlet) -> bytes:
    """An outlet in, an Atom feed out."""
    root = Element("feed", {"xmlns": ATOM, "xml:lang": outlet.language})
    _add(root, title=outlet.title, id=f"{outlet.base}/", updated=outlet.stories[0].published.isoformat())
    SubElement(root, "link", {"rel": "self", "href": outlet.base + outlet.feed.path})
    for link, story in _links(outlet):
        entry = SubElement(root, "entry")
        stamp = story.published.isoformat()
        _add(entry, title=story.headline, id=link, published=stamp, updated=stamp, summary=story.summary)
        SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": link})
    return _xml(root, outlet.encoding)


def jsonfeed(outlet: Outlet) -> bytes:
    """An outlet in, a JSON Feed 1.1 out."""
    items = [
        {
            "id": link,
            "url": link,
            "title": story.headline,
            "summary": story.summary,
            "date_published": story.published.isoformat(),
        }
        for link, story in _links(outlet)
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.title,
        "home_page_url": f"{outlet.base}/",
        "feed_url": outlet.base + outlet.feed.path,
        "language": outlet.language,
        "items": items,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def sitemap_index(outlet: Outlet) -> bytes:
    """An outlet in, the index out that points to its one news sitemap."""
    root = Element("sitemapindex", {"xmlns": SITEMAP})
    child = SubElement(root, "sitemap")
    _add(child, loc=outlet.base + NEWS_SITEMAP, lastmod=outlet.stories[0].published.isoformat())
    return _xml(root, "utf-8")


def news_sitemap(outlet: Outlet) -> bytes:
    """An outlet in, its news sitemap as a gzip file out."""
    root = Element("urlset", {"xmlns": SITEMAP, "xmlns:news": NEWS})
    for link, story in _links(outlet):
        url = SubElement(root, "url")
        _add(url, loc=link)
        news = SubElement(url, "news:news")
        publication = SubElement(news, "news:publication")
        _add(publication, **{"news:name": outlet.title, "news:language": outlet.language})
        _add(news, **{"news:publication_date": story.published.isoformat(), "news:title": story.headline})
    return gzip.compress(_xml(root, "utf-8"), mtime=0)


def _links(outlet: Outlet) -> list[tuple[str, Story]]:
    return [(link_by(way, outlet, story), story) for story in outlet.stories for way in story.ways]


def _add(parent: Element, **texts: str) -> None:
    for tag, text in texts.items():
        SubElement(parent, tag).text = text


def _xml(root: Element, encoding: str) -> bytes:
    document: bytes = tostring(root, encoding=encoding, xml_declaration=True)
    return document
