"""A fetched page -> the article on it: title, text, moment of publication, language, canonical address."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

import trafilatura
from lxml.etree import ElementDefaultClassLookup, LxmlError, XPath, strip_elements
from lxml.html import HtmlComment, HtmlElement
from trafilatura import xpaths
from trafilatura.settings import Document
from trafilatura.utils import HTML_PARSER, load_html

from core.model import Article, Hints, Page, Unreadable
from core.urls import canonical, is_fetchable
from parsers.language import language_of

# Where every element is of one class, lxml need not ask Python each time which it is: a tenth of the time.
HTML_PARSER.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement, comment=HtmlComment))

_EXSLT = "http://exslt.org/regular-expressions"
_TEST = re.compile(r"re:test\((@[\w|@]+),")


def spare_tests(paths: list[XPath]) -> None:
    """Let paths ask for an attribute before they test it with a regular expression, which is a call of Python.

    None of trafilatura's expressions holds of an attribute that is not there, so what is found stays the same; half of
    the calls, a tenth of an extraction, are spared. Nor need the values that are tested know their elements.
    """
    paths[:] = [
        XPath(_TEST.sub(r"\1 and re:test(\1,", each.path), namespaces={"re": _EXSLT}, smart_strings=False)
        for each in paths
    ]


for _paths in vars(xpaths).values():
    if isinstance(_paths, list):
        spare_tests(_paths)

_NO_HINTS = Hints()
_SHORTEST = 40
# Among 4,100 real news pages the largest had 2.9 MB; far larger ones cost minutes and gigabytes to take apart.
_LONGEST = 3_500_000
_LOW, _SIGNS = bytes(range(0x80)), bytes(range(0x80, 0xC0))
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_PUBLISHED_META = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@name='article:published_time']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//meta[@name='pubdate' or @name='publish-date' or @name='date' or @name='DC.date.issued']/@content",
    "//*[@itemprop='datePublished']/@datetime",
    "//article//time/@datetime",
    "//time[@pubdate]/@datetime",
    "//time/@datetime",
)


def extract(
    page: Page, outlet: str, language: str | None = None, timezone: str = "UTC", hints: Hints = _NO_HINTS
) -> Article | Unreadable:
    """The article of a page, or why there is none, in words. Never raises, whatever the bytes.

    `language` and `timezone` are the source's own: the first decides in doubt, the second is that of times without one.
    Where a hint finds nothing, it counts as not given.
    """
    try:
        return _extract(page, outlet, language, ZoneInfo(timezone), hints)
    except (ValueError, LxmlError, RecursionError, AssertionError, TypeError, AttributeError, LookupError) as problem:
        return _unreadable(page, f"the page could not be parsed: {type(problem).__name__}")


def _unreadable(page: Page, reason: str) -> Unreadable:
    return Unreadable(canonical(page.url), page.source, reason, page.fetched_at, _aliases(page, canonical(page.url)))


def _extract(page: Page, outlet: str, language: str | None, zone: ZoneInfo, hints: Hints) -> Article | Unreadable:
    if not page.body.strip():
        return _unreadable(page, "the page is empty")
    if len(page.body) > _LONGEST:
        return _unreadable(page, f"the page is too large for an article ({len(page.body) // 1_000_000} MB)")
    if page.content_type and not re.search("html|xml|text", page.content_type, re.IGNORECASE):
        return _unreadable(page, f"the page is no HTML but {page.content_type.split(';')[0]}")
    text = page.body.decode(hints.encoding, "replace") if hints.encoding else decode(page.body, page.content_type)
    tree = load_html(_without_nuls(text))
    if tree is None:
        return _unreadable(page, "the page is no HTML")
    # Read before trafilatura takes the tree apart.
    url = _address(tree, page)
    published = _hinted_moment(tree, hints.date, zone, page.fetched_at) or _published(tree, page, zone)
    title = " ".join(_hinted(tree, hints.title)[:1]) or _title(tree, page)
    body = "\n".join(_hinted(tree, hints.text)) or _main_text(tree, url)
    if len(body.strip()) < _SHORTEST:
        return _unreadable(page, "no article text was found on the page")
    paragraphs = [line.strip() for line in body.splitlines() if line.strip()]
    if title and paragraphs and _same(paragraphs[0], title):
        paragraphs = paragraphs[1:] or paragraphs
    whole = "\n\n".join(paragraphs)
    return Article(
        url=url,
        source=page.source,
        outlet=outlet,
        title=title,
        text=whole,
        language=language_of(f"{title or ''} {whole}", language),
        published=published,
        fetched_at=page.fetched_at,
        aliases=_aliases(page, url),
    )


def _main_text(tree: Any, url: str) -> str:
    # None of these has text of an article; trafilatura would look at each some twenty times.
    strip_elements(tree, "svg", "style", "link", "meta", with_tail=False)
    found = trafilatura.bare_extraction(
        tree, url=url, include_comments=False, include_tables=True, favor_precision=True, with_metadata=False
    )
    return (found.text if isinstance(found, Document) else "") or ""


def _hinted(tree: Any, selector: str | None) -> list[str]:
    """The texts of what a selector finds, without those that are empty."""
    found = tree.cssselect(selector) if selector else ()
    return [text for node in found if (text := " ".join(node.text_content().split()))]


def _hinted_moment(tree: Any, selector: str | None, zone: ZoneInfo, fetched: datetime) -> datetime | None:
    for node in tree.cssselect(selector)[:1] if selector else ():
        told = [node.get("datetime"), node.get("content"), node.text_content()]
        for text in filter(None, told):
            if moment := _moment(text, zone, fetched) or _day_first(text, zone, fetched):
                return moment
    return None


def decode(body: bytes, content_type: str | None) -> str:
    """The bytes as text: by BOM, then UTF-8 if they are that, then as the header, then as the page itself says.

    Servers lie, and few other texts are valid UTF-8, so that is tried first; windows-1251 and windows-1252 come last.
    """
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if body.startswith(mark):
            return body.decode(name, "replace")
    header = _CHARSET.search((content_type or "").encode("latin-1", "replace"))
    inside = _CHARSET.search(body[:4096])
    named = [match.group(1).decode("ascii", "replace") for match in (header, inside) if match]
    for name in ("utf-8", *named):
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    try:
        return body.decode("windows-1251" if _looks_cyrillic(body) else "windows-1252")
    except UnicodeDecodeError:
        return body.decode("utf-8", "replace")


def _looks_cyrillic(body: bytes) -> bool:
    """Whether the high bytes are mostly those of Cyrillic letters in windows-1251."""
    start = body[:20_000]
    high = start.translate(None, _LOW)
    return bool(high) and len(high.translate(None, _SIGNS)) > 0.8 * len(high) and len(high) > 0.05 * len(start)


def _without_nuls(text: str) -> str:
    """Without NULs and lone surrogates, which lxml refuses."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")


