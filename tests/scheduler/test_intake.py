"""Articles in, events and alerts out: once, whole, and in any order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.builders import NOON, make_article, make_exchange, make_rejection, make_report, make_transfer
from core.model import Rejection, Report
from scheduler.intake import Intake, take_in
from storage.store import Store

DAY = timedelta(days=1)


def bring(store: Store, number: int, detection: Report | Rejection | None = None, **changes: Any) -> Intake:
    options = {name: changes.pop(name) for name in ("page", "outlet_kind") if name in changes}
    now = changes.pop("now", NOON + timedelta(minutes=number))
    return take_in(
        store,
        make_article(number, **changes),
        detection or make_report(),
        now,
        ["desk"],
        max_age=2 * DAY,
        **options,
    )


def test_the_first_report_makes_an_event_and_an_alert_in_the_outbox(store: Store) -> None:
    taken = bring(store, 1)
    assert taken.stored
    assert taken.events == ("RU-UA-dead-2025-06-13",)
    assert [alert.reason for alert in taken.alerts] == ["first report"]
    (due,) = store.due_deliveries(["desk"], NOON + DAY)
    assert due.alert == taken.alerts[0]
    event = store.event("RU-UA-dead-2025-06-13")
    assert event is not None
    assert [line.best for line in event.ledger] == [1200]
    assert event == due.alert.event
