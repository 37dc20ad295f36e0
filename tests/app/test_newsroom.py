"""The demo's newsroom: what its outlets serve, in which encodings and for which day, and that the pages can be read."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email.message import Message
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import pytest
import trafilatura
from lxml import etree, html

from app.demo.dates import Calendar, load_calendars
from app.demo.feeds import link_by
from app.demo.newsroom import Newsroom, sources
from app.demo.stories import Outlet, Story, load_outlets

TODAY = date(2026, 6, 14)  # a Sunday
OUTLETS = {outlet.name: outlet for outlet in load_outlets(TODAY)}
STORIES = [pytest.param(outlet, story, id=story.slug) for outlet in OUTLETS.values() for story in outlet.stories]
LINKS = [
    pytest.param(link_by(way, outlet, story), outlet, story, id=f"{story.slug}-{way}")
    for outlet in OUTLETS.values()
    for story in outlet.stories
    for way in story.ways
]


class Reply(NamedTuple):
    status: int
    headers: Message
    body: bytes
    url: str


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@pytest.fixture(scope="module")
def newsroom() -> Iterator[Newsroom]:
    with Newsroom(TODAY) as running:
        yield running


def fetch(newsroom: Newsroom, url: str, *handlers: type, **headers: str) -> Reply:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": newsroom.proxy_url}), *handlers)
    asked = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with opener.open(urllib.request.Request(url, headers=asked)) as reply:
            return Reply(reply.status, reply.headers, reply.read(), reply.url)
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, error.headers, error.read(), url)


def squeezed(text: str) -> str:
    return " ".join(text.split())


def feed_url(outlet: Outlet) -> str:
    return outlet.base + outlet.feed.path


def test_the_newsroom_is_as_varied_as_it_says() -> None:
    kinds = [outlet.feed.kind for outlet in OUTLETS.values()]
    assert len(kinds) >= 12
    assert kinds.count("rss") >= 3
    assert {"atom", "jsonfeed", "sitemap", "listing", "telegram"} <= set(kinds)
    assert {outlet.charset_in for outlet in OUTLETS.values() if outlet.encoding == "windows-1251"} == {"header", "meta"}
    assert {outlet.language for outlet in OUTLETS.values()} == {"en", "uk", "ru"}
    assert 15 <= sum(bool(story.event) for outlet in OUTLETS.values() for story in outlet.stories) <= 18


@pytest.mark.parametrize("source", sources(), ids=lambda source: source["name"])
def test_every_source_answers(newsroom: Newsroom, source: dict[str, Any]) -> None:
    assert source.keys() >= {"name", "type", "url", "language", "country", "kind"}
    assert fetch(newsroom, source["url"]).status == 200


@pytest.mark.parametrize("outlet", OUTLETS.values(), ids=OUTLETS)
def test_robots_txt(newsroom: Newsroom, outlet: Outlet) -> None:
    for host in {outlet.host, outlet.short_host or outlet.host}:
        reply = fetch(newsroom, f"http://{host}/robots.txt")
        assert reply.status == 200
        rules = RobotFileParser()
        rules.parse(reply.body.decode().splitlines())
        closed = [story.path for story in outlet.stories if not rules.can_fetch("exchangewatch", story.path)]
        assert closed == [story.path for story in outlet.stories if story.path.startswith("/internal/")]
        assert bool(closed) == (outlet.name == "albion-herald")


@pytest.mark.parametrize("name", [name for name, outlet in OUTLETS.items() if outlet.feed.kind in {"rss", "atom"}])
def test_xml_feed(newsroom: Newsroom, name: str) -> None:
    outlet = OUTLETS[name]
    reply = fetch(newsroom, feed_url(outlet))
    assert f"encoding='{outlet.encoding}'".encode() in reply.body.splitlines()[0]
    root = etree.fromstring(reply.body)
    titles = [node.text for node in root.iter() if node.tag.rpartition("}")[2] == "title"]
    assert titles[1:] == [story.headline for story in outlet.stories for _ in story.ways]


def test_json_feed(newsroom: Newsroom) -> None:
    outlet = OUTLETS["potomac-standard"]
    items = json.loads(fetch(newsroom, feed_url(outlet)).body)["items"]
    assert [item["title"] for item in items] == [story.headline for story in outlet.stories for _ in story.ways]
    assert items[0]["date_published"] == outlet.stories[0].published.isoformat()


def test_sitemap_index_leads_to_a_gzip_file(newsroom: Newsroom) -> None:
    outlet = OUTLETS["varta-info"]
    index = etree.fromstring(fetch(newsroom, feed_url(outlet)).body)
    child = next(index.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")).text or ""
    reply = fetch(newsroom, child)
    assert reply.headers["Content-Encoding"] is None
    urls = etree.fromstring(gzip.decompress(reply.body))
    found = [node.text for node in urls.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert found == [outlet.canonical(story) for story in outlet.stories]


def test_listing_links_match_the_pattern_of_the_source(newsroom: Newsroom) -> None:
    source = next(source for source in sources() if source["type"] == "listing")
    links = html.fromstring(fetch(newsroom, source["url"]).body).xpath("//a/@href")
    matching = [link for link in links if re.search(source["link_pattern"], link)]
    assert matching == [story.path for story in OUTLETS[source["name"]].stories]


def test_home_page_announces_its_feed(newsroom: Newsroom) -> None:
    page = html.fromstring(fetch(newsroom, "http://albion-herald.example/").body)
    assert page.xpath("//link[@rel='alternate']/@href") == [OUTLETS["albion-herald"].feed.path]


def test_telegram_channel_goes_back_page_by_page(newsroom: Newsroom) -> None:
    outlet = OUTLETS["shtab-obmin"]
    address, posts = feed_url(outlet), []
    while address:
        page = html.fromstring(fetch(newsroom, address).body.decode())
        messages = page.cssselect(".tgme_widget_message_wrap > .tgme_widget_message[data-post]")
        posts += [(message, message.get("data-post")) for message in reversed(messages)]
        older = page.xpath("//a[@data-before]/@href")
        address = outlet.base + older[0] if older else ""
    assert [name for _, name in posts] == [f"shtab_obmin/{story.number}" for story in outlet.stories]
    for (message, name), story in zip(posts, outlet.stories, strict=True):
        text = "\n".join(message.xpath(".//*[contains(@class, 'tgme_widget_message_text')]//text()"))
        assert re.sub(r"\s", "", text) == re.sub(r"\s", "", "".join(story.paragraphs))
        date_link = message.cssselect("a.tgme_widget_message_date[href]")[0]
        assert date_link.get("href").endswith(f"/{name}")
        assert datetime.fromisoformat(date_link.find("time").get("datetime")) == story.published


@pytest.mark.parametrize("name", [name for name, outlet in OUTLETS.items() if outlet.feed.kind != "telegram"])
def test_feeds_answer_conditional_requests(newsroom: Newsroom, name: str) -> None:
    url = feed_url(OUTLETS[name])
    first = fetch(newsroom, url)
    assert fetch(newsroom, url, If_None_Match=first.headers["ETag"]).status == 304
    assert fetch(newsroom, url, If_Modified_Since=first.headers["Last-Modified"]).status == 304
    stale = fetch(newsroom, url, If_None_Match='"other"', If_Modified_Since=first.headers["Last-Modified"])
    assert (stale.status, stale.body) == (200, first.body)


def test_some_feeds_are_compressed_for_those_who_accept_it(newsroom: Newsroom) -> None:
    compressed = [outlet for outlet in OUTLETS.values() if outlet.feed.gzip]
    assert compressed
    for outlet in compressed:
        reply = fetch(newsroom, feed_url(outlet), Accept_Encoding="gzip")
        assert reply.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(reply.body) == fetch(newsroom, feed_url(outlet)).body


@pytest.mark.parametrize(("outlet", "story"), STORIES)
def test_encodings_round_trip(newsroom: Newsroom, outlet: Outlet, story: Story) -> None:
    reply = fetch(newsroom, outlet.canonical(story))
    in_header = reply.headers.get_content_charset()
    in_meta = re.search(rb'charset="?([\w-]+)', reply.body)
    assert bool(in_header) == (outlet.charset_in != "meta")
    assert bool(in_meta) == (outlet.charset_in != "header")
    assert in_header in {None, outlet.encoding}
    assert not re.search(r"&#\d+;", reply.body.decode(outlet.encoding))  # every letter exists in the encoding


@pytest.mark.parametrize(("link", "outlet", "story"), LINKS)
def test_every_link_leads_to_the_canonical_page(newsroom: Newsroom, link: str, outlet: Outlet, story: Story) -> None:
    reply = fetch(newsroom, link)
    assert reply.status == 200
    canonical = html.fromstring(reply.body).xpath("//link[@rel='canonical']/@href")
    assert canonical == ([] if outlet.layout == "plain" else [outlet.canonical(story)])


@pytest.mark.parametrize(
    ("way", "status"), [("short", 302), ("moved", 301), ("plain", 200), ("amp", 200), ("mobile", 200)]
)
def test_feeds_link_in_many_ways(newsroom: Newsroom, way: str, status: int) -> None:
    links = [
        link_by(way, outlet, story) for outlet in OUTLETS.values() for story in outlet.stories if way in story.ways
    ]
    assert links
    assert {fetch(newsroom, link, NoRedirect).status for link in links} == {status}


@pytest.mark.parametrize(("link", "outlet", "story"), LINKS)
def test_article_can_be_extracted(newsroom: Newsroom, link: str, outlet: Outlet, story: Story) -> None:
    document = trafilatura.bare_extraction(fetch(newsroom, link).body, with_metadata=True)
    assert squeezed(document.text) == squeezed("\n".join(story.paragraphs))
    assert document.date == f"{story.published:%Y-%m-%d}"
    if outlet.feed.kind != "telegram":
        assert document.title == story.headline


@pytest.mark.parametrize(("outlet", "story"), STORIES)
def test_page_tells_the_minute_of_publication(newsroom: Newsroom, outlet: Outlet, story: Story) -> None:
    page = html.fromstring(fetch(newsroom, outlet.canonical(story)).body.decode(outlet.encoding))
    if outlet.layout == "plain":
        assert page.xpath("//time/text()") == [f"{story.published:%d.%m.%Y, %H:%M}"]
        return
    stamps = page.xpath("//meta[@*='article:published_time' or @itemprop='datePublished']/@content")
    stamps += re.findall(r'"datePublished": "([^"]+)"', "".join(page.xpath("//script/text()")))
    assert stamps
    assert {datetime.fromisoformat(stamp) for stamp in stamps} == {story.published}


def test_unknown_addresses(newsroom: Newsroom) -> None:
    assert fetch(newsroom, "http://kyiv-courier.example/no-such-page").status == 404
    assert fetch(newsroom, "http://elsewhere.example/").status == 502


def test_requests_are_recorded_also_without_a_proxy() -> None:
    with Newsroom(TODAY) as newsroom:
        connection = http.client.HTTPConnection(urlsplit(newsroom.proxy_url).netloc)
        connection.request("GET", "/robots.txt?x=1", headers={"Host": "kyiv-courier.example"})
        assert connection.getresponse().read()
        connection.close()
        assert newsroom.requests == [("GET", "http://kyiv-courier.example/robots.txt?x=1", 200)]


def test_a_taken_port_is_an_error(newsroom: Newsroom) -> None:
    second = Newsroom(TODAY, port=urlsplit(newsroom.proxy_url).port or 0)
    with pytest.raises(OSError, match="address already in use"), second:
        pass


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            "{On_weekday:-1}, {date:-1}; {day_month:-1}; {month_year:-6}",
            "On Saturday, June 13; 13 June; December 2025",
        ),
        ("uk", "{On_weekday:-2}, {date:-1}; {in_month:-2}; {month:-6}", "У п'ятницю, 13 червня; у квітні; грудень"),
        ("ru", "{on_weekday:-5}, {date:-1}; {in_month:-2}; {month_year:0}", "во вторник, 13 июня; в апреле; июнь 2026"),
    ],
)
def test_placeholders(language: str, text: str, expected: str) -> None:
    assert load_calendars()[language].fill(text, TODAY) == expected


def date_words(calendar: Calendar) -> set[str]:
    patterns = [*calendar.by_day.values(), *calendar.by_month.values()]
    words = [word for names in calendar.names.values() for name in names for word in name.split()]
    return {word.casefold() for text in [*words, *patterns] for word in re.findall(r"[\w']+", text)}


@pytest.mark.parametrize(
    "other_day", [TODAY + timedelta(days=1), TODAY + timedelta(days=170), date(2028, 3, 1)], ids=str
)
def test_on_another_day_only_dates_differ(other_day: date) -> None:
    for outlet, later in zip(OUTLETS.values(), load_outlets(other_day), strict=True):
        allowed = date_words(outlet.calendar)
        for story, again in zip(outlet.stories, later.stories, strict=True):
            assert (story.path, story.number, story.ways) == (again.path, again.number, again.ways)
            texts = ["\n".join([each.headline, *each.paragraphs]) for each in (story, again)]
            assert not re.search(r"[{}]", "".join(texts))
            for before, after in zip(*(re.findall(r"[\w'’ʼ]+", text) for text in texts), strict=True):
                assert before == after or {before.casefold(), after.casefold()} <= allowed or before.isdigit()


def test_events_are_days_apart_and_nothing_is_from_the_future() -> None:
    days: dict[str, set[date]] = {}
    for outlet in OUTLETS.values():
        for story in outlet.stories:
            assert story.published.date() < TODAY
            if story.event:
                days.setdefault(story.event, set()).add(story.published.date())
    first, second, third = (days[event] for event in ("E1", "E2", "E3"))
    assert [len(each) for each in (first, second, third)] == [1, 1, 1]
    assert min(first) - max(second) >= timedelta(days=3)
    assert min(second) - max(third) >= timedelta(days=3)
    assert TODAY - min(third) <= timedelta(days=10)
