"""A day -> a newsroom on 127.0.0.1 published around it, the real monitor's alerts on it, and what to try next."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import command_app, example
from app.commands.stores import as_url
from app.demo.newsroom import Newsroom, sources
from app.rounds import run_once, told
from app.summary import Round
from core.config import Config, validate

app = command_app()

STORE = "out/demo.sqlite"


@app.command(epilog=example("exchangewatch demo", "exchangewatch demo --database /tmp/demo.sqlite --port 8099"))
def demo(
    database: Annotated[str, typer.Option(metavar="FILE|URL", help="Where the demo keeps what it finds.")] = STORE,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The newsroom's port; 0 takes a free one.")] = 0,
) -> int:
    """Watch a newsroom of our own: outlets in three languages on 127.0.0.1, read by the real monitor.

    Nothing leaves this machine, unless SLACK_BOT_TOKEN and SLACK_CHANNEL are set: then the alerts are posted there
    as well. A second run on the same store fetches no article twice and alerts nothing.
    """
    if "://" not in database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    with Newsroom(datetime.now(UTC).date(), port) as newsroom:
        config = configured(database, newsroom.proxy_url)
        languages = {source.language for source in config.sources}
        print(f"A newsroom is on the air at {newsroom.proxy_url}:", end=" ")
        print(f"{len(config.sources)} outlets in {len(languages)} languages.")
        print("What the desk is told:\n", flush=True)
        result = run_once(config)
    if result and not result.total("alerts"):
        print("(nothing)\n")
    code = told(result)
    if result is not None:
        print(_next_steps(result, database))
    return code


def configured(database: str, proxy: str) -> Config:
    """The demo's configuration: the newsroom's outlets, reached through it; a loopback needs no waiting."""
    crawl = {"proxy": proxy, "delay": "0s", "per_site_concurrency": 4, "retries": 0}
    alerts = {"console": True}
    keep = {"evidence": str(Path(database).with_name("evidence")) if "://" not in database else None}
    return validate(
        {"database": as_url(database), "crawl": crawl, "alerts": alerts, "keep": keep, "sources": sources()},
        os.environ,
        "the demo",
    )


def _next_steps(result: Round, database: str) -> str:
    option = "" if database == STORE else f" --database {database}"
    known = f"--database {database}"
    first = "Run it again: no article is fetched twice, and nothing is told twice."
    if not result.total("pages") and not result.total("alerts"):
        first = (
            "Nothing new: every article is known from an earlier run, so none was fetched\n"
            f"again, and nothing was told again. Delete {database} to begin anew."
        )
    return f"""
{first}
  exchangewatch demo{option}
  exchangewatch events {known}
  exchangewatch events show ID {known}
  exchangewatch alerts --why ID {known}
  exchangewatch board {known}
Then set up your own sources in config.yaml, and start with:
  exchangewatch check
  exchangewatch serve"""
