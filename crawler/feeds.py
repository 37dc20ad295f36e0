"""A feed, as RSS, Atom, CDF or JSON Feed -> its links."""

from __future__ import annotations

import calendar
import io
import json
from datetime import UTC, datetime
from typing import Any

import feedparser

from core.model import Link
from crawler.listed import Listed, ListingFile, absolute, declares_entities, moment_of

_UTF8_BOM = b"\xef\xbb\xbf"


def read_feed(file: ListingFile) -> Listed:
    """The links of a feed, in its order; never raises."""
    body = file.body.removeprefix(_UTF8_BOM).lstrip()
    if not body:
        return Listed(problem="the feed is empty")
    if body[:1] in (b"{", b"["):
        return _read_json(file)
    if declares_entities(body):
        return Listed(problem="the feed declares XML entities, which is refused")
    header = f"application/xml; charset={file.encoding}" if file.encoding else file.content_type
    try:
        parsed = feedparser.parse(io.BytesIO(file.body), response_headers={"content-type": header}, sanitize_html=False)
    except Exception as error:  # whatever a stranger's file does to the library
        return Listed(problem=f"the feed cannot be read: {type(error).__name__}")
    if not parsed.entries and not parsed.get("version"):
        reason = " ".join(str(parsed.get("bozo_exception") or "it is no feed").split())
        return Listed(problem=f"the feed cannot be read as XML: {reason[:120]}")
    return Listed([link for entry in parsed.entries if (link := _entry(file, entry))])


def _entry(file: ListingFile, entry: dict[str, Any]) -> Link | None:
    url = next(absolute(file.url, [str(entry.get("link") or "")]), None) if entry.get("link") else None
    # Asked for what is not there, feedparser's own get makes it of what is, and warns.
    moment = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
    try:
        published = datetime.fromtimestamp(calendar.timegm(moment), UTC) if moment else None
    except (ValueError, OverflowError, TypeError, OSError):
        published = None
    title = entry.get("title")
    return Link(url, file.source, str(title) if title else None, published) if url else None


def _read_json(file: ListingFile) -> Listed:
    try:
        data = json.loads(file.body.removeprefix(_UTF8_BOM))
        items = data["items"] if isinstance(data, dict) else []
    except (ValueError, KeyError, RecursionError):
        return Listed(problem="the feed is JSON, but no JSON Feed with items")
    links = []
    for item in items if isinstance(items, list) else []:
        address = item.get("url") or item.get("external_url") if isinstance(item, dict) else None
        for url in absolute(file.url, [address] if isinstance(address, str) else []):
            title = item.get("title")
            published = moment_of(item.get("date_published"))
            links.append(Link(url, file.source, title if isinstance(title, str) else None, published))
    return Listed(links)
