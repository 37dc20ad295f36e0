"""The settings of a channel to the channel: where alerts go, and what every such place can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from alerts.digest import Digest
from core.errors import ConfigError
from core.feedback import Feedback
from core.model import Alert, Event


class Sent(NamedTuple):
    """The channel's own names for a message that it took, and for the thread in which it stands."""

    message_id: str | None
    thread_id: str | None
    told: tuple[str, ...] = ()  # the ids of all alerts that stand in the message, where the channel knows


class Desk(Protocol):
    """Where what readers say of events goes."""

    def event(self, event_id: str) -> Event | None:
        """The event of an id, as it is now."""

    def say(self, given: Feedback) -> None:
        """Store and do what somebody said. Raises StorageError."""


class Channel(Protocol):
    """A place that takes alerts. No error, log line or repr of it ever holds a secret."""

    @property
    def name(self) -> str:
        """What its deliveries are recorded under."""

    @property
    def pause(self) -> timedelta:
        """How long an event's next message waits after one; what comes meanwhile is told together."""

    async def send(self, alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        """Give an alert to the channel, and later ones of its event in the same message, in its thread if it has one.

        Raises RetryLater where it may be taken later (`in_doubt`: it may have been taken already), Refused where
        an operator has to act, with what to do in words.
        """

    async def find(self, alert: Alert, thread: str | None) -> Sent | None:
        """The message of an alert whose sending was begun and never recorded; None where it was not taken.

        Raises as `send` does. A channel that cannot look answers None.
        """

    async def show(self, alert: Alert, thread: str) -> None:
        """Edit the first message of a thread to the event as the alert has it; nothing where nothing can be edited.

        Raises as `send` does.
        """

    async def listen(self, desk: Desk) -> None:
        """Bring what readers say of events to the desk until cancelled; ends where a channel cannot hear them."""

    async def send_together(self, alerts: Sequence[Alert]) -> Sent:
        """Give alerts of several events, which quiet hours held back, in one digest. Raises as `send` does.

        No thread begins with it: what is next told of one of these events begins its own.
        """

    async def tell(self, digest: Digest) -> None:
        """Give a day's digest to the channel; nothing where it has no place for one. Raises as `send` does."""

    async def close(self) -> None:
        """Let go of connections; the channel may be closed twice."""


Build = Callable[[str, Mapping[str, object], Mapping[str, str]], Channel]

# A channel is one file in this package and one line here.
REGISTRY: Mapping[str, str] = {
    "atom": "alerts.channels.atom",
    "console": "alerts.channels.console",
    "email": "alerts.channels.email",
    "slack": "alerts.channels.slack",
    "slack_webhook": "alerts.channels.slack_webhook",
    "webhook": "alerts.channels.webhook",
}


def build(kind: str, settings: Mapping[str, object], *, names: Mapping[str, str], name: str | None = None) -> Channel:
    """A kind of REGISTRY, its settings as plain values and the parties' names by code -> the channel.

    `name` is what deliveries are recorded under, by default the kind. Raises ConfigError with one line for each
    setting that is wrong.
    """
    if kind not in REGISTRY:
        raise ConfigError([f"alerts: {kind!r} is no kind of channel; allowed are {', '.join(REGISTRY)}"])
    from_settings = cast(Build, import_module(REGISTRY[kind]).from_settings)
    return from_settings(name or kind, settings, names)


def unknown_settings(name: str, settings: Mapping[str, object], allowed: tuple[str, ...]) -> list[str]:
    """One line for each setting that a channel does not have."""
    known = ", ".join(allowed) or "none"
    return [f"alerts.{name}.{key}: no such setting; allowed: {known}" for key in settings if key not in allowed]
