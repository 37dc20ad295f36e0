"""A configuration -> every source visited once, or watched until stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.options import DEFAULT_CONFIG, Config, Database, command_app, example
from app.commands.serve import Changes, watch
from app.commands.stores import configuration
from app.rounds import run_once, told

app = command_app()


@app.command(epilog=example("exchangewatch run --once", "exchangewatch run --once --config my.yaml"))
def run(
    once: Annotated[
        bool, typer.Option("--once", help="Visit every source once, deliver, and end with a table.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """Start the monitor; with --once, visit every source once and end.

    Sources that cannot be read are listed with their reason and do not stop the others. The exit code is 0 if at
    least one could be read.
    """
    settings = configuration(config, database)
    return told(run_once(settings)) if once else watch(settings, Changes(config, database))
