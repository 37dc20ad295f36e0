"""A sitemap, a news sitemap or an index of them (also gzipped) -> links to articles, the newest first."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime

from lxml import etree
from scrapy.http import Response

from core.model import Link
from crawler.spiders.base import Found, SourceSpider, UnreadableSourceError, absolute, moment_of

# An index of a large site names thousands of files; its newest few hold the news.
_CHILDREN = 3
_LARGEST = 60_000_000


class SitemapSpider(SourceSpider):
    """Reads a sitemap; of an index it reads the newest children."""

    def find(self, response: Response) -> Found:
        """The links of a sitemap, or the addresses of an index's newest children."""
        root = self._root(response.body)
        entries = [_entry(node) for node in root]
        named = [entry for entry in entries if entry[0]]
        if not named:
            raise UnreadableSourceError("the sitemap names no addresses")
        named.sort(key=lambda entry: entry[2] or datetime.min.replace(tzinfo=UTC), reverse=True)
        if _tag(root) == "sitemapindex":
            newest = absolute(response, [loc for loc, _, _ in named])
            return Found(further=[url for url, _ in zip(newest, range(_CHILDREN), strict=False)])
        return Found(
            links=[
                Link(url, self.target.name, title, moment)
                for loc, title, moment in named
                for url in absolute(response, [loc])
            ]
        )

    def _root(self, body: bytes) -> etree._Element:
        if body[:2] == b"\x1f\x8b":
            body = _unzipped(body)
        # Entities stay unexpanded and nothing is loaded from elsewhere: a sitemap is a stranger's file.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
        try:
            root = etree.fromstring(body.strip(), parser)
        except (etree.XMLSyntaxError, ValueError) as problem:
            raise UnreadableSourceError(f"the sitemap cannot be read as XML: {str(problem)[:120]}") from None
        if root is None or _tag(root) not in ("urlset", "sitemapindex"):
            raise UnreadableSourceError("the address gives no sitemap")
        return root


def _unzipped(body: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            content = file.read(_LARGEST + 1)
    except (OSError, EOFError) as problem:
        raise UnreadableSourceError(f"the sitemap's gzip is damaged: {problem}") from None
    if len(content) > _LARGEST:
        raise UnreadableSourceError("the sitemap is larger than 60 MB unpacked")
    return content


def _tag(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _entry(node: etree._Element) -> tuple[str, str | None, datetime | None]:
    """One <url> or <sitemap>: its address, its news title, its moment."""
    loc, title, moment = "", None, None
    for part in node.iter():
        name, text = _tag(part), (part.text or "").strip()
        if name == "loc" and not loc:
            loc = text
        elif name == "title":
            title = text
        elif name in ("publication_date", "lastmod") and text and (moment is None or name == "publication_date"):
            moment = moment_of(text) or moment
    return loc, title, moment
