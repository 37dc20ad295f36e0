"""Every shape that the sitemaps protocol knows, and what sites make of it: links, or a reason; nothing raises."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.listed import Listed, ListingFile
from crawler.sitemaps import read_sitemap

URL = "https://outlet.example/maps/news.xml"
PROTOCOL = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
EXTENSIONS = (
    f'{PROTOCOL} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" '
    'xmlns:video="http://www.google.com/schemas/sitemap-video/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)


def read(body: str | bytes, encoding: str = "utf-8", told: str | None = None) -> Listed:
    """What a sitemap gave; `told` is the encoding that the operator names."""
    return read_sitemap(ListingFile("outlet", URL, body.encode(encoding) if isinstance(body, str) else body, "", told))


def urlset(*urls: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>', of: str = PROTOCOL) -> str:
    """A sitemap of these <url> elements' insides."""
    return f"{head}<urlset {of}>{''.join(f'<url>{each}</url>' for each in urls)}</urlset>"


ONE = "<loc>https://outlet.example/1</loc>"
NEWS = (
    f"{ONE}<lastmod>2020-01-01</lastmod><news:news><news:publication><news:name>Outlet</news:name>"
    "<news:language>uk</news:language></news:publication><news:publication_date>2025-06-13T12:00:00+03:00"
    "</news:publication_date><news:title>Обмін тілами</news:title></news:news>"
)
IMAGE = (
    f"{ONE}<image:image><image:loc>https://outlet.example/1.jpg</image:loc><image:title>A bus</image:title>"
    "</image:image>"
)
VIDEO = (
    f"{ONE}<video:video><video:thumbnail_loc>https://outlet.example/t.jpg</video:thumbnail_loc><video:title>A bus"
    "</video:title><video:publication_date>2025-06-13</video:publication_date></video:video>"
)
HREFLANG = f'{ONE}<xhtml:link rel="alternate" hreflang="uk" href="https://outlet.example/uk/1"/>'
RSS = (
    '<rss version="2.0"><channel><title>Outlet</title><item><title>One</title>'
    "<link>https://outlet.example/1</link></item></channel></rss>"
)
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>One</title><link href="/1"/></entry></feed>'
IN_TEXT = "https://outlet.example/0\nhttps://outlet.example/1\n"


@pytest.mark.parametrize(
    "body",
    [
        urlset(ONE),
        urlset(f"{ONE}<lastmod>2025-06-13</lastmod><changefreq>hourly</changefreq><priority>0.8</priority>"),
        urlset(f"{ONE}<lastmod>yesterday</lastmod>"),
        urlset(NEWS, of=EXTENSIONS),
        urlset(IMAGE, of=EXTENSIONS),
        urlset(VIDEO, of=EXTENSIONS),
        urlset(HREFLANG, of=EXTENSIONS),
        urlset("<loc>/1</loc>"),
        urlset("<loc>\n  https://outlet.example/1\n</loc>"),
        urlset("<loc><![CDATA[https://outlet.example/1]]></loc>"),
        urlset("<!-- the first --><loc>https://outlet.example/1</loc>"),
        urlset(ONE, "<loc></loc>", "<loc>mailto:desk@outlet.example</loc>", ""),
        urlset(ONE, of='xmlns="http://www.google.com/schemas/sitemap/0.84"'),
        urlset(ONE, of='xmlns="https://www.sitemaps.org/schemas/sitemap/0.9"'),
        urlset(ONE, of=""),
        urlset(ONE, head=""),
        urlset(ONE, head="\n  "),
        urlset(ONE, head='\n<?xml version="1.0" encoding="UTF-8"?>'),
        urlset(
            ONE, head='<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="/sitemap.xsl"?><!-- by a plugin -->'
        ),
        urlset(ONE).replace("</urlset>", ""),
        urlset(ONE, NEWS, of=EXTENSIONS)[:-60],
        urlset(f"{ONE}<news:title>War & peace</news:title>"),
        RSS,
        ATOM,
        IN_TEXT,
        IN_TEXT.replace("\n", "\r\n"),
        f"\n{IN_TEXT}\n# the end\n",
    ],
)
def test_every_shape_gives_its_address(body: str) -> None:
    for encoding in ("utf-8", "utf-8-sig"):
        listed = read(body, encoding)
        assert listed.problem is None
        assert listed.links[0].url == "https://outlet.example/1"


