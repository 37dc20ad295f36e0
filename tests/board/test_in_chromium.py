"""The board as the desk has it: in a browser, at both widths, by day and by night, with keys and without script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from board.building import listening, served
from core.feedback import is_closed
from core.model import CrawlResult
from scheduler.corrections import take_correction
from storage.store import Store
from tests.board.chromium import SHOTS, browser, tab
from tests.board.house import house_on, send_nothing, told
from tests.builders import NOON, make_article, make_exchange, make_rejection, make_report, make_transfer

WICKED = "\x1b[31m</td><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x00{{7*7}}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as started:
        yield started


@pytest.fixture
def store(tmp_path: Path, sqlite_with_tables: Path) -> Iterator[Store]:
    """On SQLite only: the browser is the same for both."""
    path = tmp_path / "store.sqlite"
    path.write_bytes(sqlite_with_tables.read_bytes())
    with Store.open(f"sqlite:///{path}") as opened:
        yield opened


@pytest.fixture
def address(store: Store, tmp_path: Path) -> Iterator[str]:
    house = house_on(store, tmp_path)
    with listening(house.settings) as at, served(house, at) as address:
        yield address


@pytest.fixture
def desk(store: Store) -> dict[str, str]:
    """A few events: a disputed one, a planned one, one whose article was changed, and one full of wickedness."""
    medinsky = {"claimed_by": "Vladimir Medinsky", "claimed_side": "RU"}
    found = {"disputed": told(store, 1, make_transfer(), make_transfer("UA", "RU", 27))}
    told(store, 2, make_transfer(count=1212, **medinsky), title="Іще одне повідомлення про 1 212 тіл")
    living = {"kind": "prisoners", "date": "2025-06-20", "status": "planned"}
    found["planned"] = told(store, 3, make_transfer(count=307, what="prisoners"), **living)
    found["changed"] = told(store, 5, make_transfer(count=70), date="2025-05-02", text="They spoke of 70 bodies.")
    found["wicked"] = told(store, 6, make_transfer(count=5, claimed_by=WICKED), date="2024-01-01", title=WICKED)
    now_says = make_article(5, text="They speak of 77 bodies now.")
    exchange = make_exchange(make_transfer(count=77), date="2025-05-02")
    later = NOON + timedelta(hours=1)
    take_correction(store, "article-5", now_says, make_report(exchange), ("outlet", None), later, send_nothing())
    with store.write() as unit:
        unit.add_article(make_article(9, source="outlet-1", title=WICKED, text=WICKED), make_rejection(reason=WICKED))
    for number in range(4):
        at = NOON + timedelta(minutes=number)
        store.record_crawl(CrawlResult("outlet-1", at, at, 40, 3, 3, 4, WICKED if number else None), at)
    return found


def paths(desk: dict[str, str]) -> dict[str, str]:
    names = {name: f"/events/{event_id}" for name, event_id in desk.items()}
    pages = {each: f"/{each}" for each in ("events", "charts", "sources", "coverage", "archives", "why", "acts")}
    return {
        **pages,
        **names,
        "articles": "/articles",
        "source": "/sources/outlet-1",
        "judged": "/why?article=article-1",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits_its_screen_and_nothing_foreign_runs(
    chromium: Any, address: str, desk: dict[str, str], width: int, scheme: str
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    with tab(chromium, width, scheme) as page:
        for name, path in paths(desk).items():
            answer = page.goto(address + path)
            assert answer.status == 200, path
            page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide == 0, f"{path} is {wide} px wider than the screen"
            assert page.locator("script:not([src])").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(
    chromium: Any, address: str, desk: dict[str, str], scheme: str
) -> None:
    """WCAG AA: 4.5 to 1, measured on every piece of text as it is painted."""
    script = (Path(__file__).parent / "contrast.js").read_text()
    with tab(chromium, 1280, scheme) as page:
        for path in paths(desk).values():
            page.goto(address + path)
            assert page.evaluate(script) == [], path


def test_everything_can_be_read_without_script(chromium: Any, address: str, desk: dict[str, str]) -> None:
    with tab(chromium, script=False) as page:
        page.goto(f"{address}/events?party=UA")
        page.get_by_label("Words").fill("planned")
        page.get_by_role("button", name="Show").click()
        assert page.locator("tr.row").count() == 1
        page.locator("tr.row th a").click()
        assert page.locator("h1").inner_text() == "Russia → Ukraine: handover of 307 prisoners planned"
        assert page.locator("time").first.inner_text() == page.locator("time").first.get_attribute("title")
        page.get_by_role("button", name="Confirm").click()
        assert "Confirmed by Olena" in page.locator(".done").inner_text()


def test_keys_move_open_and_judge(chromium: Any, address: str, store: Store, desk: dict[str, str]) -> None:
    with tab(chromium) as page:
        page.goto(f"{address}/events")
        for key in "jjkj":
            page.keyboard.press(key)
        row = page.locator('tr[aria-current="true"]')
        event_id = row.get_attribute("data-id")
        assert event_id == desk["disputed"]
        page.keyboard.press("c")
        page.locator("#toast", has_text="Confirmed").wait_for()
        assert "confirmed by Olena" in row.inner_text()
        page.keyboard.press("u")
        page.locator("#toast", has_text="Taken back").wait_for()
        page.keyboard.press("m")
        row.locator(".chip.muted").wait_for()
        page.keyboard.press("x")
        row.locator(".chip.closed").wait_for()
        event = store.event(event_id)
        assert event is not None
        assert is_closed(event)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/events/{event_id}")


def test_keys_are_letters_in_a_field(chromium: Any, address: str, store: Store, desk: dict[str, str]) -> None:
    with tab(chromium) as page:
        page.goto(f"{address}/events")
        page.keyboard.press("j")
        page.get_by_label("Words").click()
        page.keyboard.type("cxmjk")
        assert page.get_by_label("Words").input_value() == "cxmjk"
        assert all(not each.feedback for each in store.events())


def test_what_is_new_appears_by_itself_and_keeps_the_choice(
    chromium: Any, address: str, store: Store, desk: dict[str, str]
) -> None:
    with tab(chromium) as page:
        page.goto(f"{address}/events")
        page.keyboard.press("j")
        chosen = page.locator('tr[aria-current="true"]').get_attribute("data-id")
        new = told(store, 11, make_transfer("IL", "HAMAS", 30), date="2026-02-03", parties=("HAMAS", "IL"))
        page.locator(f'tr.row.new[data-id="{new}"]').wait_for()
        assert page.locator("tr.row").first.get_attribute("data-id") == new
        assert page.locator('tr[aria-current="true"]').get_attribute("data-id") == chosen


def test_filters_go_into_the_address_as_they_are_chosen(chromium: Any, address: str, desk: dict[str, str]) -> None:
    with tab(chromium) as page:
        page.goto(f"{address}/events")
        page.get_by_label("Status").select_option("planned")
        page.wait_for_url("**/events?status=planned")
        assert page.locator("tr.row").count() == 1
        page.get_by_label("disputed").check()
        page.wait_for_url("**/events?status=planned&disputed=1")
        page.locator("tr.empty").wait_for()
        page.reload()
        assert page.get_by_label("disputed").is_checked()


def test_times_are_the_readers_with_utc_on_hover(chromium: Any, address: str, desk: dict[str, str]) -> None:
    with tab(chromium) as page:
        page.goto(f"{address}/events/{desk['disputed']}")
        time = page.locator(".piece time").first
        assert time.inner_text() == "13 Jun 2025, 15:00"
        assert time.get_attribute("title").startswith("2025-06-13 12:00 UTC")


def test_an_event_is_corrected_split_merged_and_taken_back(
    chromium: Any, address: str, store: Store, desk: dict[str, str]
) -> None:
    here = f"{address}/events/{desk['disputed']}"
    with tab(chromium) as page:
        page.goto(here)
        page.get_by_text("Correct a figure").click()
        page.get_by_label("The right figure").fill("1,206")
        page.get_by_role("button", name="Correct", exact=True).click()
        assert "1,206" in page.locator(".ledger h3").first.inner_text()
        page.get_by_role("button", name="Undo the last").click()
        page.get_by_label("Split off outlet-2.example").check()
        page.get_by_role("button", name="Split the ticked articles off").click()
        page.locator(".done", has_text="Set apart from").wait_for()
        other = page.url.rpartition("/")[2]
        page.goto(here)
        page.get_by_text("Merge with another").click()
        page.get_by_label("The other event").select_option(other)
        page.get_by_role("button", name="Merge").click()
        page.locator(".done", has_text="is part of this event now").wait_for()
        assert page.locator(".piece").count() == 2


def test_what_an_article_said_before_is_shown_word_by_word(chromium: Any, address: str, desk: dict[str, str]) -> None:
    with tab(chromium) as page:
        page.goto(f"{address}/events/{desk['changed']}")
        page.get_by_text("what it said before").click()
        assert page.locator(".change del").all_inner_texts() == ["spoke", "70 bodies."]
        assert page.locator(".change ins").all_inner_texts() == ["speak", "77 bodies now."]


def test_an_event_prints_without_what_is_for_the_screen(chromium: Any, address: str, desk: dict[str, str]) -> None:
    with tab(chromium) as page:
        page.goto(f"{address}/events/{desk['disputed']}")
        page.emulate_media(media="print")
        assert not page.locator("header.top").is_visible()
        assert not page.locator(".hand").first.is_visible()
        assert page.locator(".ledger").first.is_visible()
        shown = page.locator(".piece time").first.evaluate("each => getComputedStyle(each, '::after').content")
        assert shown == '"2025-06-13 12:00 UTC"'
        page.screenshot(path=SHOTS / "disputed-print.png", full_page=True)


def test_links_to_outlets_tell_them_nothing(chromium: Any, address: str, desk: dict[str, str]) -> None:
    with tab(chromium) as page:
        page.goto(f"{address}/events/{desk['disputed']}")
        links = page.locator('a[href^="https://outlet-"]')
        assert links.count() >= 4
        for each in links.all():
            assert re.search(r"\bnoreferrer\b", each.get_attribute("rel"))
