"""Sources are found by the address of a site, read from OPML, and written into the file that somebody wrote by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.config_file import with_sources
from app.opml import opml_of, stanzas_of
from core.config import Source
from core.errors import InputError
from core.model import Page
from crawler.discovery import language_of_site, name_of_site, offers
from tests.app.command import Run
from tests.builders import NOON
from tests.crawler.site_of_tests import serving

BY_HAND = """# ours
crawl: {delay: 0s, retries: 0, processes: 1}  # polite enough here

sources:
  # the first
  - name: courier
    type: feed      # RSS
    url: https://courier.example/rss

  - {name: herald, type: feed, url: "https://herald.example/rss"}  # in one line

# the end
schedule:
  interval: 5 min
"""
NEW = {"name": "gazette", "type": "feed", "url": "https://gazette.example/rss"}


def test_a_source_is_found_tried_and_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(BY_HAND)
    with serving() as site:
        asked = run("sources", "add", f"{site.base}/", "--name", "local")
        assert (asked.returncode, asked.stderr) == (0, "")
        assert (tmp_path / "config.yaml").read_text() == BY_HAND
        assert "not written; `--yes` writes it" in asked.stdout
        done = run("sources", "add", f"{site.base}/", "--name", "local", "--yes")
        again = run("sources", "add", f"{site.base}/", "--yes")
    assert "feed: 3 links in " in done.stdout
    assert f"- name: local\n  type: feed\n  url: {site.base}/rss.xml" in done.stdout
    written = (tmp_path / "config.yaml").read_text()
    assert set(BY_HAND.splitlines()) <= set(written.splitlines())
    assert [each["name"] for each in yaml.safe_load(written)["sources"]] == ["courier", "herald", "local"]
    assert again.returncode == 2
    assert "is watched already, as local" in again.stderr


def test_a_site_that_offers_nothing_is_told_with_what_was_tried(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(BY_HAND)
    done = run("sources", "add", "http://127.0.0.1:9/")
    assert done.returncode == 2
    assert "connection refused" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ["gazette"]),
        ("crawl: {delay: 1s}\n", ["gazette"]),
        ("sources:\ncrawl: {delay: 1s}\n", ["gazette"]),
        ("sources: []\n", ["gazette"]),
        ("sources: # none yet\ncrawl: {delay: 1s}\n", ["gazette"]),
        (BY_HAND, ["courier", "herald", "gazette"]),
        (BY_HAND.rstrip().partition("# the end")[0].rstrip(), ["courier", "herald", "gazette"]),
        ("sources:\n- name: a\n  type: feed\n  url: https://a.example/\n  include:\n  - /x/\n", ["a", "gazette"]),
        (
            "sources:\n- name: a\n  type: listing\n  url: https://a.example/\n  link_pattern: |-\n    /x/\ncrawl: {}\n",
            ["a", "gazette"],
        ),
    ],
)
def test_a_stanza_is_put_behind_the_others(before: str, after: list[str]) -> None:
    changed = with_sources(before, [NEW])
    data = yaml.safe_load(changed)
    assert [each["name"] for each in data["sources"]] == after
    assert data | {"sources": None} == (yaml.safe_load(before) or {}) | {"sources": None}
    assert [line for line in before.splitlines() if "#" in line] == [
        line for line in changed.splitlines() if "#" in line
    ]


def test_a_list_on_one_line_is_left_alone() -> None:
    with pytest.raises(InputError, match="one stanza a line"):
        with_sources("sources: [{name: a, type: feed, url: 'https://a.example/'}]\n", [NEW])


def test_what_is_wrong_already_is_told_and_nothing_is_written(run_here: Run, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("sources: 7\n")
    (tmp_path / "feeds.opml").write_text('<opml><body><outline xmlUrl="https://a.example/rss"/></body></opml>')
    done = run_here("sources", "import", "feeds.opml")
    assert done.returncode == 2
    assert (tmp_path / "config.yaml").read_text() == "sources: 7\n"


def test_opml_there_and_back(run_here: Run, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(BY_HAND)
    (tmp_path / "feeds.opml").write_text(
        '<?xml version="1.0"?><opml version="1.0"><body><outline text="News">'
        '<outline xmlUrl="https://www.gazette.example/rss" language="uk-UA"/>'
        '<outline xmlUrl="https://courier.example/rss"/><outline xmlUrl="javascript:alert(1)"/>'
        '<outline xmlUrl="https://gazette.example/sport"/></outline></body></opml>'
    )
    done = run_here("sources", "import", "feeds.opml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2 sources written into config.yaml")
    written = yaml.safe_load((tmp_path / "config.yaml").read_text())["sources"]
    assert written[2:] == [
        {"name": "gazette", "type": "feed", "url": "https://www.gazette.example/rss", "language": "uk"},
        {"name": "gazette-2", "type": "feed", "url": "https://gazette.example/sport"},
    ]
    assert run_here("sources", "import", "feeds.opml").stdout.startswith("0 sources written")
    assert run_here("sources", "export", "again.opml").stdout.startswith("4 feeds written")
    assert len(stanzas_of((tmp_path / "again.opml").read_bytes(), (), ())) == 4


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"<opml>{text}</opml>".encode()))
def test_any_file_is_opml_or_refused(data: bytes) -> None:
    try:
        stanzas_of(data, (), ())
    except InputError as error:
        assert "no OPML" in str(error)


def test_only_feeds_go_into_opml() -> None:
    sources = [Source(**NEW, language="uk"), Source(name="map", type="sitemap", url="https://map.example/s.xml")]
    assert stanzas_of(opml_of(sources), (), ()) == [{**NEW, "language": "uk"}]


def page(body: str, url: str = "https://www.courier.example/") -> Page:
    return Page(url, url, "page", 200, body.encode(), NOON, "text/html; charset=utf-8")


def test_what_a_site_announces_comes_first() -> None:
    home = page(
        '<html lang="uk-UA"><head><link rel="alternate" type="application/rss+xml" href="/comments/feed">'
        '<link rel="alternate" type="application/atom+xml" href="/all.atom"></head></html>'
    )
    robots = page("User-agent: *\nSitemap: /map.xml\nsitemap: https://www.courier.example/news-map.xml\n")
    found = [(each.type, each.url) for each in offers(home, robots, home.url)]
    assert found[:3] == [
        ("feed", "https://www.courier.example/all.atom"),
        ("sitemap", "https://www.courier.example/news-map.xml"),
        ("sitemap", "https://www.courier.example/map.xml"),
    ]
    assert ("feed", "https://www.courier.example/feed") in found
    assert language_of_site(home) == "uk"


@given(st.text(max_size=300))
def test_any_home_page_gives_offers_or_none(body: str) -> None:
    assert offers(page(body), page(body), "https://courier.example/")
    assert language_of_site(page(body)) is None or len(str(language_of_site(page(body)))) == 2


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.Kyiv-Courier.com/feed", "kyiv-courier"),
        ("https://rss.unian.net/site", "unian"),
        ("https://новини.укр/", "source"),
        ("https://localhost/", "localhost"),
        ("https://10.0.0.1/", "10-0-0"),
    ],
)
def test_a_source_is_called_by_its_host(url: str, name: str) -> None:
    assert name_of_site(url) == name
    assert name_of_site(url, {name}) == f"{name}-2"
