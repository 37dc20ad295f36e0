"""A database -> brought up to date, copied, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import DEFAULT_CONFIG, Config, Database, command_app, example
from app.commands.stores import reading_store, writing_store

app = command_app()


@app.callback(epilog=example("exchangewatch db upgrade"))
def db() -> None:
    """Look after the database."""


@app.command(
    epilog=example("exchangewatch db upgrade", "exchangewatch db upgrade --database postgresql://desk@db/news")
)
def upgrade(config: Config = DEFAULT_CONFIG, database: Database = None) -> int:
    """Make the tables, or bring those of an older version up to date. Doing it twice does no harm."""
    with writing_store(database, config) as store:
        counts = store.counts()
    print(f"the database is up to date: {counts.articles:,} articles, {counts.events:,} events")
    return 0


@app.command(epilog=example("exchangewatch db backup news-copy.sqlite"))
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes; one that is there is replaced.")],
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """Copy a SQLite database while it is in use; the file appears whole or not at all."""
    with reading_store(database, config) as store:
        size = store.back_up(file)
    print(f"{file}: {size:,} bytes")
    return 0


@app.command(epilog=example("exchangewatch db check"))
def check(config: Config = DEFAULT_CONFIG, database: Database = None) -> int:
    """Look for damage, and for rows that belong to nothing. Exit code 1 if there are any."""
    with reading_store(database, config) as store:
        found = store.problems()
        counts = store.counts()
    for problem in found:
        print(problem)
    if not found:
        print(f"all is well: {counts.articles:,} articles, {counts.events:,} events, {counts.alerts:,} alerts")
    return int(bool(found))
