"""A configuration -> its sources watched until SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from app.commands import options
from app.commands.stores import configuration
from app.logs import LogFormat, log_to_stderr
from app.wiring import Monitor
from core.config import Config
from core.errors import ConfigError
from crawler.run import in_reactor

app = options.command_app()

_log = logging.getLogger(__name__)


@app.command(epilog=options.example("exchangewatch serve", "exchangewatch serve --config my.yaml"))
def serve(
    board: Annotated[bool, typer.Option("--board", help="Serve the desk's board as well, as `board` does.")] = False,
    log_format: options.LogFormat = "text",
    config: options.Config = options.DEFAULT_CONFIG,
    database: options.Database = None,
) -> int:
    """Watch the sources of the configuration until stopped with Ctrl-C or SIGTERM.

    Alerts go to standard output, or to Slack once SLACK_BOT_TOKEN and SLACK_CHANNEL are set; standard error tells how
    the visits go. A change of the file, or SIGHUP, has it read again; one that is wrong is refused.
    """
    return watch(configuration(config, database), Changes(config, database), log_format, board)


class Changes:
    """Whether a configuration file has changed since it was last asked for, or SIGHUP asks to read it again."""

    def __init__(self, path: Path, database: str | None) -> None:
        self._path, self._database = path, database
        self._state = self._now()
        signal.signal(signal.SIGHUP, self._asked)

    def __call__(self) -> Config | None:
        """The configuration, where it has changed. Raises ConfigError, once for each change."""
        now = self._now()
        if now == self._state:
            return None
        self._state = now
        return configuration(self._path, self._database)

    def _asked(self, *_: object) -> None:
        self._state = None

    def _now(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_mtime_ns, found.st_size, found.st_ino)


def watch(config: Config, changes: Changes | None = None, log_format: LogFormat = "text", board: bool = False) -> int:
    """Run the monitor, and the board if wanted, until it is stopped; a stop that was asked for is no failure."""
    if not any(source.enabled for source in config.sources):
        raise ConfigError(["sources: there is nothing to watch; add a source, or enable one"])
    log_to_stderr(logging.INFO, log_format)

    async def until_stopped(stop: asyncio.Event) -> int:
        with _board(config) if board else nullcontext() as shown:
            async with Monitor.opened(config) as monitor:
                _log.info("watching %d sources; Ctrl-C stops", len(monitor.sources))
                with shown(monitor) if shown else nullcontext():
                    await monitor.serve(stop, changes)
        _log.info("stopped")
        return 0

    return in_reactor(until_stopped)


@contextmanager
def _board(config: Config) -> Iterator[Callable[[Monitor], AbstractContextManager[None]]]:
    """What serves the board of a monitor while inside of it. Raises ConfigError where its address cannot be had."""
    from app.lending import lend  # noqa: PLC0415 - a monitor without a board need not load a web server
    from board.building import listening, served  # noqa: PLC0415

    with listening(config.board) as at:

        @contextmanager
        def shown(monitor: Monitor) -> Iterator[None]:
            with served(lend(monitor.working()), at) as address:
                _log.info("the board is at %s", address)
                yield

        yield shown
