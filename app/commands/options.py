"""What the commands share: their options, and help that is plain and shows an example."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app import logs

DEFAULT_CONFIG = Path("config.yaml")

Config = Annotated[Path, typer.Option("--config", metavar="FILE", help="The configuration.")]
Database = Annotated[
    str | None,
    typer.Option(metavar="FILE|URL", help="A SQLite file or a PostgreSQL URL.", show_default="the configured one"),
]
LogFormat = Annotated[
    logs.LogFormat, typer.Option(metavar="text|json", help="How standard error is written: for a person, or as JSON.")
]
Since = Annotated[
    datetime | None,
    typer.Option(metavar="DAY", formats=["%Y-%m-%d", "%Y-%m", "%Y"], help="From this day, month or year on."),
]
Until = Annotated[datetime | None, typer.Option(metavar="DAY", formats=["%Y-%m-%d"], help="Up to this day.")]


def command_app(**settings: Any) -> typer.Typer:
    """The typer application of one command: plain help, no tracebacks, no completion."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, **settings)


def example(*lines: str) -> str:
    """Lines of an example -> an epilog that keeps them as they are."""
    return "\b\n" + "\n".join(["Example:", *(f"  {line}" for line in lines)])
