"""Feeds of the real world: every format, and what is broken about them; links, or a reason; nothing raises.

`python -m benchmarks.feeds` reads all of feedparser's own test data in the same way.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.feeds import read_feed
from crawler.listed import Listed, ListingFile

URL = "https://outlet.example/feeds/news"
ITEM = (
    "<item><title>One</title><link>https://outlet.example/1</link>"
    "<pubDate>Fri, 13 Jun 2025 12:00:00 +0300</pubDate></item>"
)
RSS2 = f'<rss version="2.0"><channel><title>Outlet</title>{ITEM}</channel></rss>'


def read(body: str | bytes, kind: str = "", told: str | None = None) -> Listed:
    """What a feed gave; `told` is the encoding that the operator names."""
    return read_feed(ListingFile("outlet", URL, body.encode() if isinstance(body, str) else body, kind, told))


@pytest.mark.parametrize(
    "body",
    [
        RSS2,
        RSS2.replace("2.0", "0.91"),
        RSS2.replace(' version="2.0"', ""),
        f"<?xml version='1.0'?>\n{RSS2}",
        f"\n\n<?xml version='1.0'?>\n{RSS2}",
        f"\ufeff{RSS2}",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<item rdf:about="https://outlet.example/1"><title>One</title><link>https://outlet.example/1</link></item></rdf:RDF>',
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>One</title><link href="https://outlet.example/1"/></entry></feed>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://outlet.example/"><entry><title>One</title>'
        '<link rel="alternate" href="1"/></entry></feed>',
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>One</title><link rel="alternate" '
        'type="text/html" href="https://outlet.example/1"/></entry></feed>',
        '<channel href="https://outlet.example/"><item href="https://outlet.example/1"><title>One</title></item></channel>',
        RSS2.replace("https://outlet.example/1", "/1"),
        RSS2.replace("https://outlet.example/1", " \n https://outlet.example/1 \n "),
        RSS2.replace(
            "<link>https://outlet.example/1</link>", '<guid isPermaLink="true">https://outlet.example/1</guid>'
        ),
        RSS2.replace("</channel></rss>", ""),
        RSS2.replace("</title><link>", "</title>War & peace &laquo;yes&raquo; <b><link>"),
        RSS2.replace("<title>One</title>", "<title>One</title>\x0b\x1b<description>\x01</description>"),
        RSS2.replace(
            "<rss", "<!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' 'http://outlet.example/rss.dtd'><rss"
        ),
        '{"version": "1.1", "items": [{"url": "https://outlet.example/1", "title": "One"}]}',
        '\ufeff{"items": [{"external_url": "/1", "title": "One", "date_published": "soon"}, {"url": 3}, null, {}]}',
    ],
)
def test_every_format_gives_its_article(body: str) -> None:
    listed = read(body)
    assert listed.problem is None
    assert [(link.url, link.title) for link in listed.links] == [("https://outlet.example/1", "One")]


@pytest.mark.parametrize(
    ("encoding", "named", "kind"),
    [
        ("utf-16", "utf-16", ""),
        ("windows-1251", "windows-1251", ""),
        ("koi8-r", "koi8-r", "application/xml"),
        ("windows-1251", "utf-8", "text/xml; charset=windows-1251"),
        ("utf-8", "windows-1251", "application/xml; charset=utf-8"),
        ("cp866", "no-such-encoding", "application/xml; charset=cp866"),
    ],
)
def test_encodings_as_the_file_or_the_server_says(encoding: str, named: str, kind: str) -> None:
    body = f'<?xml version="1.0" encoding="{named}"?>{RSS2.replace("One", "Тела")}'
    assert read(body.encode(encoding), kind).links[0].title == "Тела"


def test_the_operator_knows_the_encoding_better() -> None:
    body = f'<?xml version="1.0" encoding="utf-8"?>{RSS2.replace("One", "Тела")}'.encode("windows-1251")
    assert read(body, "application/xml; charset=utf-8", "cp1251").links[0].title == "Тела"


def test_a_time_is_told_in_utc_and_one_that_is_none_is_left_out() -> None:
    assert str(read(RSS2).links[0].published) == "2025-06-13 09:00:00+00:00"
    assert read(RSS2.replace("13 Jun 2025", "99 Juni 20255")).links[0].published is None


BOMB = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + RSS2.replace("One", "&b;")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf  ", "empty"),
        (BOMB.encode(), "entities"),
        (BOMB.encode("utf-16"), "entities"),
        (f"<!-- {'x' * 200_000} -->{BOMB}".encode(), "entities"),
        (b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]><rss/>', "entities"),
        (b"Not found", "cannot be read"),
        (b"\x89PNG\r\n\x1a\n", "cannot be read"),
        (b"<sitemapindex/>", "cannot be read"),
        (b"{", "no JSON Feed"),
        (b"[" * 100_000, "no JSON Feed"),
        (b'{"items": ' + b"1" * 5_000 + b"}", "no JSON Feed"),
        (b'{"feed": []}', "no JSON Feed"),
    ],
)
def test_what_is_no_feed_has_a_reason(body: bytes, reason: str) -> None:
    listed = read(body)
    assert not listed.links
    assert listed.problem
    assert reason in listed.problem


@given(st.binary(max_size=300), st.sampled_from([b"", b"<rss><channel><item>", b"<feed>", b'{"items":[', b"\xff\xfe"]))
def test_no_bytes_raise(body: bytes, head: bytes) -> None:
    read(head + body)


@given(st.integers(0, 250), st.binary(max_size=4))
def test_no_damage_to_a_good_one_raises(at: int, change: bytes) -> None:
    whole = RSS2.encode()
    read(whole[:at] + change + whole[at + len(change) :])
    read(whole[:at])


KEYS = st.sampled_from(["items", "url", "title", "date_published", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
)


@given(JSON)
def test_no_json_raises(data: object) -> None:
    read(json.dumps({"items": [data]}))
    read(json.dumps(data))
