"""Articles in, events and alerts out: once, whole, in any order, from many processes, through any crash."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.config import Watch
from core.errors import StorageError
from core.feedback import Hush
from core.model import Exchange, Member, OutletKind, Rejection, Report
from scheduler.intake import Intake, add_past, take_in
from storage.store import Store
from tests.builders import NOON, make_article, make_exchange, make_rejection, make_report, make_transfer
from tests.scheduler import desk

DAY = timedelta(days=1)
EVENT = "RU-UA-dead-2025-06-13"
SPEAKS: tuple[OutletKind, str | None] = ("outlet", None)


def bring(store: Store, number: int, detection: Report | Rejection | None = None, **changes: Any) -> Intake:
    """Article `number`, taken in `number` minutes after noon."""
    options = {name: changes.pop(name) for name in ("page", "outlet_kind", "watches") if name in changes}
    now = changes.pop("now", NOON + timedelta(minutes=number))
    article = make_article(number, id=f"article-{number}", **changes)
    return take_in(store, article, detection or make_report(), now, ["desk"], max_age=2 * DAY, **options)


def told(count: int | None, **changes: Any) -> Report:
    return make_report(make_exchange(make_transfer(count=count), **changes))


def reasons(taken: Intake) -> list[str]:
    return [alert.reason for alert in taken.alerts] or [silence.reason for silence in taken.silences]


def groups(store: Store) -> set[frozenset[str]]:
    return {frozenset(member.key for member in event.members) for event in store.events()}


def urls(store: Store) -> set[frozenset[str]]:
    return {frozenset(member.url for member in event.members) for event in store.events()}


def test_the_first_report_makes_an_event_and_an_alert_in_the_outbox(store: Store) -> None:
    taken = bring(store, 1)
    assert taken.stored
    assert (taken.article_id, taken.events) == ("article-1", (EVENT,))
    assert reasons(taken) == ["first report"]
    (due,) = store.due_deliveries(["desk"], NOON + DAY)
    assert due.alert == taken.alerts[0]
    event = store.event(EVENT)
    assert event == due.alert.event
    assert [line.best for line in event.ledger] == [1200]


def test_another_outlet_is_counted_and_not_told(store: Store) -> None:
    bring(store, 1)
    taken = bring(store, 2)
    assert taken.events == (EVENT,)
    assert reasons(taken) == ["outlet-2.example: nothing new"]
    assert [decision.reason for decision in store.decisions(EVENT)] == [
        "first report: completed, by outlet-1.example",
        "outlet-2.example: nothing new",
    ]
    counts = store.counts()
    assert (counts.reports, counts.events, counts.alerts, counts.deliveries_pending) == (2, 1, 1, 1)


def test_an_event_is_told_from_its_plan_to_its_figures(store: Store) -> None:
    steps = [told(None, status="planned"), told(1000), told(1000), make_report()]
    changes = [{}, {}, {}, {"outlet_kind": "official"}]
    found = [reasons(bring(store, number, steps[number], **changes[number]))[0] for number in range(4)]
    assert found == ["first report", "status changed", "outlet-2.example: nothing new", "figure changed"]
    assert [alert.detail for alert in store.alerts(EVENT, limit=1)] == ["RU to UA, bodies: 1,200, before 1,000"]


def test_figures_and_words_that_flap_are_told_once_each(store: Store) -> None:
    figures = [1200, 1212, 1212, 1200, 1200, 1212, 1212]
    found = [reasons(bring(store, number, told(figure)))[0] for number, figure in enumerate(figures)]
    assert found[:2] == ["first report", "figure changed"]
    assert all(reason.endswith("nothing new") for reason in found[2:])
    words = [told(40, status=word, date="2025-06-18") for word in ("planned", "postponed", "planned", "postponed")]
    published = [NOON + timedelta(hours=number) for number in range(4)]
    found = [reasons(bring(store, 10 + number, words[number], published=published[number]))[0] for number in range(4)]
    assert found[:3] == ["first report", "status changed", "status changed"]
    assert found[3] == "status changed: planned, now postponed: told before"


def test_the_same_article_twice_changes_nothing(store: Store) -> None:
    bring(store, 1)
    before = (store.counts(), store.event(EVENT), store.decisions(EVENT))
    assert bring(store, 1, now=NOON + DAY) == Intake(stored=False)
    assert (store.counts(), store.event(EVENT), store.decisions(EVENT)) == before


def test_an_article_that_reports_nothing_is_stored_and_touches_nothing(store: Store) -> None:
    assert bring(store, 1, make_rejection()) == Intake(stored=True, article_id="article-1")
    assert (store.counts().articles, store.counts().events) == (1, 0)


def test_what_a_watch_holds_back_is_told_when_the_quiet_hours_end_and_together(store: Store) -> None:
    quiet = {"from": "11:00", "to": "13:00", "timezone": "UTC"}
    watches = [Watch.model_validate({"to": ["slack"], "quiet": quiet})]
    bring(store, 1, told(None, status="planned"), watches=watches)
    bring(store, 2, watches=watches)
    one = NOON + timedelta(hours=1)
    assert store.due_deliveries(["slack", "desk"], one - timedelta(seconds=1)) == []
    (due,) = store.due_deliveries(["slack", "desk"], one, pause=timedelta(seconds=10))
    assert (due.alert.reason, [each.reason for each in due.later]) == ("first report", ["status changed"])


def test_what_is_silenced_is_stored_and_told_only_once_the_silence_is_over(store: Store) -> None:
    hush = Hush(None, "UA", "remains", NOON, NOON + timedelta(hours=1), "Olena", "maintenance")
    number = store.add_hush(hush)
    assert reasons(bring(store, 1)) == ["UA, remains silenced until 2025-06-13 13:00 UTC by Olena"]
    assert reasons(bring(store, 2, make_report(make_exchange(kind="prisoners")))) == ["first report"]
    assert store.end_hush(number, NOON + timedelta(minutes=3))
    assert not store.end_hush(number, NOON + timedelta(minutes=3))
    assert reasons(bring(store, 4)) == ["first report"]


def test_a_total_since_the_start_is_no_event(store: Store) -> None:
    assert bring(store, 1, told(10_000, date=None, cumulative=True)).events == ()


def test_a_backfill_makes_events_and_tells_nothing(store: Store) -> None:
    taken = bring(store, 1, page=False)
    assert (taken.events, taken.alerts, reasons(taken)) == ((EVENT,), (), ["backfill"])
    assert store.counts().alerts == 0
    assert reasons(bring(store, 2)) == ["first report"]


def test_a_batch_of_past_articles_makes_the_events_that_they_make_one_by_one(store: Store, tmp_path: Path) -> None:
    past = [
        (make_article(n, published=NOON + n % 7 * 20 * DAY), told(1000 + n % 5, date=day), SPEAKS)
        for n, day in enumerate(["2025-06-13", None, "2025-06-14", "2025-09", None] * 4)
    ]
    with store.write() as unit:
        assert add_past(unit, past) == len(past)
        assert add_past(unit, past[3:5]) == 0
    with Store.open(f"sqlite:///{tmp_path}/single.sqlite") as single:
        single.upgrade()
        for article in reversed(past):
            with single.write() as unit:
                assert add_past(unit, [article]) == 1
        assert len(urls(single)) > 2
        assert urls(store) == urls(single)
    assert store.counts().alerts == 0
    decided = [each for event in store.events() for each in store.decisions(event.id)]
    assert [each.reason for each in decided] == ["backfill"] * len(past)
    assert {each.at for each in decided} == {article.published for article, *_ in past}


def test_old_news_is_stored_and_not_told(store: Store) -> None:
    taken = bring(store, 1, now=NOON + 5 * DAY)
    assert reasons(taken) == ["old news: the exchange was on 2025-06-13"]
    assert store.counts().deliveries_pending == 0


def test_an_article_without_a_time_counts_as_published_when_fetched(store: Store) -> None:
    bring(store, 1, told(1200, date=None), published=None, fetched_at=NOON + DAY)
    assert [event.id for event in store.events()] == ["RU-UA-dead-2025-06-14"]


def test_one_article_with_two_exchanges_makes_two_events(store: Store) -> None:
    swap = make_transfer(count=1000, what="prisoners")
    planned = make_exchange(swap, kind="prisoners", status="planned", date=None)
    taken = bring(store, 1, make_report(make_exchange(), planned))
    assert taken.events == (EVENT, "RU-UA-living-2025-06-13")
    assert reasons(taken) == ["first report", "first report"]


def test_a_late_report_that_makes_two_events_one_is_recorded_and_told_once(store: Store) -> None:
    bring(store, 1, told(None, date=None))
    bring(store, 2, told(None, date=None), published=NOON + 4 * DAY, now=NOON + 4 * DAY)
    assert store.counts().events == 2
    taken = bring(store, 3, told(None, date=None), published=NOON + 2.2 * DAY, now=NOON + 4.1 * DAY)
    assert groups(store) == {frozenset({"article-1#0", "article-2#0", "article-3#0"})}
    assert reasons(taken) == ["outlet-3.example: nothing new"]
    assert [event.id for event in store.events()] == [EVENT]
    assert store.event("RU-UA-dead-2025-06-17") == store.event(EVENT)
    why = [decision.reason for decision in store.decisions(EVENT)]
    assert (
        "RU-UA-dead-2025-06-17 is the same exchange, and was merged into it: the same sides, and no figure that differs"
        in why
    )


def test_a_refused_article_leaves_nothing(store: Store) -> None:
    with pytest.raises(StorageError, match="without a timezone"):
        bring(store, 1, now=NOON.replace(tzinfo=None))
    assert store.counts().articles == 0


def stories() -> list[tuple[int, Exchange]]:
    """Accounts of a fortnight: two look-alike handovers, a plan, and some that name no day."""
    second = {"date": "2025-06-20"}
    told_as = [
        make_exchange(make_transfer(count=None), status="planned", date=None),
        make_exchange(),
        make_exchange(make_transfer(count=1212)),
        make_exchange(date=None),
        make_exchange(make_transfer(), make_transfer("UA", "RU", 27), date=None),
        make_exchange(make_transfer(count=None), date=None),
        make_exchange(**second),
        make_exchange(make_transfer(count=1000), **second),
        make_exchange(make_transfer(count=1000), date=None),
        make_exchange(make_transfer(count=None), status="postponed", date=None),
    ]
    return list(zip([-3, 0, 0, 1, 2, 3, 7, 7, 8, 11], told_as, strict=True))


@pytest.mark.parametrize("start", range(10))
def test_any_order_of_arrival_gives_the_same_events(store: Store, start: int) -> None:
    in_time = stories()
    order = [(start + step * 7) % 10 for step in range(10)]
    for number in order:
        after, exchange = in_time[number]
        bring(store, number, make_report(exchange), published=NOON + after * DAY, now=NOON + 12 * DAY)
    numbers = [[1, 2, 3, 4, 5, 0], [6, 7, 8], [9]]
    assert groups(store) == {frozenset(f"article-{number}#0" for number in part) for part in numbers}


def test_threads_that_share_a_store_make_one_event_and_one_alert(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: bring(store, number % 12), range(24)))
    counts = store.counts()
    assert (counts.articles, counts.events, counts.alerts) == (12, 1, 1)


def newsdesk(way: str, url: str) -> None:
    """Run the newsdesk in a process of its own, which starts the others."""
    root = Path(desk.__file__).parents[2]
    command = [sys.executable, "-W", "error", "-m", "tests.scheduler.desk", way, url]
    done = subprocess.run(command, cwd=root, env=os.environ, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("way", ["at-once", "killed"])
def test_no_event_and_no_alert_is_lost_or_double(store: Store, database_url: str, way: str) -> None:
    newsdesk(way, database_url)
    desk.check(store, complete=True)
    first: dict[str, Member] = {event.id: event.members[0] for event in store.events()}
    assert len(first) == desk.EVENTS
