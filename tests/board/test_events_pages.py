"""The list of events and the page of each: what they show, what is found, and what the desk does there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from core.feedback import Feedback, is_closed
from core.model import Delivery
from storage.store import Store
from tests.board.house import form_of, send, told
from tests.builders import NOON, make_transfer


def test_an_empty_board_says_what_will_come(browse: TestClient) -> None:
    assert "They appear here by themselves" in browse.get("/events").text


def test_the_first_page_is_the_list(browse: TestClient) -> None:
    assert browse.get("/").headers["location"] == "/events"


def test_a_row_tells_day_sides_figures_and_status(browse: TestClient, store: Store) -> None:
    told(store, 1)
    page = browse.get("/events").text
    for words in ("13 June 2025", "Russia and Ukraine", "Russia → Ukraine", "1,200 bodies", "completed"):
        assert words in page
    assert "not reviewed" in page


def test_a_disputed_figure_is_told_as_a_range(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1)
    told(store, 2, make_transfer(count=1212))
    page = browse.get("/events").text
    assert "1,200 – 1,212 bodies" in page
    assert "disputed" in page
    assert "The accounts disagree" in browse.get(f"/events/{event_id}").text


@pytest.fixture
def several(store: Store) -> dict[str, str]:
    """Three events that differ in everything."""
    found = {
        "bodies": told(store, 1, title="Bodies brought home"),
        "prisoners": told(
            store, 3, make_transfer("HAMAS", "IL", 20, what="prisoners"), kind="prisoners", date="2025-01-19",
            parties=("HAMAS", "IL"), status="planned",
        ),
        "old": told(store, 4, make_transfer(count=70), date="2024-02-01"),
    }  # fmt: skip
    with store.write() as unit:
        unit.put_feedback(Feedback("1", found["old"], "confirm", "Mark", NOON))
    return found


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["bodies", "prisoners", "old"]),
        ("party=IL", ["prisoners"]),
        ("kind=prisoners", ["prisoners"]),
        ("status=completed", ["bodies", "old"]),
        ("unreviewed=1", ["bodies", "prisoners"]),
        ("since=2025-01-01", ["bodies", "prisoners"]),
        ("until=2025-01-19", ["prisoners", "old"]),
        ("q=brought+home", ["bodies"]),
        ("q=HAMAS", ["prisoners"]),
        ("q=isra", ["prisoners"]),
        ("q=100%25", []),
        ("disputed=1", []),
        ("kind=nonsense&since=yesterday&after=nonsense", ["bodies", "prisoners", "old"]),
    ],
)
def test_filters_stand_in_the_address(
    browse: TestClient, several: dict[str, str], query: str, names: list[str]
) -> None:
    page = browse.get(f"/events?{query}").text
    assert [name for name, event_id in several.items() if f'id="row-{event_id}"' in page] == names


def test_pages_follow_each_other_without_gap_or_repetition(browse: TestClient, store: Store) -> None:
    ids = [told(store, n, date=f"2025-{1 + n // 5:02}-{1 + 5 * (n % 5):02}") for n in range(45)]
    seen: list[str] = []
    address = "/events"
    while address:
        page = browse.get(address).text
        seen += [each.split('"')[0] for each in page.split('id="row-')[1:]]
        address = page.split('class="next" href="')[1].split('"')[0].replace("&amp;", "&") if "older ›" in page else ""
    assert sorted(seen) == sorted(set(ids))
    assert len(seen) == len(set(seen))


def test_what_is_polled_is_nothing_until_something_is_new(browse: TestClient, store: Store) -> None:
    told(store, 1)
    page = browse.get("/events").text
    mark = page.split('data-mark="')[1].split('"')[0]
    assert browse.get(f"/events?rows=1&mark={mark}").status_code == 204
    told(store, 5, date="2025-02-01")
    fresh = browse.get(f"/events?rows=1&mark={mark}")
    assert fresh.status_code == 200
    assert "1 February 2025" in fresh.text


def test_the_page_of_an_event_tells_all_that_is_known(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1, make_transfer(claimed_by="Coordination Headquarters", claimed_side="UA"))
    page = browse.get(f"/events/{event_id}").text
    for words in ("Ukraine says", "Coordination Headquarters", "Timeline", "Articles", "Story 1", 'lang="en"'):
        assert words in page


def test_an_event_that_there_is_not_is_said(browse: TestClient) -> None:
    answer = browse.get("/events/NO-SUCH")
    assert answer.status_code == 404
    assert "There is no event NO-SUCH" in answer.text


def test_a_thread_in_slack_is_linked(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1)
    (alert,) = store.alerts(event_id)
    sent = Delivery(alert.id, "slack", "accepted", NOON, "1750000000.000100", "1750000000.000100")
    store.record_delivery(sent)
    page = browse.get(f"/events/{event_id}").text
    assert 'href="https://slack.com/archives/C0123456789/p1750000000000100"' in page


def test_confirm_dismiss_mute_and_undo(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1)
    here = f"/events/{event_id}"
    assert send(browse, here, f"{here}/say", verdict="confirm").status_code == 303
    assert "confirmed by Olena" in browse.get("/events").text
    send(browse, here, f"{here}/say", verdict="dismiss")
    event = store.event(event_id)
    assert event is not None
    assert is_closed(event)
    assert f'id="row-{event_id}"' not in browse.get("/events").text
    assert f'id="row-{event_id}"' in browse.get("/events?closed=1").text
    send(browse, here, f"{here}/undo")
    assert "confirmed by Olena" in browse.get("/events").text
    send(browse, here, f"{here}/undo")
    assert "not reviewed" in browse.get("/events").text
    send(browse, here, f"{here}/say", verdict="mute")
    assert "Nothing more is told of this event: muted by Olena" in browse.get(here).text


def test_the_same_word_twice_is_said_once(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1)
    here = f"/events/{event_id}"
    for _ in range(2):
        send(browse, here, f"{here}/say", verdict="confirm")
    event = store.event(event_id)
    assert event is not None
    assert len(event.feedback) == 1


@pytest.mark.parametrize(("figure", "right"), [("1,212", 1212), ("1 212", 1212), ("900", 900)])
def test_a_figure_is_corrected(browse: TestClient, store: Store, figure: str, right: int) -> None:
    event_id = told(store, 1)
    send(browse, f"/events/{event_id}", f"/events/{event_id}/say", verdict="correct", line="0", figure=figure)
    event = store.event(event_id)
    assert event is not None
    assert event.ledger[0].best == right
    assert event.ledger[0].claims[0].best == 1200
    assert "the claims below stay as they were made" in browse.get(f"/events/{event_id}").text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"verdict": "correct", "line": "0", "figure": "many"}, "is no figure"),
        ({"verdict": "correct", "line": "0", "figure": "99999999999"}, "is no figure"),
        ({"verdict": "correct", "line": "7", "figure": "12"}, "no such line"),
        ({"verdict": "correct", "line": "٣", "figure": "12"}, "no such line"),
        ({"verdict": "approve"}, "say confirm"),
        ({}, "say confirm"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    browse: TestClient, store: Store, fields: dict[str, str], says: str
) -> None:
    event_id = told(store, 1)
    answer = send(browse, f"/events/{event_id}", f"/events/{event_id}/say", **fields)
    assert answer.status_code == 400
    assert says in answer.text
    event = store.event(event_id)
    assert event is not None
    assert event.feedback == ()


def test_merge_and_undo(browse: TestClient, store: Store) -> None:
    one, other = told(store, 1), told(store, 3, make_transfer(count=77), date="2025-06-20")
    send(browse, f"/events/{one}", f"/events/{one}/merge", other=other)
    assert browse.get(f"/events/{other}").headers["location"] == f"/events/{one}"
    assert send(browse, f"/events/{one}", f"/events/{one}/merge", other=other).status_code == 400
    send(browse, f"/events/{one}", f"/events/{one}/undo")
    assert len(store.events()) == 2


def test_split(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1)
    told(store, 2)
    here = f"/events/{event_id}"
    assert send(browse, here, f"{here}/split").status_code == 400
    assert send(browse, here, f"{here}/split", article=["article-1", "article-2"]).status_code == 400
    answer = send(browse, here, f"{here}/split", article=["article-2"])
    assert answer.status_code == 303
    assert answer.headers["location"] != here
    assert len(store.events()) == 2


def test_everything_done_by_hand_is_in_the_audit(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1)
    send(browse, f"/events/{event_id}", f"/events/{event_id}/say", verdict="confirm")
    send(browse, f"/events/{event_id}", f"/events/{event_id}/say", verdict="correct", line="0", figure="7")
    send(browse, "/acts", "/me", name="Марія")
    send(browse, "/sources/outlet-1", "/sources/outlet-1/pause")
    page = browse.get("/acts").text
    for words in ("<strong>Olena</strong> confirmed", "corrected RU to UA, bodies: 7", "<strong>Марія</strong> paused"):
        assert words in page


def test_the_list_returns_the_row_that_was_judged(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1)
    answer = send(browse, "/events", f"/events/{event_id}/say", verdict="confirm", **{"as": "row"})
    assert answer.text.strip().startswith('<tr class="row')
    assert "confirmed by Olena" in answer.text


def test_an_event_that_changed_while_it_is_read_is_announced(browse: TestClient, store: Store) -> None:
    event_id = told(store, 1)
    page = browse.get(f"/events/{event_id}").text
    fresh = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert browse.get(fresh).status_code == 204
    told(store, 2, published=NOON + timedelta(hours=1))
    assert "Something new is known" in browse.get(fresh).text


def test_the_form_of_another_reader_is_refused(browse: TestClient, store: Store, opened: object) -> None:
    event_id = told(store, 1)
    form = form_of(browse, f"/events/{event_id}")
    browse.cookies.clear()
    assert browse.post(f"/events/{event_id}/say", data={"form": form, "verdict": "confirm"}).status_code == 403
