"""The buttons below an event, and what a click on one says; whatever else Slack tells is nothing to us."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channels.slack_buttons import Asked, WrongFigureError, buttons, clicked, dialog
from core.feedback import Feedback, Verdict, feedback
from core.model import Alert, Event
from tests.alerts.stories import NAMES, NOON, an_event
from tests.alerts.test_blocks import leaves
from tests.alerts.wicked import alerts_of_wicked_text

CHANNEL = "C012AB3CD45"
OLENA = {"id": "U1", "username": "olena", "name": "olena"}


def after(*verdicts: Verdict) -> Event:
    said = [Feedback(f"{n}", "event-1", each, "Olena", NOON.replace(minute=n)) for n, each in enumerate(verdicts)]
    return feedback(an_event(), said)


def click(name: str, **changes: Any) -> dict[str, Any]:
    """What Slack tells of a click, as its documentation shows it."""
    return {
        "type": "block_actions",
        "user": OLENA,
        "trigger_id": "12345.98765.abcd",
        "container": {"type": "message", "message_ts": "1750000000.000100", "channel_id": CHANNEL},
        "channel": {"id": CHANNEL, "name": "exchanges"},
        "message": {"ts": "1750000000.000100", "text": "First report"},
        "actions": [{"action_id": name, "value": "event-1", "type": "button", "action_ts": "1750000060.000001"}],
        **changes,
    }


def sent_off(figure: str | None, line: str | None = '["RU", "UA", "bodies"]') -> dict[str, Any]:
    option = None if line is None else {"text": {"type": "plain_text", "text": "…"}, "value": line}
    values = {"line": {"line": {"selected_option": option}}, "figure": {"figure": {"value": figure}}}
    view = {"id": "V1", "callback_id": "exchangewatch_correct", "private_metadata": "event-1"}
    return {"type": "view_submission", "user": OLENA, "view": {**view, "state": {"values": values}}}


@pytest.mark.parametrize(
    ("said", "labels"),
    [
        ((), ["Confirm", "Not an exchange", "Wrong figure", "Mute thread"]),
        (("confirm",), ["Not an exchange", "Wrong figure", "Mute thread"]),
        (("dismiss",), ["It is an exchange", "Wrong figure", "Mute thread"]),
        (("mute",), ["Confirm", "Not an exchange", "Wrong figure", "Unmute thread"]),
        (("mute", "unmute"), ["Confirm", "Not an exchange", "Wrong figure", "Mute thread"]),
    ],
)
def test_the_buttons_offer_what_is_not_said_yet_or_take_it_back(said: tuple[Verdict, ...], labels: list[str]) -> None:
    assert [each["text"]["text"] for each in buttons(after(*said))["elements"]] == labels


def test_an_event_without_figures_has_none_to_correct() -> None:
    labels = [each["text"]["text"] for each in buttons(an_event(ledger=()))["elements"]]
    assert "Wrong figure" not in labels


@pytest.mark.parametrize("verdict", ["confirm", "dismiss", "mute", "unmute"])
def test_a_click_says_who_said_what_and_when(verdict: str) -> None:
    said = clicked(click(f"exchangewatch_{verdict}"), CHANNEL, NOON)
    assert isinstance(said, Feedback)
    assert (said.verdict, said.event_id, said.by, said.at) == (verdict, "event-1", "olena (U1)", NOON)
    assert said.id == clicked(click(f"exchangewatch_{verdict}"), CHANNEL, NOON.replace(hour=13)).id  # type: ignore[union-attr]


def test_a_click_on_wrong_figure_asks_for_the_dialog_which_names_the_directions() -> None:
    assert clicked(click("exchangewatch_correct"), CHANNEL, NOON) == Asked("event-1", "12345.98765.abcd")
    view = dialog(an_event(), NAMES)
    options = view["blocks"][0]["element"]["options"]
    assert [each["text"]["text"] for each in options] == [
        *("Russia → Ukraine: 909 bodies", "Ukraine → Russia: 34 bodies")
    ]
    chosen = clicked(sent_off("910", options[0]["value"]), CHANNEL, NOON)
    assert chosen == Feedback("slack:V1", "event-1", "correct", "olena (U1)", NOON, "RU", "UA", "bodies", 910)


@pytest.mark.parametrize(
    "payload", [sent_off(""), sent_off(None), sent_off("-1"), sent_off("9" * 9), sent_off("٣"), sent_off("1", None)]
)
def test_a_dialog_without_a_figure_is_told_what_is_wanted(payload: dict[str, Any]) -> None:
    with pytest.raises(WrongFigureError, match=r"wanted|choose"):
        clicked(payload, CHANNEL, NOON)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        click("somebody_elses_button"),
        click("exchangewatch_mute", channel={"id": "C0000OTHER"}),
        click("exchangewatch_mute", actions=[]),
        {"type": "view_submission", "view": {"callback_id": "other"}},
        {"type": "shortcut", "callback_id": "exchangewatch_correct"},
    ],
)
def test_what_is_not_ours_says_nothing(payload: dict[str, Any]) -> None:
    assert clicked(payload, CHANNEL, NOON) is None


@settings(max_examples=40)
@given(alerts_of_wicked_text(), st.sampled_from(["x", "ж" * 200]))
def test_buttons_and_dialog_stay_within_slacks_limits(alert: Alert, event_id: str) -> None:
    event = replace(alert.event, id=event_id)
    block = buttons(event)
    assert len(block["elements"]) <= 25
    assert all(len(each["value"]) <= 2_000 for each in block["elements"])
    if any(each["action_id"] == "exchangewatch_correct" for each in block["elements"]):
        view = dialog(event, NAMES)
        options = view["blocks"][0]["element"]["options"]
        assert 0 < len(options) <= 100
        assert all(len(each["value"]) <= 150 and 0 < len(each["text"]["text"]) <= 75 for each in options)
        assert len(view["private_metadata"]) <= 3_000
        assert len({each["value"] for each in options}) == len(options)
        assert all(each["type"] == "plain_text" for each in leaves(view))
