"""Articles that say something else when they are read again, or are gone."""

from __future__ import annotations

from datetime import timedelta

from core.model import Event, Report
from scheduler.corrections import take_correction, take_withdrawal
from scheduler.intake import REREAD_AFTER, Desk, Intake, take_in
from storage.store import Store
from tests.builders import NOON, make_article, make_exchange, make_rejection, make_report, make_transfer

EVENT = "RU-UA-dead-2025-06-13"
DESK = Desk(["desk"], timedelta(days=2))
LATER = NOON + timedelta(hours=1)


def told(count: int, **changes: object) -> Report:
    return make_report(make_exchange(make_transfer(count=count), **changes))


def bring(store: Store, number: int, count: int) -> Intake:
    article = make_article(number, id=f"a-{number}")
    return take_in(store, article, told(count), NOON + timedelta(minutes=number), ["desk"], max_age=DESK.max_age)


def correct(store: Store, number: int, verdict: object, text: str = "Other words.") -> Intake:
    article = make_article(number, text=text)
    return take_correction(store, f"a-{number}", article, verdict, ("outlet", None), LATER, DESK)  # type: ignore[arg-type]


def the_event(store: Store) -> Event:
    event = store.event(EVENT)
    assert event is not None
    return event


def figures(event: Event) -> list[tuple[int | None, list[tuple[int, str]]]]:
    return [(line.best, [(claim.best, claim.state) for claim in line.claims]) for line in event.ledger]


def reasons(taken: Intake) -> list[str]:
    return [f"{each.reason}: {each.detail}" for each in taken.alerts] or [each.reason for each in taken.silences]


def test_a_changed_figure_is_news_and_the_old_one_is_kept_as_corrected(store: Store) -> None:
    bring(store, 1, 1200)
    taken = correct(store, 1, told(1212))
    assert reasons(taken) == ["corrected: outlet-1.example corrects RU to UA, bodies: 1,212, before 1,200"]
    assert figures(the_event(store)) == [(1212, [(1200, "corrected"), (1212, "")])]
    (version,) = store.versions(["a-1"])
    assert (version.text, version.until) == (make_article(1).text, LATER)
    assert isinstance(version.detection, Report)


def test_a_corrected_day_takes_the_event_along(store: Store) -> None:
    bring(store, 1, 1200)
    taken = correct(store, 1, told(1200, date="2025-06-12"))
    (event,) = store.events()
    assert event.date == "2025-06-12"
    assert store.event(EVENT) == event
    assert reasons(taken) == ["outlet-1.example: nothing new"]


def test_another_wording_of_the_same_is_a_version_and_no_news(store: Store) -> None:
    bring(store, 1, 1200)
    assert correct(store, 1, told(1200)) == Intake(stored=True, article_id="a-1")
    assert len(store.versions(["a-1"])) == 1
    assert figures(the_event(store)) == [(1200, [(1200, "")])]


def test_the_same_text_is_nothing(store: Store) -> None:
    bring(store, 1, 1200)
    assert not correct(store, 1, told(1212), make_article(1).text).stored
    assert store.versions(["a-1"]) == []


def test_a_withdrawn_article_is_news_and_counts_no_more(store: Store) -> None:
    bring(store, 1, 1200)
    bring(store, 2, 1212)
    taken = take_withdrawal(store, "a-1", LATER, DESK)
    assert reasons(taken) == ["corrected: outlet-1.example has withdrawn its report"]
    assert figures(the_event(store)) == [(1212, [(1200, "withdrawn"), (1212, "")])]
    assert take_withdrawal(store, "a-1", LATER, DESK).alerts == ()


def test_an_article_that_reports_nothing_any_more_has_withdrawn_its_report(store: Store) -> None:
    bring(store, 1, 1200)
    assert reasons(correct(store, 1, make_rejection())) == ["corrected: outlet-1.example has withdrawn its report"]
    assert figures(the_event(store)) == [(None, [(1200, "withdrawn")])]


def test_an_article_that_is_corrected_twice(store: Store) -> None:
    bring(store, 1, 1200)
    correct(store, 1, told(1212), "First.")
    correct(store, 1, told(1200), "Second.")
    assert figures(the_event(store)) == [(1200, [(1200, "corrected"), (1212, "corrected"), (1200, "")])]
    assert [version.text for version in store.versions(["a-1"])] == [make_article(1).text, "First."]


def test_only_articles_behind_events_are_read_again_and_not_those_of_a_backfill(store: Store) -> None:
    bring(store, 1, 1200)
    take_in(store, make_article(2), make_rejection(), NOON, [], max_age=DESK.max_age)
    take_in(store, make_article(3), told(1200), NOON, [], max_age=DESK.max_age, page=False)
    begun = NOON + timedelta(minutes=1)
    assert store.due_rereads(begun) == []
    (due,) = store.due_rereads(begun + REREAD_AFTER[0])
    assert (due.article.id, due.begun, due.done) == ("a-1", begun, 0)
    store.record_reread("a-1", 1, begun + REREAD_AFTER[1])
    assert store.next_reread() == begun + REREAD_AFTER[1]
    store.record_reread("a-1", 4, None)
    assert store.next_reread() is None
