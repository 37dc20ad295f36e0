"""What the configuration says of alerts -> the channels that deliver them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from alerts.channels import Channel, build
from core.config import Alerts, Canary, Operators

SLACK_API_URL = "SLACK_API_URL"


def channels(alerts: Alerts, names: Mapping[str, str]) -> list[Channel]:
    """The channels that are configured: Slack where it is, and the console until then or where it is asked for."""
    found = []
    elsewhere = alerts.slack or alerts.webhook or alerts.email
    if alerts.console and (elsewhere is None or "console" in alerts.model_fields_set):
        found.append(build("console", {}, names=names))
    if alerts.slack and alerts.slack.webhook:
        hook = {"url": alerts.slack.webhook.get_secret_value(), "pause": alerts.pause}
        found.append(build("slack_webhook", hook, names=names))
    elif alerts.slack and alerts.slack.token:
        settings: dict[str, object] = {
            "token": alerts.slack.token.get_secret_value(),
            "channel": alerts.slack.channel,
            "pause": alerts.pause,
        }
        if alerts.slack.app_token:
            settings["app_token"] = alerts.slack.app_token.get_secret_value()
        if SLACK_API_URL in os.environ:  # a stand-in of Slack, for trying things out
            settings["base_url"] = os.environ[SLACK_API_URL]
        found += _slack_channels(alerts, settings, names)
    return found + _others(alerts, names)


def chosen_channels(plan: Operators | Canary | None, alerts: Alerts, names: Mapping[str, str]) -> list[Channel]:
    """The channels of a plan of its own, beside those of the alerts; none without a plan."""
    if plan is None:
        return []
    changed: dict[str, object] = {"watches": (), "console": "console" in plan.to}
    if alerts.slack and plan.slack_channel:
        changed["slack"] = alerts.slack.model_copy(update={"channel": plan.slack_channel, "app_token": None})
    built = channels(alerts.model_copy(update=changed), names)
    return [each for each in built if each.name.replace("slack_webhook", "slack") in plan.to]


def _slack_channels(alerts: Alerts, settings: Mapping[str, object], names: Mapping[str, str]) -> list[Channel]:
    """The channel of Slack's stanza, and those of watches; of several watches on one the first mention counts."""
    mentions: dict[str, str] = {}
    more: dict[str, str] = {}
    for watch in alerts.watches:
        for name in watch.channels():
            if name.startswith("slack"):
                mentions |= {name: watch.mention} if watch.mention and name not in mentions else {}
                more |= {name: watch.slack_channel} if watch.slack_channel else {}
    # Slack gives each click to any one of the connections: only the first channel has buttons, and hears of them.
    others = {key: each for key, each in settings.items() if key != "app_token"}
    own = {"slack": settings} | {name: {**others, "channel": each} for name, each in more.items()}
    return [
        build("slack", {**each, **({"mention": mentions[name]} if name in mentions else {})}, names=names, name=name)
        for name, each in own.items()
    ]


def _others(alerts: Alerts, names: Mapping[str, str]) -> list[Channel]:
    """The channels that are no Slack and no console."""
    found = []
    if alerts.webhook:
        to = {"url": alerts.webhook.url.get_secret_value(), "secret": alerts.webhook.secret.get_secret_value()}
        found.append(build("webhook", {**to, "pause": alerts.pause}, names=names))
    if alerts.email:
        box: dict[str, object] = alerts.email.model_dump(exclude_none=True, exclude={"password"})
        if alerts.email.password:
            box["password"] = alerts.email.password.get_secret_value()
        found.append(build("email", {**box, "pause": alerts.pause}, names=names))
    if alerts.atom:
        found.append(build("atom", {"path": alerts.atom.path}, names=names))
    return found
