"""Who may read and who may write, forms that only a page of ours can send, and what surrounds every answer."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from board.access import refuse_the_public
from board.building import application, listening
from board.lent import House
from core.config import Board, Listen, validate
from core.errors import ConfigError
from storage.store import Store
from tests.board.conftest import Opened
from tests.board.house import READ, WRITE, form_of, house_on, send, told

PAGES = ("/events", "/charts", "/sources", "/coverage", "/archives", "/why", "/acts", "/articles", "/events.csv")
TOKENS = {"read_token": READ, "write_token": WRITE}


def enter(browse: TestClient, token: str, name: str = "Mark") -> TestClient:
    answer = browse.post(
        "/login", data={"form": form_of(browse, "/login"), "token": token, "name": name, "to": "/events"}
    )
    assert answer.status_code == 303, answer.text
    return browse


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "desk.example"])
def test_a_public_address_without_a_token_is_refused(host: str, store: Store, tmp_path: Path) -> None:
    house = house_on(store, tmp_path, listen=Listen(host, 8030))
    with pytest.raises(ConfigError, match=r"board.listen: .* can be reached from other machines: set board.read_token"):
        application(house)
    for settings in (TOKENS, {"write_token": WRITE}, {"user_header": "X-Forwarded-User"}):
        refuse_the_public(Board(listen=Listen(host, 8030), **settings))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_a_loopback_needs_no_token(host: str) -> None:
    refuse_the_public(Board(listen=Listen(host, 8030)))


def test_a_taken_port_is_said(house: House) -> None:
    with listening(house.settings) as at:
        port = at.getsockname()[1]
        with (
            pytest.raises(ConfigError, match=rf"board.listen: 127.0.0.1:{port}: Address already in use"),
            listening(Board(listen=Listen("127.0.0.1", port))),
        ):
            pass


@pytest.mark.parametrize(
    ("board", "says"),
    [
        ({"read_token": "short"}, "a token of 24 characters or more"),
        ({"read_token": READ, "write_token": READ}, "are the same: whoever may read could write"),
        ({"proxies": ["everywhere"]}, "an address or a network is wanted"),
        ({"listen": "8030"}, "a host and a port are wanted"),
        ({"tokn": READ}, "unknown key"),
    ],
)
def test_wrong_settings_are_said_without_the_secret(board: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        validate({"board": board}, {})
    assert "short" not in str(caught.value)


@pytest.mark.parametrize("path", [*PAGES, "/", "/events/X", "/charts.png", "/events.atom", "/sources/outlet-1"])
def test_strangers_are_led_to_the_door(opened: Opened, path: str) -> None:
    answer = opened(**TOKENS).get(path)
    assert answer.status_code in (302, 303)
    assert answer.status_code == 302 or answer.headers["location"].startswith("/login?to=")


@pytest.mark.parametrize("path", ["events", "sources", "openapi.json", "charts", "articles/why?article=x"])
def test_strange_programs_are_told_what_is_wanted(opened: Opened, path: str) -> None:
    answer = opened(**TOKENS).get(f"/api/{path}")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {"detail": "A token is wanted: Authorization: Bearer TOKEN."}


def test_the_read_token_reads_and_does_not_write(opened: Opened, store: Store) -> None:
    event_id = told(store)
    browse = enter(opened(**TOKENS), READ)
    assert browse.get("/events").status_code == 200
    assert "Confirm" not in browse.get(f"/events/{event_id}").text
    form = form_of(browse, "/why") if 'name="form"' in browse.get("/why").text else form_of(browse, "/login")
    answer = browse.post(f"/events/{event_id}/say", data={"form": form, "verdict": "confirm"})
    assert answer.status_code == 403
    assert "enter with the write token" in answer.text


def test_the_write_token_writes_under_the_name_given(opened: Opened, store: Store) -> None:
    event_id = told(store)
    browse = enter(opened(**TOKENS), WRITE, "Марк")
    assert send(browse, f"/events/{event_id}", f"/events/{event_id}/say", verdict="confirm").status_code == 303
    assert "confirmed by Марк" in browse.get("/events").text
    send(browse, "/events", "/logout")
    assert browse.get("/events").status_code == 303


def test_a_wrong_token_is_said(opened: Opened) -> None:
    browse = opened(**TOKENS)
    answer = browse.post("/login", data={"form": form_of(browse, "/login"), "token": "x" * 30, "name": "Eve"})
    assert answer.status_code == 401
    assert "That is no token of this board" in answer.text


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_door_leads_nowhere_else(opened: Opened, to: str) -> None:
    browse = opened(**TOKENS)
    form = form_of(browse, "/login")
    answer = browse.post("/login", data={"form": form, "token": READ, "name": "Eve", "to": to})
    assert answer.headers["location"] == "/events"


def test_a_session_ends_with_its_token_and_cannot_be_made(opened: Opened) -> None:
    browse = enter(opened(**TOKENS), WRITE)
    session = browse.cookies["board_session"]
    other = opened(read_token=READ, write_token="another-" + "w" * 24)
    other.cookies.set("board_session", session)
    assert other.get("/events").status_code == 303
    forged = opened(**TOKENS)
    forged.cookies.set("board_session", session[:-2] + "xx")
    assert forged.get("/events").status_code == 303


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Bearer {READ}", 200),
        (f"Basic {base64.b64encode(f'feed:{READ}'.encode()).decode()}", 200),
        ("Bearer wrong", 303),
        ("Basic %%%", 303),
        ("Basic " + base64.b64encode(b"\xff\xfe").decode(), 303),
        ("Digest x", 303),
    ],
)
def test_feed_readers_give_the_token_in_a_header(opened: Opened, header: str, status: int) -> None:
    assert opened(**TOKENS).get("/events.atom", headers={"Authorization": header}).status_code == status


def test_a_proxy_names_its_users_and_nobody_else_can(store: Store, tmp_path: Path) -> None:
    made = application(house_on(store, tmp_path, user_header="X-Forwarded-User", proxies=("10.0.0.7",)))
    headers = {"X-Forwarded-User": "iryna@desk.example"}
    proxy = TestClient(made, base_url="http://127.0.0.1", client=("10.0.0.7", 4), follow_redirects=False)
    assert "iryna@desk.example" in proxy.get("/events", headers=headers).text
    assert proxy.get("/events").status_code == 401
    stranger = TestClient(made, base_url="http://127.0.0.1", client=("10.0.0.8", 4), follow_redirects=False)
    assert stranger.get("/events", headers=headers).status_code == 401


@pytest.mark.parametrize("path", ["say", "merge", "split", "undo"])
def test_no_change_without_the_form_of_our_page(browse: TestClient, store: Store, path: str) -> None:
    event_id = told(store)
    fields = {"verdict": "confirm", "other": "x", "article": "article-1"}
    for form in ({}, {"form": "made-up"}):
        answer = browse.post(f"/events/{event_id}/{path}", data={**fields, **form})
        assert answer.status_code == 403, answer.text
    event = store.event(event_id)
    assert event is not None
    assert event.feedback == ()


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_no_change_from_a_page_of_another_site(browse: TestClient, store: Store, headers: dict[str, str]) -> None:
    event_id = told(store)
    form = form_of(browse, f"/events/{event_id}")
    fields = {"form": form, "verdict": "confirm"}
    assert browse.post(f"/events/{event_id}/say", data=fields, headers=headers).status_code == 403
    assert browse.post(f"/api/events/{event_id}/words", json={"verdict": "confirm"}, headers=headers).status_code == 403


def test_the_api_takes_json_only_so_that_no_form_of_another_site_reaches_it(browse: TestClient, store: Store) -> None:
    event_id = told(store)
    answer = browse.post(
        f"/api/events/{event_id}/words", content='{"verdict": "confirm"}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code in (403, 422)


def test_every_answer_has_the_headers_that_let_nothing_foreign_run(browse: TestClient, store: Store) -> None:
    event_id = told(store)
    for path in (*PAGES, f"/events/{event_id}", "/nowhere", "/static/board.css", "/api/events", "/login"):
        headers = browse.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"
        assert ("no-store" in headers["cache-control"]) != path.startswith("/static/")


def test_no_page_has_script_or_style_of_its_own(browse: TestClient, store: Store) -> None:
    event_id = told(store)
    for path in (*PAGES[:-1], f"/events/{event_id}", "/sources/outlet-1", "/nowhere", "/login"):
        page = browse.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert page.count("<script") == page.count('<script src="/static/')


def test_cookies_are_for_this_board_only(opened: Opened) -> None:
    browse = opened("https://desk.example", url="https://desk.example", **TOKENS)
    form = form_of(browse, "/login")
    answer = browse.post("/login", data={"form": form, "token": WRITE, "name": "Mark"})
    (cookie,) = (each for each in answer.headers.get_list("set-cookie") if each.startswith("board_session"))
    for flag in ("HttpOnly", "SameSite=strict", "Secure", "Path=/"):
        assert flag in cookie


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "evil.example:8030"])
def test_a_loopback_goes_by_its_own_names_only(browse: TestClient, host: str) -> None:
    assert browse.get("/events", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8030", "127.0.0.1", "[::1]:8030", "LOCALHOST"])
def test_those_names_are_known(browse: TestClient, host: str) -> None:
    assert browse.get("/events", headers={"Host": host}).status_code == 200


def test_what_is_too_large_is_not_read(browse: TestClient) -> None:
    form = form_of(browse, "/why")
    assert browse.post("/why", data={"form": form, "text": "x" * 1_100_000}).status_code == 413
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    endless = (b"x" * 100_000 for _ in range(12))
    assert browse.post("/why", content=endless, headers=headers).status_code == 413
    assert browse.post("/why", data={"form": form, "text": "x" * 100_001}).status_code == 400


@pytest.mark.parametrize("path", ["/events/%00", "/events?q=%00", "/sources/%00", "/why?article=%00"])
def test_what_no_database_takes_is_refused(browse: TestClient, path: str) -> None:
    assert browse.get(path).status_code == 400
