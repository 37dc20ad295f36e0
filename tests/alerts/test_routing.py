"""Which channel hears of what, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.routing import quiet_until, routes
from core.config import Quiet, Watch
from tests.builders import NOON, make_event, make_member

EVENT = make_event(make_member(1, kind="remains", language="uk", score=0.8))
CHANNELS = ("console", "slack")


def watch(**keys: Any) -> Watch:
    return Watch.model_validate({"to": ["slack"], **keys})


def quiet(begins: str, ends: str, zone: str = "UTC") -> Quiet:
    return Quiet.model_validate({"from": begins, "to": ends, "timezone": zone})


def test_without_watches_every_channel_hears_everything_at_once() -> None:
    assert routes(EVENT, CHANNELS, [], NOON) == {"console": NOON, "slack": NOON}


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"parties": ["UA"]},
        {"kinds": ["prisoners", "remains"]},
        {"statuses": ["completed"]},
        {"score": 0.8},
        {"languages": ["uk", "ru"]},
    ],
)
def test_a_watch_that_fits(keys: dict[str, Any]) -> None:
    assert routes(EVENT, CHANNELS, [watch(**keys)], NOON) == {"slack": NOON}


@pytest.mark.parametrize(
    "keys",
    [
        {"parties": ["UA", "HAMAS"]},
        {"kinds": ["prisoners"]},
        {"statuses": ["planned"]},
        {"score": 0.81},
        {"languages": ["en"]},
    ],
)
def test_a_watch_that_does_not_fit(keys: dict[str, Any]) -> None:
    assert routes(EVENT, CHANNELS, [watch(**keys)], NOON) == {}


def test_a_channel_hears_of_what_any_watch_on_it_is_for_and_at_the_earliest() -> None:
    night = {"from": "11:00", "to": "13:00", "timezone": "UTC"}
    watches = [watch(quiet=night), watch(to=["console", "slack"], slack_channel="C0123456789", quiet=night), watch()]
    one = datetime(2025, 6, 13, 13, tzinfo=UTC)
    assert routes(EVENT, CHANNELS, watches, NOON) == {"slack": NOON, "console": one, "slack:C0123456789": one}


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (quiet("22:00", "07:00"), "2025-06-13T21:59", "2025-06-13T21:59"),
        (quiet("22:00", "07:00"), "2025-06-13T22:00", "2025-06-14T07:00"),
        (quiet("22:00", "07:00"), "2025-06-14T06:59", "2025-06-14T07:00"),
        (quiet("22:00", "07:00"), "2025-06-14T07:00", "2025-06-14T07:00"),
        (quiet("12:00", "13:30"), "2025-06-13T12:30", "2025-06-13T13:30"),
        (quiet("22:00", "07:00", "Europe/Kyiv"), "2025-06-13T20:00", "2025-06-14T04:00"),
        (quiet("22:00", "07:00", "Europe/Kyiv"), "2025-10-25T20:00", "2025-10-26T05:00"),
    ],
)
def test_quiet_hours_by_the_clocks_of_their_timezone(hours: Quiet, now: str, until: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert quiet_until(hours, moment) == datetime.fromisoformat(until).replace(tzinfo=UTC)
