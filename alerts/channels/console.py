"""An alert to lines in a terminal or a file, with colours only in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TextIO

from rich.console import Console
from rich.text import Text

from alerts.channels import Channel, Desk, Sent, unknown_settings
from alerts.digest import Digest, as_text, held
from alerts.message import Role, as_lines, compose
from core.errors import ConfigError, Refused, RetryLater
from core.model import Alert

_COLOURS: Mapping[Role, str] = {
    "reason": "bold yellow",
    "headline": "bold",
    "figure": "",
    "dispute": "bold red",
    "fact": "dim",
    "quote": "italic",
    "link": "cyan",
}


class ConsoleChannel:
    """Writes alerts to a stream; a terminal's width is asked anew for every alert."""

    pause = timedelta()  # a terminal pings nobody

    def __init__(
        self, name: str, names: Mapping[str, str], stream: TextIO | None = None, width: int | None = None
    ) -> None:
        self.name = name
        self._names = names
        self._stream = stream
        self._width = width

    async def send(self, alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        """Write the alert. Raises Refused where nobody reads any more, RetryLater where a disk is full."""
        # Standard output is looked up late: whoever replaces it means all that is written from then on.
        stream = self._stream or sys.stdout
        self._write(stream, self._written(alert, later, stream))
        return Sent(None, None)

    async def send_together(self, alerts: Sequence[Alert]) -> Sent:
        """Write them as one digest."""
        await self.tell(held(alerts, self._names))
        return Sent(None, None, tuple(each.id for each in alerts))

    async def tell(self, digest: Digest) -> None:
        """Write a day's digest."""
        stream = self._stream or sys.stdout
        width = Console(file=stream, width=self._width).width
        text = f"{as_text(digest, width)}\n\n"
        encoding = stream.encoding or "utf-8"
        self._write(stream, text.encode(encoding, "backslashreplace").decode(encoding))

    def _write(self, stream: TextIO, text: str) -> None:
        try:
            stream.write(text)
            stream.flush()
        except (BrokenPipeError, ValueError) as error:
            raise Refused(f"{self.name}: the reader of the console is gone ({type(error).__name__}); restart") from None
        except OSError as error:
            raise RetryLater(f"{self.name}: cannot write: {error.strerror}", in_doubt=True) from None

    def _written(self, alert: Alert, later: Sequence[Alert], stream: TextIO) -> str:
        console = Console(file=stream, width=self._width, highlight=False, markup=False, emoji=False)
        lines = as_lines(compose(alert, self._names, later), console.width)
        text = "".join(f"{line}\n" for _, line in lines) + "\n"
        if console.is_terminal:
            with console.capture() as captured:
                for role, line in lines:
                    console.print(Text(line, _COLOURS[role]), soft_wrap=True)
                console.print()
            text = captured.get()
        encoding = stream.encoding or "utf-8"
        return text.encode(encoding, "backslashreplace").decode(encoding)

    async def find(self, alert: Alert, thread: str | None) -> Sent | None:
        """None: a console keeps nothing, and a line shown twice after a crash does no harm."""
        return None

    async def show(self, alert: Alert, thread: str) -> None:
        """Nothing: what was printed stays."""

    async def listen(self, desk: Desk) -> None:
        """Nothing: a terminal is only read."""

    async def close(self) -> None:
        """Nothing to let go of: the stream belongs to whoever gave it."""


def from_settings(name: str, settings: Mapping[str, object], names: Mapping[str, str]) -> Channel:
    """The settings `width` (a number of columns, by default the terminal's) -> the channel. Raises ConfigError."""
    problems = unknown_settings(name, settings, ("width",))
    width = settings.get("width")
    if width is not None and not (isinstance(width, int) and width >= 20):
        problems.append(f"alerts.{name}.width: {width!r}; allowed: a whole number of columns, 20 or more")
    if problems:
        raise ConfigError(problems)
    return ConsoleChannel(name, names, width=width if isinstance(width, int) else None)
