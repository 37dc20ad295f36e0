"""Given this page, this article: encodings that lie, moments with and without a timezone, pages that are none."""

from __future__ import annotations

import importlib.util
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import fromstring
from trafilatura import xpaths

from core.model import Article, Hints, Link, Page, Unreadable
from parsers.extract import decode, extract
from parsers.language import language_of

FETCHED = datetime(2025, 6, 15, 12, 0, tzinfo=UTC)
TEXT = "До України повернули тіла 909 полеглих захисників, повідомив штаб у неділю. Перелік імен не оприлюднено."
BODY = "Ukraine has received the bodies of 909 of its fallen soldiers, officials in Kyiv said on Sunday, at noon."


def page(body: bytes | str, content_type: str | None = "text/html; charset=utf-8", **more: Any) -> Page:
    """A fetched page."""
    url = more.pop("url", "https://courier.example/news/1?utm_source=rss")
    raw = body.encode() if isinstance(body, str) else body
    return Page(url, more.pop("requested", url), "courier", 200, raw, FETCHED, content_type, **more)


def document(text: str = BODY, head: str = "", above: str = "") -> str:
    """A news page around a text."""
    return (
        f"<!DOCTYPE html><html><head><title>A title</title>{head}</head><body><nav><a href='/'>Home</a></nav>"
        f"<article><h1>A title</h1>{above}<p>{text}</p><p>{text[::-1].capitalize()}.</p></article></body></html>"
    )


def article(fetched: Page, **source: Any) -> Article:
    """The article of a page; the test fails where there is none."""
    found = extract(fetched, "Courier", **source)
    assert isinstance(found, Article), found
    return found


def test_paths_with_fewer_tests_find_what_trafilatura_means() -> None:
    specification = importlib.util.find_spec("trafilatura.xpaths")
    assert specification is not None and specification.loader is not None
    meant = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(meant)
    words = set(re.findall(r"[A-Za-z][\w-]{2,}", Path(str(specification.origin)).read_text("utf-8")))
    marks = [f'{name}="{word}"' for word in sorted(words) for name in ("id", "class", "style", "role")]
    tags = ("div", "p", "section", "span", "article", "main", "ul", "h1")
    elements = [f"<{tags[n % len(tags)]} {mark}>a</{tags[n % len(tags)]}>" for n, mark in enumerate(["", *marks])]
    tree = fromstring(f"<div><main>{''.join(elements)}</main></div>")
    found = 0
    for name, paths in vars(meant).items():
        if isinstance(paths, list):
            for path, spared in zip(paths, getattr(xpaths, name), strict=True):
                assert spared(tree) == path(tree), path
                found += len(path(tree))
    assert found > 100
    assert any("@class and re:test(@class" in spared.path for spared in xpaths.OVERALL_DISCARD_XPATH)


def test_an_article_has_its_title_text_and_canonical_address() -> None:
    found = article(page(document()))
    assert (found.title, found.url, found.outlet) == ("A title", "https://courier.example/news/1", "Courier")
    assert found.text.startswith(BODY)
    assert "Home" not in found.text
    assert "A title" not in found.text
    assert "https://courier.example/news/1?utm_source=rss" in found.aliases


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (document(TEXT).encode("utf-8"), "text/html; charset=utf-8"),
        (document(TEXT).encode("utf-8"), "text/html; charset=windows-1251"),
        (document(TEXT).encode("utf-8"), None),
        (document(TEXT).encode("cp1251"), "text/html; charset=windows-1251"),
        (document(TEXT).encode("cp1251"), "text/html; charset=utf-8"),
        (document(TEXT).encode("cp1251"), "text/html"),
        (document(TEXT, '<meta charset="windows-1251">').encode("cp1251"), "text/html"),
        (document(TEXT).encode("utf-16"), "text/html"),
        (b"\xef\xbb\xbf" + document(TEXT).encode(), "text/html"),
        (document(TEXT).encode("koi8-u", "replace"), "text/html; charset=koi8-u"),
    ],
)
def test_the_text_is_read_in_whatever_encoding_it_comes(raw: bytes, content_type: str | None) -> None:
    found = article(page(raw, content_type))
    assert found.text.startswith(TEXT[:40])
    assert found.language == "uk"


