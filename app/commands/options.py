"""The options that commands share -> the configuration and the store that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path, typer.Option("--config", metavar="FILE", help="The configuration.", show_default="config.yaml")
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="FILE|URL", help="A SQLite file or a postgresql:// URL, instead of the configured one."
    ),
]
DEFAULT_CONFIG = Path("config.yaml")


def command_app(**settings: bool) -> typer.Typer:
    """The typer application of one command: plain help, no tracebacks, no completion."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, **settings)  # type: ignore[arg-type]


def example(*lines: str) -> str:
    """Lines of an example -> an epilog that keeps them as they are."""
    return "\b\n" + "\n".join(["Example:", *(f"  {line}" for line in lines)])
