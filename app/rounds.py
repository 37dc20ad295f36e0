"""A configuration -> one round of visits: the alerts as they come, the table at the end, the exit code."""

from __future__ import annotations

import asyncio
import logging
import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app import summary
from app.logs import log_to_stderr
from app.wiring import Monitor
from core.config import Config
from crawler.run import in_reactor
from scheduler.jobs import Visit

INTERRUPTED = 130


def run_once(config: Config) -> summary.Round | None:
    """Visit every source once; nothing where it was interrupted. Raises ConfigError, StorageError."""
    log_to_stderr(logging.WARNING)
    console = Console(stderr=True)
    columns = (TextColumn("visiting sources"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = progress.add_task("", total=sum(source.enabled for source in config.sources))

    def seen(visit: Visit) -> None:
        progress.advance(task)

    async def round_of(stop: asyncio.Event) -> summary.Round | None:
        async with Monitor.opened(config) as monitor:
            result = await monitor.once(stop, seen)
        return None if stop.is_set() else result

    with progress:
        return in_reactor(round_of)


def told(result: summary.Round | None) -> int:
    """Print the table; the exit code is 0 if at least one source could be read."""
    if result is None:
        print("exchangewatch: interrupted; what was read is stored, the rest is fetched next time", file=sys.stderr)
        return INTERRUPTED
    summary.show(result, Console())
    return 0 if result.read or not result.visits else 1
