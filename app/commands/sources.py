"""The sources of the configuration and what is stored of their visits -> a table of how each is doing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
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

app = options.command_app()


@app.command("sources", epilog=options.example("exchangewatch sources", "exchangewatch sources --problems"))
def list_sources(
    problems: Annotated[bool, typer.Option("--problems", help="Only those that could not be read.")] = False,
    config: options.Config = options.DEFAULT_CONFIG,
    database: options.Database = None,
) -> int:
    """List the sources of the configuration, and how their last visits went."""
    settings = configuration(config, database)
    states = _states(settings)
    chosen = [each for each in settings.sources if not problems or _problem(states, each)]
    _print_table(chosen, states, Console())
    return 0


def _states(settings: Config) -> Mapping[str, SourceState]:
    """What is stored; nothing before the first visit."""
    try:
        with reading_store(settings.database, options.DEFAULT_CONFIG) as store:
            return store.source_states()
    except InputError:
        return {}


def _problem(states: Mapping[str, SourceState], source: Source) -> str | None:
    state = states.get(source.name)
    return state.last_problem if state else None


def _print_table(chosen: list[Source], states: Mapping[str, SourceState], console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("source", overflow="fold")
    table.add_column("type", no_wrap=True)
    table.add_column("last read", no_wrap=True)
    table.add_column("articles", justify="right")
    table.add_column("reports", justify="right")
    table.add_column("problem", overflow="fold")
    for source in chosen:
        state = states.get(source.name) or SourceState(source.name)
        problem = state.last_problem or ("" if source.enabled else "not enabled")
        counts = (str(state.articles), str(state.reports))
        table.add_row(escape(source.name), source.type, _day(state.last_success), *counts, escape(problem))
    console.print(table, highlight=False)


def _day(moment: datetime | None) -> str:
    return f"{moment:%m-%d %H:%M}" if moment else "never"
