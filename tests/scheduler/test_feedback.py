"""What the desk says of an event, and what it changes: a muted one is silent, a closed one gone, a figure leads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.errors import StorageError
from core.feedback import Feedback, Verdict, feedback, hushed, is_closed, standing
from core.model import Delivery
from scheduler.intake import Intake, take_in
from storage.store import Store
from tests.builders import NOON, make_article, make_event, make_exchange, make_report, make_transfer

EVENT = "RU-UA-dead-2025-06-13"
MINUTE = timedelta(minutes=1)


def said(verdict: Verdict, minutes: float = 30, **changes: Any) -> Feedback:
    values: dict[str, Any] = {"id": f"{verdict}-{minutes}", "event_id": EVENT, "by": "Olena"}
    return Feedback(verdict=verdict, at=NOON + minutes * MINUTE, **{**values, **changes})


def right(figure: int, minutes: float = 30, **changes: Any) -> Feedback:
    line = {"giver": "RU", "receiver": "UA", "what": "bodies", "figure": figure}
    return said("correct", minutes, **{**line, **changes})


def bring(store: Store, number: int, count: int | None = 1200, **changes: Any) -> Intake:
    report = make_report(make_exchange(make_transfer(count=count), **changes))
    now = NOON + number * MINUTE
    return take_in(store, make_article(number), report, now, ["desk"], max_age=timedelta(days=2))


def say(store: Store, given: Feedback) -> bool:
    with store.write() as unit:
        return unit.put_feedback(given)


def accept(store: Store, alert_id: str) -> None:
    store.record_delivery(Delivery(alert_id, "desk", "accepted", NOON, "17.1", "17.1"))


def test_a_muted_event_is_silent_until_it_is_no_longer_muted(store: Store) -> None:
    (first,) = bring(store, 1).alerts
    accept(store, first.id)
    assert say(store, said("mute"))
    (silence,) = bring(store, 40, 1212).silences
    assert silence.reason == "muted by Olena on 2025-06-13"
    assert store.counts().deliveries_pending == 0
    assert [each.reason for each in store.decisions(EVENT)][1:] == ["muted by Olena", silence.reason]
    say(store, said("unmute", 50))
    (alert,) = bring(store, 60, 1300).alerts
    assert "1,300" in alert.detail


def test_what_waits_is_not_told_of_an_event_that_was_muted_meanwhile(store: Store) -> None:
    (first,) = bring(store, 1).alerts
    say(store, said("mute"))
    assert store.due_deliveries(["desk"], NOON + 60 * MINUTE) == []
    (delivery,) = store.deliveries(first.id)
    assert (delivery.outcome, delivery.detail) == ("silenced", "muted by Olena")
    assert store.retry_refused(NOON) == 0
    accept(store, first.id)
    assert [each.outcome for each in store.deliveries(first.id)] == ["accepted"], "it was on its way"


def test_a_dismissed_event_is_closed_and_can_be_opened_again(store: Store) -> None:
    bring(store, 1)
    say(store, said("dismiss"))
    (silence,) = bring(store, 2, status="planned").silences
    assert silence.reason.startswith("closed as not an exchange by Olena")
    assert (store.events(), store.counts().events) == ([], 0)
    (closed,) = store.events(closed=True)
    assert is_closed(closed)
    say(store, said("confirm", 40))
    assert [event.id for event in store.events()] == [EVENT]


def test_a_corrected_figure_leads_the_ledger_and_no_claim_is_lost(store: Store) -> None:
    (first,) = bring(store, 1).alerts
    accept(store, first.id)
    bring(store, 2, 1212)
    say(store, right(1212))
    for event in (store.event(EVENT), *store.events()):
        assert event is not None
        (line,) = event.ledger
        assert (line.low, line.best, line.high) == (1212, 1212, 1212)
        assert [claim.best for claim in line.claims] == [1200, 1212]
    (thread,) = store.stale_threads(["desk"], NOON + 60 * MINUTE)
    assert thread.event.ledger[0].best == 1212
    assert thread.event.feedback == (right(1212),)


def test_the_desk_is_not_told_what_it_said_itself(store: Store) -> None:
    (first,) = bring(store, 1).alerts
    accept(store, first.id)
    say(store, right(1250))
    (silence,) = bring(store, 40).silences
    assert silence.reason == "outlet-40.example: nothing new"


def test_what_still_waits_is_told_with_what_was_said_meanwhile(store: Store) -> None:
    bring(store, 1)
    say(store, right(1250))
    (due,) = store.due_deliveries(["desk"], NOON + 60 * MINUTE)
    assert due.alert.event.ledger[0].best == 1250
    assert due.alert.event.feedback


def test_the_same_click_counts_once_and_an_unknown_event_is_refused(store: Store) -> None:
    bring(store, 1)
    assert say(store, said("mute"))
    assert not say(store, said("mute"))
    with pytest.raises(StorageError, match="there is no event nothing"):
        say(store, said("mute", 31, event_id="nothing"))


def test_what_was_said_of_a_merged_event_goes_along_but_for_its_silence(store: Store) -> None:
    bring(store, 1)
    bring(store, 2, kind="prisoners", date="2025-05-01")
    (other,) = [event.id for event in store.events() if event.id != EVENT]
    say(store, right(1250))
    say(store, said("mute"))
    with store.write() as unit:
        unit.remove_event(EVENT, other)
    kept = store.event(EVENT)
    assert kept is not None
    assert [each.verdict for each in kept.feedback] == ["correct"]
    say(store, said("confirm", 40))
    kept = store.event(other)
    assert kept is not None
    assert [each.verdict for each in kept.feedback] == ["correct", "confirm"]


def test_the_last_word_holds() -> None:
    words = (said("dismiss"), said("confirm", 31), said("mute", 32), right(1, 33), right(2, 34))
    event = feedback(make_event(), reversed(words))
    assert event.feedback == words
    assert standing(event) == (words[1], words[2], words[4])
    assert event.ledger[0].best == 2
    assert hushed(event) == words[2]
    assert not is_closed(event)


def test_a_correction_of_a_line_that_is_no_longer_there_changes_nothing() -> None:
    assert feedback(make_event(), [right(1, giver="UA")]).ledger == make_event().ledger
