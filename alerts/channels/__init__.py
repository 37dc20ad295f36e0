"""The settings of a channel to the channel: where alerts go, and what every such place can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from core.errors import ConfigError
from core.model import Alert


class Sent(NamedTuple):
    """The channel's own names for a message that it took, and for the thread in which it stands."""

    message_id: str | None
    thread_id: str | None


class Channel(Protocol):
    """A place that takes alerts. No error, log line or repr of it ever holds a secret."""

    @property
    def name(self) -> str:
        """What its deliveries are recorded under."""

    async def send(self, alert: Alert, thread: str | None) -> Sent:
        """Give an alert to the channel, in the event's thread where there is one.

        Raises RetryLater where it may be taken later (`in_doubt`: it may have been taken already), Refused where
        an operator has to act, with what to do in words.
        """

    async def find(self, alert: Alert, thread: str | None) -> Sent | None:
        """The message of an alert whose sending was begun and never recorded; None where it was not taken.

        Raises as `send` does. A channel that cannot look answers None.
        """

    async def close(self) -> None:
        """Let go of connections; the channel may be closed twice."""


Build = Callable[[str, Mapping[str, object], Mapping[str, str]], Channel]

# A channel is one file in this package and one line here.
REGISTRY: Mapping[str, str] = {
    "console": "alerts.channels.console",
    "slack": "alerts.channels.slack",
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
