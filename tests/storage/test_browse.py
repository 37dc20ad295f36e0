"""What a screen asks of the store: a page at a time, by words and by day; and what the upgrade makes of older rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from alembic import command

from core.feedback import Feedback
from core.model import Act, CrawlResult
from storage.browse import Wanted
from storage.engine import connect
from storage.store import Store
from storage.upgrade import _config
from tests.board.house import told
from tests.builders import NOON, make_article, make_rejection, make_transfer


def test_events_are_found_by_every_word(store: Store) -> None:
    event_id = told(store, 1, title="Тіла повернули додому")
    told(store, 3, date="2025-01-01")

    def found(*words: str) -> list[str]:
        return [each.id for each in store.browse.events(Wanted(words=tuple((word,) for word in words)), 9).events]

    assert found("тіла") == [event_id]
    assert found("тіла", "додому", "outlet-1") == [event_id]
    assert found("тіла", "nowhere") == []
    assert found("%") == found("_") == []
    assert store.browse.count(Wanted()) == 2


def test_a_place_is_kept_while_events_come(store: Store) -> None:
    for number in range(6):
        told(store, number, date=f"2025-0{number + 1}-01")
    first = store.browse.events(Wanted(), 2)
    told(store, 9, date="2026-01-01")
    second = store.browse.events(Wanted(), 2, first.behind)
    assert [each.date for each in (*first.events, *second.events)] == [f"2025-0{n}-01" for n in (6, 5, 4, 3)]


def test_reviewed_is_what_was_said_and_not_taken_back(store: Store) -> None:
    event_id = told(store)

    def waiting() -> bool:
        return bool(store.browse.events(Wanted(unreviewed=True), 9).events)

    for number, (verdict, waits) in enumerate((("mute", True), ("confirm", False), ("withdraw", True))):
        with store.write() as unit:
            unit.put_feedback(Feedback(str(number), event_id, verdict, "Mark", NOON + timedelta(minutes=number)))  # type: ignore[arg-type]
        assert waiting() is waits, verdict


def test_what_a_source_was_asked_and_gave_is_counted_by_day(store: Store) -> None:
    for day, problem in ((13, None), (13, "HTTP 503"), (14, None)):
        at = datetime(2025, 6, day, 8, tzinfo=UTC)
        store.record_crawl(CrawlResult("outlet-1", at, at, problem=problem), at)
    told(store, 1)
    with store.write() as unit:
        unit.add_article(make_article(2, source="outlet-1"), make_rejection())
    found = {each.day: each for each in store.browse.days(date(2025, 6, 13)) if each.source == "outlet-1"}
    first = found["2025-06-13"]
    assert (first.visits, first.failed, first.articles, first.reports) == (2, 1, 2, 1)
    assert (found["2025-06-14"].visits, found["2025-06-14"].articles) == (1, 0)
    assert store.browse.days(date(2025, 6, 15)) == []


def test_wishes_about_sources_outlive_visits(store: Store) -> None:
    store.browse.pause("outlet-1", "Olena", NOON)
    store.browse.ask("outlet-2", "Mark", NOON)
    store.record_crawl(CrawlResult("outlet-1", NOON, NOON), NOON)
    states = store.source_wishes()
    assert (states["outlet-1"].paused, states["outlet-1"].paused_by) == (NOON, "Olena")
    assert states["outlet-2"].asked == NOON
    store.browse.resume("outlet-1", "Mark", NOON + timedelta(minutes=1))
    assert store.source_wishes().keys() == {"outlet-2"}


def test_acts_of_all_kinds_are_one_list_the_last_first(store: Store) -> None:
    event_id = told(store)
    with store.write() as unit:
        unit.put_feedback(Feedback("1", event_id, "confirm", "Mark", NOON))
    store.browse.pause("outlet-1", "Olena", NOON + timedelta(minutes=1))
    store.browse.put_act(Act(NOON + timedelta(minutes=2), "Iryna", "kept as a labelled case", "x.jsonl"))
    found = store.browse.acts(NOON + timedelta(days=1), 9)
    assert [(each.by, each.what) for each in found] == [
        ("Iryna", "kept as a labelled case"),
        ("Olena", "paused"),
        ("Mark", "confirmed"),
    ]
    assert store.browse.acts(NOON + timedelta(minutes=1), 9) == found[2:]


def test_what_was_corrected_is_summed(store: Store) -> None:
    event_id = told(store)
    given = Feedback("1", event_id, "correct", "Mark", NOON, "RU", "UA", "bodies", 7)
    with store.write() as unit:
        unit.put_feedback(given)
    (found,) = store.browse.sums(None, None, None)
    assert (found.low, found.best, found.high) == (7, 7, 7)


def test_an_older_database_is_filled_by_the_upgrade(store: Store, database_url: str) -> None:
    event_id = told(store, 1, make_transfer(), title="Bodies brought home")
    with store.write() as unit:
        unit.put_feedback(Feedback("1", event_id, "confirm", "Mark", NOON))
    store.record_crawl(CrawlResult("outlet-1", NOON, NOON, problem="HTTP 503"), NOON)
    engine = connect(database_url)
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0010")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    assert [each.id for each in store.browse.events(Wanted(words=(("home",),)), 9).events] == [event_id]
    assert store.browse.events(Wanted(unreviewed=True), 9).events == ()
    (day,) = store.browse.days(date(2025, 1, 1))
    assert (day.source, day.day) == ("outlet-1", "2025-06-13")
    assert (day.visits, day.failed, day.articles, day.reports) == (1, 1, 1, 1)