@pytest.mark.parametrize(
    ("head", "above", "expected"),
    [
        (
            '<script type="application/ld+json">{"@graph":[{"datePublished":"2025-06-15T11:30:00+03:00"}]}</script>',
            "",
            8.5,
        ),
        ('<meta property="article:published_time" content="2025-06-15T08:30:00Z">', "", 8.5),
        ('<meta property="article:published_time" content="2025-06-15T11:30:00">', "", 8.5),
        ("", '<time datetime="2025-06-15T11:30:00+03:00">today</time>', 8.5),
        ("", "<time>15.06.2025, 11:30</time>", 8.5),
        ('<script type="application/ld+json">{broken</script>', '<time datetime="2025-06-15T08:30Z"></time>', 8.5),
    ],
)
def test_the_moment_of_publication_is_told_in_utc(head: str, above: str, expected: float) -> None:
    found = article(page(document(head=head, above=above)), timezone="Europe/Kyiv")
    assert found.published is not None
    assert found.published.utcoffset() == UTC.utcoffset(None)
    assert found.published.hour + found.published.minute / 60 == expected


def test_the_feed_tells_the_moment_where_the_page_does_not() -> None:
    moment = datetime(2025, 6, 15, 9, 0, tzinfo=UTC)
    found = article(page(document(), link=Link("https://courier.example/news/1", "courier", "T", moment)))
    assert found.published == moment


@pytest.mark.parametrize("told", ["2035-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "yesterday"])
def test_an_impossible_moment_is_none(told: str) -> None:
    head = f'<meta property="article:published_time" content="{told}">'
    assert article(page(document(head=head))).published is None


@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        ("https://courier.example/news/909-home", "https://courier.example/news/909-home"),
        ("/news/909-home", "https://courier.example/news/909-home"),
        ("https://elsewhere.invalid/x", "https://courier.example/news/1"),
        ("https://courier.example/", "https://courier.example/news/1"),
    ],
)
def test_a_canonical_address_counts_on_the_same_site_only(canonical: str, expected: str) -> None:
    assert article(page(document(head=f'<link rel="canonical" href="{canonical}">'))).url == expected


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "text/html", "empty"),
        (b"   \n", "text/html", "empty"),
        (b"%PDF-1.7", "application/pdf", "no HTML but application/pdf"),
        (b"<html><body><p>short</p></body></html>", "text/html", "no article text"),
        (b"\x00\x01\x02\x03", "text/html", ""),
        (b"\xff\xfe\x00", "text/html", ""),
    ],
)
def test_a_page_without_an_article_says_why(body: bytes, content_type: str, reason: str) -> None:
    found = extract(page(body, content_type), "Courier")
    assert isinstance(found, Unreadable)
    assert reason in found.reason


def test_nuls_and_deep_nesting_and_ten_megabytes_are_borne() -> None:
    assert isinstance(extract(page(document().replace("fallen", "fal\x00len")), "C"), Article | Unreadable)
    assert isinstance(extract(page("<div>" * 5_000 + BODY), "C"), Article | Unreadable)
    assert isinstance(extract(page("<html><body>" + f"<p>{BODY}</p>" * 80_000), "C"), Unreadable)


@settings(max_examples=60)
@given(
    st.binary(max_size=400),
    st.sampled_from(["text/html", "text/html; charset=utf-8", "text/html; charset=nonsense", None]),
)
def test_no_bytes_raise(body: bytes, content_type: str | None) -> None:
    decode(body, content_type)
    assert isinstance(extract(page(b"<html><body>" + body, content_type), "C"), Article | Unreadable)


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("Україна повернула полонених", None, "uk"),
        ("Россия вернула пленных, объявило ведомство", None, "ru"),
        ("Ukraine has received the bodies of its fallen soldiers", None, "en"),
        ("La Russie a remis à l'Ukraine un millier de corps de soldats", None, "fr"),
        ("205", "uk", "uk"),
        ("", None, None),
    ],
)
def test_the_language_of_a_text(text: str, hint: str | None, expected: str | None) -> None:
    assert language_of(text, hint) == expected


def test_the_operator_may_say_where_what_is() -> None:
    body = (
        f"<html><head><title>Wrong</title></head><body><div class=t>The right title</div><p>{'Read also. ' * 40}</p>"
        f"<div class=story><p>{BODY}</p><p>Second.</p></div><span class=when>13.06.2025, 14:30</span></body></html>"
    )
    hints = Hints(".t", ".story p", ".when")
    found = article(page(body), timezone="Europe/Kyiv", hints=hints)
    assert (found.title, found.text) == ("The right title", f"{BODY}\n\nSecond.")
    assert found.published == datetime(2025, 6, 13, 11, 30, tzinfo=UTC)


def test_a_hint_that_finds_nothing_counts_as_not_given() -> None:
    found = article(page(document()), hints=Hints(".t", ".story", ".when"))
    assert (found.title, BODY in found.text) == ("A title", True)


def test_the_operator_knows_the_encoding_better() -> None:
    raw = document(TEXT).encode("koi8-u", "replace")
    assert "полеглих" in article(page(raw, "text/html; charset=windows-1251"), hints=Hints(encoding="koi8-u")).text
