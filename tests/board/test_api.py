"""The API: what it answers, what the desk does through it, and that it is what its own description says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from starlette.testclient import TestClient

from board.building import application
from core.feedback import is_closed
from storage.store import Store
from tests.board.conftest import Opened
from tests.board.house import READ, WRITE, house_on, told
from tests.builders import make_article, make_rejection, make_transfer

TOKENS = {"read_token": READ, "write_token": WRITE}


@pytest.fixture
def desk(opened: Opened) -> TestClient:
    """A program with the write token, that says for whom it works."""
    browse = opened(**TOKENS)
    browse.headers["Authorization"] = f"Bearer {WRITE}"
    browse.headers["X-Desk-Name"] = "Olena"
    return browse


def test_events_are_what_the_command_writes_and_what_the_desk_said(desk: TestClient, store: Store) -> None:
    event_id = told(store)
    told(store, 2, make_transfer(count=1212))
    (event,) = desk.get("/api/events").json()["events"]
    assert event["id"] == event_id
    (transfer,) = event["transfers"]
    assert (transfer["from"], transfer["low"], transfer["high"]) == ("RU", 1200, 1212)
    assert len(transfer["claims"]) == 2
    said = desk.post(f"/api/events/{event_id}/words", json={"verdict": "confirm"}).json()
    assert said["standing"] == ["confirmed by Olena"]
    assert desk.get(f"/api/events/{event_id}").json() == said


def test_pages_follow_each_other(desk: TestClient, store: Store) -> None:
    ids = {told(store, n, date=f"2025-0{n}-01") for n in range(1, 8)}
    seen: list[str] = []
    after = ""
    while after is not None:
        page = desk.get("/api/events", params={"limit": 3, "after": after}).json()
        seen += [each["id"] for each in page["events"]]
        after = page["after"]
    assert len(seen) == len(ids)
    assert set(seen) == ids


def test_a_figure_is_corrected_by_the_names_of_its_direction(desk: TestClient, store: Store) -> None:
    event_id = told(store)
    word = {"verdict": "correct", "from": "RU", "to": "UA", "what": "bodies", "figure": 1206}
    event = desk.post(f"/api/events/{event_id}/words", json=word).json()
    assert event["transfers"][0]["best"] == 1206
    assert desk.post(f"/api/events/{event_id}/words", json={**word, "from": "IL"}).status_code == 409
    assert desk.post(f"/api/events/{event_id}/undo").json() == {"undone": "figure corrected by Olena"}


def test_merge_split_and_close(desk: TestClient, store: Store) -> None:
    one, other = told(store), told(store, 3, make_transfer(count=77), date="2025-06-25")
    assert len(desk.post(f"/api/events/{one}/merge", json={"other": other}).json()["articles"]) == 2
    made = desk.post(f"/api/events/{one}/split", json={"articles": ["article-3"]}).json()
    assert [each["id"] for each in made["articles"]] == ["article-3"]
    desk.post(f"/api/events/{one}/words", json={"verdict": "dismiss"})
    event = store.event(one)
    assert event is not None
    assert is_closed(event)


def test_the_read_token_changes_nothing(opened: Opened, store: Store) -> None:
    event_id = told(store)
    browse = opened(**TOKENS)
    browse.headers["Authorization"] = f"Bearer {READ}"
    assert browse.get("/api/events").status_code == 200
    answer = browse.post(f"/api/events/{event_id}/words", json={"verdict": "confirm"})
    assert answer.status_code == 403
    assert answer.json() == {"detail": "This token may read, not write."}


def test_sources_are_paused_and_asked_for(desk: TestClient, store: Store) -> None:
    assert desk.post("/api/sources/outlet-1/pause").json()["paused"] is True
    assert desk.post("/api/sources/outlet-1/visit").status_code == 409
    assert desk.post("/api/sources/outlet-1/resume").json()["paused"] is False
    assert desk.post("/api/sources/outlet-1/visit").status_code == 200
    assert desk.post("/api/sources/nobody/visit").status_code == 404
    assert [each["what"] for each in desk.get("/api/acts").json()] == ["asked for a visit to", "resumed", "paused"]


def test_why_a_text_or_an_article_is_a_report(desk: TestClient, store: Store) -> None:
    text = "Russia handed over the bodies of 1,200 fallen soldiers to Ukraine."
    assert desk.post("/api/why", json={"text": text, "published": "2025-06-13", "language": "en"}).json()["relevant"]
    assert desk.post("/api/why", json={"url": "https://outlet-1.example/x"}).json()["gate"] is None
    assert desk.post("/api/why", json={"url": "https://outlet-1.example/away"}).status_code == 502
    with store.write() as unit:
        unit.add_article(make_article(7, id="article-7"), make_rejection())
    assert desk.get("/api/articles/why?article=article-7").json()["gate"] == "words"


def test_charts_and_coverage(desk: TestClient, store: Store) -> None:
    told(store)
    (month,) = desk.get("/api/charts").json()
    assert (month["month"], month["from"], month["best"]) == ("2025-06", "RU", 1200)
    assert desk.get("/api/coverage?days=92").status_code == 200


@pytest.fixture
def described(tmp_path: Path, sqlite_with_tables: Path) -> Iterator[Any]:
    """The API of a board with a few events, as its own description has it."""
    path = tmp_path / "store.sqlite"
    path.write_bytes(sqlite_with_tables.read_bytes())
    with Store.open(f"sqlite:///{path}") as store:
        for number in range(5):
            told(store, number, date=f"2025-06-{10 + number}")
        yield schemathesis.openapi.from_asgi(
            "/api/openapi.json",
            application(house_on(store, tmp_path, url="http://testserver", **TOKENS)),
            headers={"Authorization": f"Bearer {WRITE}"},
        )


@pytest.mark.timeout(300)
def test_every_call_is_answered_as_described(described: Any) -> None:
    calls = [each.ok() for each in described.get_all_operations()]
    assert len(calls) >= 15
    for call in calls:

        @settings(max_examples=20, suppress_health_check=list(HealthCheck), database=None)
        @given(case=call.as_strategy())
        def answered(case: Any) -> None:
            case.call_and_validate()

        answered()
