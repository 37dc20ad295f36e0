"""The name of a source -> one visit to it now, and what came of it."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands import options
from app.commands.stores import configuration, named
from app.rounds import run_once, told

app = options.command_app()


@app.command(epilog=options.example("exchangewatch crawl kyiv-independent"))
def crawl(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A name from the configuration.")],
    config: options.Config = options.DEFAULT_CONFIG,
    database: options.Database = None,
) -> int:
    """Visit one source now, as the monitor would: fetch what is new, store it, deliver what it brings."""
    settings = configuration(config, database)
    chosen = named(settings, source).model_copy(update={"enabled": True})
    return told(run_once(settings.model_copy(update={"sources": (chosen,)})))
