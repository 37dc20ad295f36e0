"""A configuration -> its sources watched until SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import logging

from app.commands import options
from app.commands.stores import configuration
from app.rounds import log_to_stderr
from app.wiring import Monitor
from core.config import Config
from core.errors import ConfigError
from crawler.run import in_reactor

app = options.command_app()

_log = logging.getLogger(__name__)


@app.command(epilog=options.example("exchangewatch serve", "exchangewatch serve --config my.yaml"))
def serve(config: options.Config = options.DEFAULT_CONFIG, database: options.Database = None) -> int:
    """Watch the sources of the configuration until stopped with Ctrl-C or SIGTERM.

    Alerts go to standard output, or to Slack once SLACK_BOT_TOKEN and SLACK_CHANNEL are set; standard error tells how
    the visits go.
    """
    return watch(configuration(config, database))


def watch(config: Config) -> int:
    """Run the monitor until it is stopped; a stop that was asked for is no failure."""
    if not any(source.enabled for source in config.sources):
        raise ConfigError(["sources: there is nothing to watch; add a source, or enable one"])
    log_to_stderr(logging.INFO)

    async def until_stopped(stop: asyncio.Event) -> int:
        async with Monitor.opened(config) as monitor:
            _log.info("watching %d sources; Ctrl-C stops", len(monitor.sources))
            await monitor.serve(stop)
        _log.info("stopped")
        return 0

    return in_reactor(until_stopped)
