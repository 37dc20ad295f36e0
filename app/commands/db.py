"""A database of an older version -> one of this version."""

from __future__ import annotations

from app.commands.options import DEFAULT_CONFIG, Config, Database, command_app, example
from app.commands.stores import writing_store

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
