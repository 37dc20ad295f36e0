"""The sources of the configuration and what is stored of their visits -> a table of how each is doing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.commands import options
from app.commands.stores import configuration, reading_store
from core.config import Config, Source
from core.errors import InputError
from core.model import SourceState
from scheduler.health import Health, health

app = options.command_app()


@app.command("sources", epilog=options.example("exchangewatch sources", "exchangewatch sources --problems"))
def list_sources(
    problems: Annotated[bool, typer.Option("--problems", help="Only those that are not well.")] = False,
    config: options.Config = options.DEFAULT_CONFIG,
    database: options.Database = None,
) -> int:
    """List the sources of the configuration, and how their last visits went."""
    settings = configuration(config, database)
    states, healths = _stored(settings)
    chosen = [each for each in settings.sources if not problems or healths[each.name].words]
    _print_table(chosen, states, healths, Console())
    return 0


def _stored(settings: Config) -> tuple[Mapping[str, SourceState], Mapping[str, Health]]:
    """What is stored of the sources and how each is doing; nothing before the first visit."""
    now = datetime.now(UTC)
    try:
        with reading_store(settings.database, options.DEFAULT_CONFIG) as store:
            names = [source.name for source in settings.sources]
            healths = {name: health(store.visits(name), store.arrivals(name), now) for name in names}
            return store.source_states(), healths
    except InputError:
        return {}, {source.name: health((), (), now) for source in settings.sources}


def _print_table(
    chosen: list[Source], states: Mapping[str, SourceState], healths: Mapping[str, Health], console: Console
) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("source", overflow="fold")
    table.add_column("type", no_wrap=True)
    table.add_column("last read", no_wrap=True)
    table.add_column("articles", justify="right")
    table.add_column("reports", justify="right")
    table.add_column("state", overflow="fold")
    for source in chosen:
        state = states.get(source.name) or SourceState(source.name)
        problem = (healths[source.name].words or "good") if source.enabled else "not enabled"
        counts = (str(state.articles), str(state.reports))
        table.add_row(escape(source.name), source.type, _day(state.last_success), *counts, escape(problem))
    console.print(table, highlight=False)


def _day(moment: datetime | None) -> str:
    return f"{moment:%m-%d %H:%M}" if moment else "never"
