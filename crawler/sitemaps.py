"""A sitemap in any shape of the protocol (XML, an index, text, a feed; also gzipped) -> links, the newest first."""

from __future__ import annotations

import gzip
import io
import zlib
from datetime import UTC, datetime
from typing import NamedTuple

from lxml import etree

from core.model import Link
from crawler.feeds import read_feed
from crawler.listed import Listed, ListingFile, absolute, declares_entities, moment_of

# An index of a large site names thousands of files; its newest few hold the news.
_CHILDREN = 3
_LARGEST = 60_000_000
# The protocol allows 50,000 in one file. A visit takes a thousand at most.
_MOST = 1_000
_FEEDS = ("rss", "feed", "RDF")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NEVER = datetime.min.replace(tzinfo=UTC)


class _Entry(NamedTuple):
    loc: str
    title: str | None
    moment: datetime | None


def read_sitemap(file: ListingFile, children: int = _CHILDREN, most: int = _MOST, since: datetime = _NEVER) -> Listed:
    """The links of a sitemap, or the addresses of an index's newest children; never raises.

    `children` and `most` are how many; what has not changed `since` is left out.
    """
    try:
        body = _unzipped(file.body) if file.body[:2] == b"\x1f\x8b" else file.body
    except (OSError, EOFError, zlib.error) as problem:
        return Listed(problem=f"the sitemap's gzip is damaged: {problem}")
    if len(body) > _LARGEST:
        return Listed(problem="the sitemap is larger than 60 MB unpacked")
    if not body.strip():
        return Listed(problem="the sitemap is empty")
    if declares_entities(body):
        return Listed(problem="the sitemap declares XML entities, which is refused")
    told = _text_of(body)
    if told is not None:
        return _of_text(file, told, most)
    return _of_xml(file._replace(body=body), children, most, since)


def _of_xml(file: ListingFile, children: int, most: int, since: datetime) -> Listed:
    # Entities stay unexpanded and nothing is loaded from elsewhere: a sitemap is a stranger's file.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, recover=True, encoding=file.encoding
    )
    try:
        root = etree.fromstring(file.body.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as problem:
        return Listed(problem=f"the sitemap cannot be read as XML: {str(problem)[:120]}")
    kind = "" if root is None else _tag(root)
    if kind in _FEEDS:
        return read_feed(file)
    if kind not in ("urlset", "sitemapindex"):
        return Listed(problem="the address gives no sitemap")
    named = [entry for entry in map(_entry, root) if entry.loc]
    if not named:
        return Listed(problem="the sitemap names no addresses")
    named = [entry for entry in named if entry.moment is None or entry.moment >= since]
    named.sort(key=lambda entry: entry.moment or _NEVER, reverse=True)
    if kind == "sitemapindex":
        newest = absolute(file.url, [entry.loc for entry in named])
        return Listed(further=[url for url, _ in zip(newest, range(children), strict=False)])
    links = [
        Link(url, file.source, entry.title, entry.moment)
        for entry in named[:most]
        for url in absolute(file.url, [entry.loc])
    ]
    lost = bool(named) and not links
    return Listed(links, problem="the sitemap names no addresses that can be fetched" if lost else None)


def _of_text(file: ListingFile, told: str, most: int) -> Listed:
    """The addresses of a text file, one a line; the protocol has no times there, and the last are the newest."""
    urls = [url for line in told.splitlines() if line.startswith(("http://", "https://"))
            for url in absolute(file.url, [line])]  # fmt: skip
    if not urls:
        return Listed(problem="the address gives no sitemap")
    return Listed([Link(url, file.source) for url in reversed(urls[-most:])])


def _text_of(body: bytes) -> str | None:
    """The text of a file that is no XML; None where it is XML."""
    encoding = next((name for mark, name in _BOMS if body.startswith(mark)), "utf-8")
    if encoding == "utf-8" and body.lstrip()[:1] == b"<":
        return None
    told = body.decode(encoding, "replace").lstrip()
    return None if told.startswith("<") else told


def _unzipped(body: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
        return file.read(_LARGEST + 1)


def _tag(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2] if isinstance(node.tag, str) else ""


def _entry(node: etree._Element) -> _Entry:
    """One <url> or <sitemap>: its address, its news title, its moment."""
    loc, title, moment = "", None, None
    for part in node.iter(etree.Element):
        name, text = _tag(part), (part.text or "").strip()
        if name == "loc" and not loc:
            loc = text
        elif name == "title" and text and title is None:
            title = text
        elif name in ("publication_date", "lastmod") and text and (moment is None or name == "publication_date"):
            moment = moment_of(text) or moment
    return _Entry(loc, title, moment)
