"""A configuration -> the desk's board, served until stopped, with or without a monitor beside it."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Annotated

import typer

from app.commands import options
from app.commands.serve import Changes
from app.commands.stores import configuration
from app.lending import lend
from app.logs import log_to_stderr
from app.wiring import manners, taking_apart
from app.wishes import Helpers
from app.workers import Readers
from board.building import listening, served
from core.config import Config, validate
from core.errors import ConfigError
from crawler.run import Crawls, in_reactor
from storage.store import Store

app = options.command_app()

_LOOK = 2.0

_log = logging.getLogger(__name__)


@app.command(epilog=options.example("exchangewatch board", "exchangewatch board --listen 127.0.0.1:8040"))
def board(
    listen: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Where to serve it.", show_default="the configured one")
    ] = None,
    log_format: options.LogFormat = "text",
    config: options.Config = options.DEFAULT_CONFIG,
    database: options.Database = None,
) -> int:
    """Serve the board: what is known of every event, and what the desk says of it.

    It reads and writes the same database as the monitor, which may run beside it: `exchangewatch serve --board` runs
    both in one process. It listens on 127.0.0.1 unless the configuration says otherwise, and then wants a token.
    """
    settings = configuration(config, database)
    if listen is not None:
        told = validate({"board": {"listen": listen}}, {}, "--listen").board
        settings = settings.model_copy(update={"board": settings.board.model_copy(update={"listen": told.listen})})
    log_to_stderr(logging.INFO, log_format)
    with listening(settings.board) as at:
        return in_reactor(lambda stop: _until_stopped(settings, Changes(config, database), at, stop))


async def _until_stopped(settings: Config, changes: Changes, at: socket.socket, stop: asyncio.Event) -> int:
    """Serve it; sources that the configuration gains or loses meanwhile are known at once."""
    now = settings
    readers = Readers(1)
    crawls = Crawls(manners(settings.crawl), taking_apart(readers))
    with Store.open(settings.database) as store:
        store.upgrade()
        house = lend(Helpers(lambda: now, store, crawls, readers, lambda: None))
        try:
            with served(house, at) as address:
                crawls.allow(*(source.url for source in settings.sources))
                _log.info("the board is at %s; Ctrl-C stops", address)
                while not stop.is_set():
                    fresh = _fresh(changes)
                    if fresh is not None:
                        now = fresh.model_copy(update={"board": settings.board})
                        crawls.allow(*(source.url for source in now.sources))
                    try:
                        async with asyncio.timeout(_LOOK):
                            await stop.wait()
                    except TimeoutError:
                        continue
        finally:
            readers.close()
            await crawls.stop()
    return 0


def _fresh(changes: Changes) -> Config | None:
    """The configuration, where it has changed; one that cannot be used is told once."""
    try:
        return changes()
    except ConfigError as error:
        _log.error("the configuration stays as it was: %s", error)
        return None