def _address(tree: Any, page: Page) -> str:
    """The canonical address that the page names, if it is of the same site and no mere home page; else its own."""
    own = canonical(page.url)
    for href in tree.xpath("//link[@rel='canonical']/@href | //meta[@property='og:url']/@content"):
        named = canonical(urljoin(page.url, str(href).strip()))
        if is_fetchable(named) and _site(named) == _site(own) and urlsplit(named).path not in ("", "/"):
            return named
    return own


def _site(url: str) -> str:
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


def _aliases(page: Page, url: str) -> tuple[str, ...]:
    """The other addresses that lead to the article, canonical and as asked for."""
    others = [page.url, page.requested_url, canonical(page.url), canonical(page.requested_url)]
    return tuple(dict.fromkeys(other for other in others if other != url))


def _title(tree: Any, page: Page) -> str | None:
    """The headline: as OpenGraph gives it, as the first h1, as the page's title, as the feed had it."""
    for path in ("//meta[@property='og:title']/@content", "//h1", "//head/title"):
        for node in tree.xpath(path)[:1]:
            text = " ".join((node if isinstance(node, str) else node.text_content()).split())
            if text:
                return text
    return page.link.title if page.link else None


def _same(one: str, two: str) -> bool:
    def bare(text: str) -> str:
        return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text)).lower()

    return bare(one) == bare(two)


def _published(tree: Any, page: Page, zone: ZoneInfo) -> datetime | None:
    """The moment of publication in UTC: by JSON-LD, metadata, <time>, the feed, or the text of a <time>."""
    for text in _dates_told(tree):
        if moment := _moment(text, zone, page.fetched_at):
            return moment
    if page.link and page.link.published:
        return page.link.published
    for node in tree.xpath("//article//time | //time")[:2]:
        if moment := _day_first(node.text_content(), zone, page.fetched_at):
            return moment
    return None


def _dates_told(tree: Any) -> Iterator[str]:
    for script in tree.xpath("//script[@type='application/ld+json']/text()")[:5]:
        yield from _json_dates(script)
    for path in _PUBLISHED_META:
        yield from (str(value) for value in tree.xpath(path)[:1])


def _json_dates(script: str) -> Iterator[str]:
    try:
        waiting = [json.loads(script)]
    except (ValueError, RecursionError):
        return
    for _ in range(200):
        if not waiting:
            return
        item = waiting.pop(0)
        if isinstance(item, dict):
            if isinstance(item.get("datePublished"), str):
                yield item["datePublished"]
            waiting += [value for value in item.values() if isinstance(value, dict | list)]
        elif isinstance(item, list):
            waiting += item


def _moment(text: str, zone: ZoneInfo, fetched: datetime) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return _plausible(moment, zone, fetched)


def _day_first(text: str, zone: ZoneInfo, fetched: datetime) -> datetime | None:
    """A date as people write it, "23.11.2026, 14:05"."""
    match = re.search(r"(\d{1,2})[./](\d{1,2})[./](\d{4})(?:\D{1,4}(\d{1,2}):(\d{2}))?", text)
    if match is None:
        return None
    day, month, year, hour, minute = (int(part or 0) for part in match.groups())
    try:
        return _plausible(datetime(year, month, day, hour, minute), zone, fetched)  # noqa: DTZ001 - given its zone there
    except ValueError:
        return None


def _plausible(moment: datetime, zone: ZoneInfo, fetched: datetime) -> datetime | None:
    """The moment in UTC; none where it lies in the far past or more than a day ahead of the fetch."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    try:
        utc = aware.astimezone(UTC)
    except OverflowError:
        return None
    return utc if utc.year > 1990 and (utc - fetched).days < 1 else None
