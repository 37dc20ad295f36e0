"""Sources, coverage, charts, feeds, and why an article is a report or none."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as Xml

import pytest
from starlette.testclient import TestClient

from board.lent import House
from core.archives import ArchiveUnit, UnitName, UnitTally
from core.model import CrawlResult
from storage.store import Store
from tests.board.house import send, told
from tests.builders import make_article, make_rejection, make_transfer

ATOM = "{http://www.w3.org/2005/Atom}"


def visited(store: Store, source: str = "outlet-1", problem: str | None = None, times: int = 1) -> None:
    now = datetime.now(UTC)
    for number in range(times):
        at = now - timedelta(minutes=10 * (times - 1 - number))
        store.record_crawl(CrawlResult(source, at, at, 40, 3, 3, 4, problem), now + timedelta(minutes=9))


def test_sources_tell_how_they_are_doing_those_in_trouble_first(browse: TestClient, store: Store) -> None:
    visited(store, problem="HTTP 503", times=3)
    page = browse.get("/sources").text
    assert "the last 3 visits failed: HTTP 503" in page
    assert "1 not well" in page
    assert page.index("outlet-1") < page.index("outlet-2")
    assert "not enabled in the configuration" in page


def test_a_source_is_paused_asked_for_and_resumed(browse: TestClient, store: Store) -> None:
    here = "/sources/outlet-1"
    assert send(browse, here, f"{here}/visit").status_code == 303
    assert store.source_states()["outlet-1"].asked is not None
    send(browse, here, f"{here}/pause")
    assert store.source_states()["outlet-1"].paused_by == "Olena"
    assert "paused by Olena" in browse.get("/sources").text
    assert send(browse, here, f"{here}/visit").status_code == 400
    send(browse, here, f"{here}/resume")
    assert store.source_states()["outlet-1"].paused is None
    assert "outlet-1: good" in send(browse, here, f"{here}/check").text
    assert send(browse, here, f"{here}/burn").status_code == 404
    assert browse.get("/sources/nobody").status_code == 404


def test_coverage_is_a_map_of_sources_by_day(browse: TestClient, store: Store) -> None:
    now = datetime.now(UTC)
    with store.write() as unit:
        for number in range(6):
            article = make_article(number, source="outlet-1", fetched_at=now)
            unit.add_article(article, make_rejection())
    visited(store, problem="HTTP 503")
    page = browse.get("/coverage").text
    told_of = f"outlet-1, {now.date()}: 6 articles, 0 reports, 1 visits, 1 of them failed"
    assert f'class="h2 failed" title="{told_of}"' in page
    assert browse.get("/coverage?days=7").text.count('<th scope="col"') < page.count('<th scope="col"')
    assert browse.get("/coverage?days=-1").status_code == 200


def test_charts_sum_up_by_month_and_direction_with_the_range(browse: TestClient, store: Store) -> None:
    told(store, 1)
    told(store, 2, make_transfer(count=1212))
    told(store, 3, make_transfer("UA", "RU", 27), date="2025-07-01")
    page = browse.get("/charts").text
    assert "Russia → Ukraine" in page
    assert "(1,200 to 1,212)" in page
    rows = list(csv.DictReader(io.StringIO(browse.get("/charts.csv").text)))
    assert [(each["month"], each["from"], each["low"], each["high"]) for each in rows] == [
        ("2025-06", "RU", "1200", "1212"),
        ("2025-07", "UA", "27", "27"),
    ]
    assert browse.get("/charts?since=2026-01-01").text.count("None was reported") == 2


@pytest.mark.parametrize("query", ["group=bodies", "group=bodies&summed=1", "group=people", "group=x", "party=XX"])
def test_charts_are_pictures_too(browse: TestClient, store: Store, query: str) -> None:
    pytest.importorskip("matplotlib")
    told(store, 1)
    told(store, 2, make_transfer(count=1212))
    answer = browse.get(f"/charts.png?{query}")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


def test_a_corrected_figure_is_the_one_that_is_summed(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1)
    send(browse, f"/events/{event_id}", f"/events/{event_id}/say", verdict="correct", line="0", figure="1000")
    assert "2025-06,bodies,RU,UA,1000,1000,1000,1" in browse.get("/charts.csv").text


def test_a_closed_event_is_in_no_sum(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1)
    send(browse, f"/events/{event_id}", f"/events/{event_id}/say", verdict="dismiss")
    assert "RU" not in browse.get("/charts.csv").text


def test_the_feed_has_an_entry_for_each_event(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1)
    feed = Xml.fromstring(browse.get("/events.atom").text)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Russia → Ukraine: 1,200 bodies handed over"
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert link.attrib["href"] == f"http://127.0.0.1/events/{event_id}"
    assert feed.findtext(f"{ATOM}updated")


def test_the_table_has_a_line_for_each_direction_of_what_is_filtered(browse: TestClient, store: Store) -> None:
    told(store, 1, make_transfer(), make_transfer("UA", "RU", 27))
    told(store, 3, make_transfer("HAMAS", "IL", 4), date="2025-01-01", parties=("HAMAS", "IL"))
    rows = list(csv.DictReader(io.StringIO(browse.get("/events.csv?party=UA").text)))
    assert [(each["from"], each["best"]) for each in rows] == [("RU", "1200"), ("UA", "27")]


def test_words_from_the_web_begin_no_formula(browse: TestClient, store: Store) -> None:
    told(store, 1)
    told(store, 2, make_transfer(count=1212, claimed_by="=HYPERLINK(1)"))
    for row in csv.reader(io.StringIO(browse.get("/events.csv").text)):
        assert not any(cell[:1] in "=+-@" and cell for cell in row)


TEXT = "Russia handed over the bodies of 1,200 fallen soldiers to Ukraine on 13 June 2025."


def test_a_pasted_text_is_explained(browse: TestClient) -> None:
    page = send(browse, "/why", "/why", title="Bodies returned", text=TEXT, published="2025-06-13", language="en").text
    assert "A report, score" in page
    assert "<mark>1,200</mark>" in page
    assert "weighed" in page
    assert send(browse, "/why", "/why", text="   ").status_code == 400


def test_a_text_that_is_no_report_names_the_gate(browse: TestClient) -> None:
    page = send(browse, "/why", "/why", text="The council met to speak of roads.", language="en").text
    assert "stopped at the gate “words”" in page


def test_a_pasted_address_is_fetched(browse: TestClient) -> None:
    assert "A report" in send(browse, "/why", "/why", url="https://outlet-1.example/there").text
    away = send(browse, "/why", "/why", url="https://outlet-1.example/away")
    assert away.status_code == 502
    assert "name not found" in away.text
    for url in ("file:///etc/passwd", "javascript:alert(1)", "ftp://outlet-1.example/"):
        assert send(browse, "/why", "/why", url=url).status_code == 400


def test_a_stored_article_is_explained_under_the_rules_of_now(browse: TestClient, store: Store) -> None:
    told(store, 1, text=TEXT, title="Bodies returned")
    for name in ("article-1", "https://outlet-1.example/story"):
        assert "A report" in browse.get("/why", params={"article": name}).text
    assert browse.get("/why?article=nothing").status_code == 404


@pytest.mark.parametrize(("label", "relevant"), [("right", True), ("none", False), ("report", True)])
def test_one_click_makes_a_labelled_case(browse: TestClient, house: House, label: str, relevant: bool) -> None:
    fields = {"title": "Bodies returned", "text": TEXT, "published": "2025-06-13", "language": "en"}
    for _ in range(2):
        answer = send(browse, "/why", "/why/case", label=label, **fields)
        assert answer.status_code == 303
    (file,) = house.settings.cases.iterdir()
    case = json.loads(file.read_text("utf-8"))
    assert case["relevant"] is relevant
    assert case["text"] == TEXT
    if label == "right":
        (transfer,) = case["events"][0]["transfers"]
        assert transfer == {"from": "RU", "to": "UA", "count": 1200, "what": "bodies", "claimed_by": None}
    assert "kept as a labelled case" in browse.get("/acts").text


def test_a_case_that_cannot_be_written_is_said(browse: TestClient, house: House) -> None:
    house.settings.cases.write_text("a file where the folder should be")
    answer = send(browse, "/why", "/why/case", label="none", text=TEXT)
    assert answer.status_code == 400
    assert "the case cannot be written" in answer.text
    assert send(browse, "/why", "/why/case", label="maybe", text=TEXT).status_code == 400


def test_stored_articles_are_listed_with_what_they_are(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1)
    with store.write() as unit:
        unit.add_article(make_article(7, source="outlet-7"), make_rejection())
    page = browse.get("/articles").text
    assert f'href="/events/{event_id}"' in page
    assert "no word of an exchange" in page
    assert "Story 7" not in browse.get("/articles?reports=1").text
    assert "Story 1" not in browse.get("/articles?source=outlet-7").text


def test_archives_tell_how_far_they_were_read(browse: TestClient, store: Store) -> None:
    assert "No archive was read yet" in browse.get("/archives").text
    now = datetime.now(UTC)
    for number, state in enumerate(("done", "done", "running", "failed")):
        name = UnitName("ccnews", "commoncrawl", f"CC-NEWS-2024-0{number}<b>.warc.gz")
        at = now - timedelta(hours=number)
        tally = UnitTally(records=1_000, candidates=40, reports=3, stored=2, known=1, damaged=number)
        unit = ArchiveUnit(name, "running", at, at, "1@here", position=25, size=100, tally=tally)
        store.begin_archive(unit, lambda known: True)
        with store.write() as written:
            written.put_archive(replace(unit, state=state, reason="HTTP 404" if state == "failed" else ""))  # type: ignore[arg-type]
    (told_of,) = browse.get("/api/archives").json()
    assert (told_of["done"], told_of["failed"], told_of["records"]) == (2, 1, 4_000)
    page = browse.get("/archives").text
    for words in (
        "2 done, 1 running",
        "1 failed",
        "4,000",
        "50 %",
        "HTTP 404",
        "stands still",
        "CC-NEWS-2024-03&lt;b&gt;",
    ):
        assert words in page
