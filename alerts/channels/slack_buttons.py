"""An event to the buttons below its thread, and a click on one of them, as Slack tells it, to what was said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import wording
from core.feedback import Feedback, Verdict, standing
from core.model import Event, LedgerLine

Element = dict[str, Any]

_OURS = "exchangewatch_"
_CORRECT = f"{_OURS}correct"
_LINE, _FIGURE = "line", "figure"
_LARGEST = 10_000_000
_MOST_LINES = 20
_VALUE = 150  # characters that Slack keeps for a choice
_TEXT = 75  # characters that Slack shows of one


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody wants to correct a figure of an event: the dialog is to be shown within three seconds."""

    event_id: str
    trigger: str


class WrongFigureError(ValueError):
    """What was typed is no number of people; its text is for the dialog."""


def buttons(event: Event) -> Element:
    """The buttons below an event as it stands: what was said can be taken back."""
    said = {each.verdict for each in standing(event)}
    found = [_button("confirm", "It is an exchange" if "dismiss" in said else "Confirm", event, style="primary")]
    if "confirm" in said:
        found = []
    if "dismiss" not in said:
        found.append(_button("dismiss", "Not an exchange", event, style="danger", confirm=_SURE))
    if _choices(event):
        found.append(_button("correct", "Wrong figure", event))
    silent = "mute" in said
    found.append(_button("unmute" if silent else "mute", "Unmute thread" if silent else "Mute thread", event))
    return {"type": "actions", "block_id": f"{_OURS}buttons", "elements": found}


def dialog(event: Event, names: Mapping[str, str]) -> Element:
    """The dialog in which the right figure of a direction is given."""
    options = [_option(value, _direction(line, names)) for value, line in _choices(event).items()]
    select = {"type": "static_select", "action_id": _LINE, "options": options, "initial_option": options[0]}
    number = {
        "type": "number_input",
        "action_id": _FIGURE,
        "is_decimal_allowed": False,
        "min_value": "0",
        "max_value": str(_LARGEST),
    }
    return {
        "type": "modal",
        "callback_id": _CORRECT,
        "private_metadata": event.id,
        "title": _plain("Wrong figure"),
        "submit": _plain("Correct"),
        "close": _plain("Leave it"),
        "blocks": [
            {"type": "input", "block_id": _LINE, "label": _plain("Which figure"), "element": select},
            {"type": "input", "block_id": _FIGURE, "label": _plain("The right figure"), "element": number},
        ],
    }


def clicked(payload: Mapping[str, Any], channel: str, now: datetime) -> Feedback | Asked | None:
    """What Slack tells of a click in a channel or of a dialog sent off -> what was said; None for what is not ours.

    Raises WrongFigureError for a dialog without a figure.
    """
    if payload.get("type") == "view_submission" and payload.get("view", {}).get("callback_id") == _CORRECT:
        return _corrected(payload, now)
    if payload.get("type") != "block_actions" or payload.get("channel", {}).get("id") != channel:
        return None
    action: Mapping[str, Any] = next(iter(payload.get("actions") or ()), {})
    name, event_id = str(action.get("action_id", "")), str(action.get("value", ""))
    if name == _CORRECT:
        return Asked(event_id, str(payload.get("trigger_id", "")))
    verdicts: dict[str, Verdict] = {
        f"{_OURS}confirm": "confirm",
        f"{_OURS}dismiss": "dismiss",
        f"{_OURS}mute": "mute",
        f"{_OURS}unmute": "unmute",
    }
    if name not in verdicts:
        return None
    place = payload.get("message", {}).get("ts") or payload.get("container", {}).get("message_ts", "")
    click = f"slack:{channel}:{place}:{payload.get('user', {}).get('id', '')}:{action.get('action_ts', '')}:{name}"
    return Feedback(click, event_id, verdicts[name], _who(payload), now)


def _corrected(payload: Mapping[str, Any], now: datetime) -> Feedback:
    view = payload["view"]
    values = view.get("state", {}).get("values", {})
    typed = str((values.get(_FIGURE, {}).get(_FIGURE) or {}).get("value") or "")
    chosen = ((values.get(_LINE, {}).get(_LINE) or {}).get("selected_option") or {}).get("value", "")
    if not (typed.isascii() and typed.isdigit() and int(typed) <= _LARGEST):
        raise WrongFigureError(f"a whole number from 0 to {_LARGEST:,} is wanted")
    try:
        giver, receiver, what = json.loads(chosen)
    except (TypeError, ValueError):
        raise WrongFigureError("choose which figure is wrong") from None
    click = f"slack:{view.get('id', '')}"
    event_id = str(view.get("private_metadata", ""))
    return Feedback(click, event_id, "correct", _who(payload), now, giver, receiver, what, int(typed))


def _who(payload: Mapping[str, Any]) -> str:
    """The name that readers know, and the id that stays when that is changed."""
    user = payload.get("user") or {}
    name = wording.clean(str(user.get("name") or user.get("username") or "somebody"), 80)
    return f"{name} ({user.get('id', 'unknown')})"


def _choices(event: Event) -> dict[str, LedgerLine]:
    """The figures that can be corrected, by the value that the dialog gives back."""
    named = {json.dumps([each.giver, each.receiver, each.what], ensure_ascii=False): each for each in event.ledger}
    return {value: line for value, line in list(named.items())[:_MOST_LINES] if len(value) <= _VALUE}


def _direction(line: LedgerLine, names: Mapping[str, str]) -> str:
    counted = wording.counted(wording.span(line.low, line.best, line.high), line.what)
    return f"{wording.direction(line.giver, line.receiver, names)}: {counted}"


def _button(verdict: Verdict, text: str, event: Event, **more: object) -> Element:
    return {"type": "button", "action_id": f"{_OURS}{verdict}", "text": _plain(text), "value": event.id, **more}


def _plain(text: str) -> Element:
    return {"type": "plain_text", "text": text, "emoji": False}


def _option(value: str, text: str) -> Element:
    return {"text": _plain(wording.clean(text, _TEXT)), "value": value}


_SURE: Element = {
    "title": _plain("Not an exchange?"),
    "text": _plain("The event is closed: nothing more is told of it, and it stands in no list."),
    "confirm": _plain("Close it"),
    "deny": _plain("Leave it"),
}