def test_a_news_sitemap_tells_title_and_time_of_publication_not_of_change() -> None:
    (link,) = read(urlset(NEWS, of=EXTENSIONS)).links
    assert (link.title, str(link.published)) == ("Обмін тілами", "2025-06-13 09:00:00+00:00")


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("windows-1251", "windows-1251"), ("koi8-r", "KOI8-R")],
)
def test_other_encodings_are_read(encoding: str, named: str) -> None:
    body = urlset(NEWS.replace("і", "и"), head=f'<?xml version="1.0" encoding="{named}"?>', of=EXTENSIONS)
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    assert read(mark + body.encode(encoding)).links[0].title == "Обмин тилами"


def test_the_operator_knows_the_encoding_better_than_the_file() -> None:
    body = urlset(NEWS.replace("і", "и"), of=EXTENSIONS).encode("windows-1251")
    assert read(body, told="cp1251").links[0].title == "Обмин тилами"
    assert read(body).links[0].url == "https://outlet.example/1"


def test_the_newest_come_first_and_those_without_a_time_last() -> None:
    days = {"a": "2025-06-11", "b": "2025-06-13T01:00Z", "c": "", "d": "2025-06-13T00:00:00+03:00"}
    entries = (f"<loc>/{name}</loc><lastmod>{day}</lastmod>" for name, day in days.items())
    assert [link.url[-1] for link in read(urlset(*entries)).links] == ["b", "d", "a", "c"]


def test_in_a_text_file_the_last_are_taken_for_the_newest() -> None:
    assert [link.url[-1] for link in read(IN_TEXT).links] == ["1", "0"]


def test_an_index_names_its_newest_children() -> None:
    children = "".join(
        f"<sitemap><loc>/{n}.xml.gz</loc><lastmod>2025-06-{n:02}</lastmod></sitemap>" for n in range(1, 9)
    )
    listed = read(f"<sitemapindex {PROTOCOL}>{children}</sitemapindex>")
    assert listed.further == [f"https://outlet.example/{n}.xml.gz" for n in (8, 7, 6)]
    assert not listed.links


@pytest.mark.parametrize("body", [urlset(ONE), RSS, IN_TEXT])
def test_each_may_be_gzipped(body: str) -> None:
    assert read(gzip.compress(body.encode())).links[0].url == "https://outlet.example/1"


def test_of_fifty_thousand_the_newest_thousand_are_kept() -> None:
    entries = (f"<loc>/{n}</loc><lastmod>{2000 + n // 300}-01-01</lastmod>" for n in range(9_000))
    links = read(urlset(*entries)).links
    assert len(links) == 1_000
    assert all(link.published and link.published.year >= 2026 for link in links)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\x1f\x8b\x08 no gzip", "gzip is damaged"),
        (gzip.compress(urlset(ONE).encode())[:-20], "gzip is damaged"),
        (gzip.compress(b" " * 60_000_001), "larger than 60 MB"),
        (b"<html><body>Not found</body></html>", "gives no sitemap"),
        (b"Not found", "gives no sitemap"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "gives no sitemap"),
        (b"<", "gives no sitemap"),
        (b"<!-- nothing -->", "cannot be read as XML|gives no sitemap"),
        (urlset().encode(), "names no addresses"),
        (urlset("<loc>ftp://outlet.example/1</loc>").encode(), "can be fetched"),
        (f"<sitemapindex {PROTOCOL}/>".encode(), "names no addresses"),
        (b'<!DOCTYPE u [<!ENTITY a "b">]>' + urlset("<loc>/&a;</loc>", head="").encode(), "entities"),
        (
            ('<!DOCTYPE u [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + urlset(ONE, head="")).encode("utf-16"),
            "entities",
        ),
    ],
)
def test_whatever_is_no_sitemap_has_a_reason(body: bytes, reason: str) -> None:
    listed = read(body)
    assert not listed.links
    assert listed.problem
    assert any(part in listed.problem for part in reason.split("|"))


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"<urlset>", b"<sitemapindex>", b"\x1f\x8b\x08", b"\xff\xfe", b"http://"]),
)
def test_no_bytes_raise(body: bytes, head: bytes) -> None:
    listed = read(head + body)
    assert bool(listed.links or listed.further) != bool(listed.problem)


@given(st.integers(0, 600), st.binary(max_size=4))
def test_no_damage_to_a_good_one_raises(at: int, change: bytes) -> None:
    whole = urlset(NEWS, IMAGE, of=EXTENSIONS).encode()
    read(whole[:at] + change + whole[at + len(change) :])
    read(whole[:at])
