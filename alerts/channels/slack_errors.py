"""What went wrong with a call to Slack to the error of ours: worth trying again, or what an operator has to do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError

from core.errors import DeliveryError, Refused, RetryLater

_ASK = "invite the app: type /invite @ExchangeWatch in the channel"
_SIGN_IN = "put a valid bot token (xoxb-…) into the environment, see docs/slack.md, and restart"
_SCOPE = "add the scopes that docs/slack.md lists, install the app anew and restart"
_TEXT = "this alert does not fit Slack; please report it with the event's id"

# Slack's code -> what to do. docs/slack.md explains each; a test holds the two together.
CURES: Mapping[str, str] = {
    "not_authed": _SIGN_IN,
    "invalid_auth": _SIGN_IN,
    "account_inactive": "the app or its workspace was removed; install the app anew",
    "token_revoked": _SIGN_IN,
    "token_expired": _SIGN_IN,
    "not_allowed_token_type": _SIGN_IN,
    "missing_scope": _SCOPE,
    "no_permission": _SCOPE,
    "channel_not_found": f"check the channel's id (C…, at the foot of the channel's details); if private, {_ASK}",
    "not_in_channel": _ASK,
    "is_archived": "the channel is archived; restore it or name another",
    "restricted_action": "the workspace does not let the app post there; ask its owner or name another channel",
    "access_denied": "the workspace does not let the app post there; ask its owner or name another channel",
    "org_login_required": "the workspace is being moved by Slack; try again when that is over",
    "ekm_access_denied": "the workspace's owner has suspended messages; ask the owner",
    "team_access_not_granted": "the app is not installed in that workspace; install it there",
    "enterprise_is_restricted": "the organisation does not let the app post; ask its owner",
    "restricted_action_read_only_channel": "the channel is read-only for the app; change that or name another",
    "no_text": _TEXT,
    "msg_too_long": _TEXT,
    "msg_blocks_too_long": _TEXT,
    "invalid_blocks": _TEXT,
    "invalid_blocks_format": _TEXT,
    "metadata_too_large": _TEXT,
    "invalid_metadata_format": _TEXT,
}

# Slack says of the first three that part of the call may have been done; the others did nothing.
_PERHAPS_DONE = frozenset({"internal_error", "fatal_error", "request_timeout"})
_PASSING = frozenset({"ratelimited", "rate_limited", "service_unavailable", "message_limit_exceeded", "accesslimited"})

# What a webhook answers, with status 400 to 410 and the word as plain text.
_NEW_HOOK = "make a new webhook, put its address into the environment, see docs/slack.md, and restart"
WEBHOOK_CURES: Mapping[str, str] = {
    "no_service": _NEW_HOOK,
    "no_service_id": _NEW_HOOK,
    "no_team": _NEW_HOOK,
    "team_disabled": "the workspace was switched off; ask its owner",
    "invalid_token": _NEW_HOOK,
    "no_active_hooks": _NEW_HOOK,
    "action_prohibited": "the workspace does not let the webhook post there; ask its owner",
    "posting_to_general_channel_denied": "the workspace does not let the webhook post there; ask its owner",
    "channel_not_found": "the webhook's channel is gone; " + _NEW_HOOK,
    "channel_is_archived": "the channel is archived; restore it, or " + _NEW_HOOK,
    "user_not_found": _NEW_HOOK,
    "no_text": _TEXT,
    "invalid_payload": _TEXT,
    "invalid_blocks": _TEXT,
    "too_many_attachments": _TEXT,
}

_CODE = re.compile(r"[a-z_]{1,60}")
_LONGEST_WAIT = 3600.0


def code_of(error: Exception) -> str:
    """Slack's own code for an error, such as "channel_not_found"; "" where it gave none that could be one."""
    data = getattr(getattr(error, "response", None), "data", None)
    told = data.get("error") if isinstance(data, dict) else None
    return told if isinstance(told, str) and _CODE.fullmatch(told) else ""


def translated(channel: str, error: Exception) -> DeliveryError:
    """Any error of slack-sdk or the network -> RetryLater or Refused, in words of our own.

    Nothing of the error's text is passed on: slack-sdk puts whole answers there, and a proxy may answer with the
    request's own headers, token included.
    """
    if isinstance(error, SlackApiError):
        return _answered(channel, error)
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return RetryLater(f"{channel}: Slack cannot be reached ({type(error).__name__})")
    if isinstance(error, asyncio.TimeoutError):
        return RetryLater(f"{channel}: Slack did not answer in time", in_doubt=True)
    if isinstance(error, aiohttp.ClientError):
        return RetryLater(f"{channel}: the connection to Slack broke ({type(error).__name__})", in_doubt=True)
    return RetryLater(f"{channel}: an answer that is not Slack's ({type(error).__name__})", in_doubt=True)


def _answered(channel: str, error: SlackApiError) -> DeliveryError:
    status, headers = _status(error), getattr(error.response, "headers", {})
    code = code_of(error)
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return RetryLater(f"{channel}: Slack asks for fewer messages", _seconds(headers))
    if code in _PASSING:
        return RetryLater(f"{channel}: Slack is not at its best ({code})", _seconds(headers))
    if code in _PERHAPS_DONE or status >= 500:
        return RetryLater(f"{channel}: Slack failed ({code or f'HTTP {status}'})", _seconds(headers), in_doubt=True)
    if code:
        cure = CURES.get(code, "look the word up at https://docs.slack.dev/reference/methods/chat.postMessage")
        return Refused(f"{channel}: Slack refused ({code}): {cure}", whole=code in CURES and cure != _TEXT)
    # Without a word of Slack's it was a proxy or a portal, or an answer that was cut short.
    return RetryLater(f"{channel}: an answer that is not Slack's (HTTP {status})", in_doubt=True)


def answer_of_webhook(channel: str, status: int, body: str, headers: Mapping[str, str]) -> DeliveryError | None:
    """What a webhook answered -> RetryLater, Refused, or nothing where it took the message."""
    code = body.strip() if _CODE.fullmatch(body.strip()) else ""
    if status == 200 and code == "ok":
        return None
    if status == 429:
        return RetryLater(f"{channel}: Slack asks for fewer messages", _seconds(headers))
    if 400 <= status < 500 and code:
        cure = WEBHOOK_CURES.get(code, "look the word up at https://docs.slack.dev/messaging")
        whole = code in WEBHOOK_CURES and cure != _TEXT
        return Refused(f"{channel}: Slack refused ({code}): {cure}", whole=whole)
    if status >= 500:
        return RetryLater(f"{channel}: Slack failed ({code or f'HTTP {status}'})", _seconds(headers), in_doubt=True)
    return RetryLater(f"{channel}: an answer that is not Slack's (HTTP {status})", in_doubt=True)


def _status(error: SlackApiError) -> int:
    told = getattr(error.response, "status_code", None) or getattr(error.response, "status", None)
    return told if isinstance(told, int) else 0


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds, as Slack sends it; an hour at most, whatever it says."""
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return min(float(told), _LONGEST_WAIT) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", told) else None
