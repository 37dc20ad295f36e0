"""The stored events -> a chart of who was handed over by month or day, in each direction, as PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alerts.charts import Period, png
from app.commands.options import DEFAULT_CONFIG, Config, Database, Since, Until, command_app, example
from app.commands.stores import reading_store
from app.detector import detector
from core.errors import InputError

app = command_app()


@app.command(epilog=example("exchangewatch chart handed-over.png --since 2022-02-24"))
def chart(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the picture goes (PNG).")],
    *,
    period: Annotated[Period, typer.Option("--by", help="One group of bars for each.")] = "month",
    party: Annotated[str | None, typer.Option(help="Only exchanges of this side.")] = None,
    since: Since = None,
    until: Until = None,
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """Draw the bodies and the people that were handed over, in each direction."""
    with reading_store(database, config) as store:
        days = (since.date() if since else None, until.date() if until else None)
        found = store.events(*days, None, party, "completed")
    told = [event.date for event in found if event.date]
    title = f"Handed over, {min(told)} to {max(told)}" if told else "Handed over"
    try:
        file.write_bytes(png(found, detector().party_names, period, title))
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from None
    print(f"{file}: {len(found):,} completed {'exchange' if len(found) == 1 else 'exchanges'}")
    return 0
