"""The stored events -> CSV or Parquet, a line for each direction of each event, or JSON."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.commands.options import DEFAULT_CONFIG, Config, Database, Since, Until, command_app, example
from app.commands.stores import reading_store
from core.errors import InputError
from core.model import Event
from events.shape import shape
from events.table import COLUMNS, NUMBERS, harmless, lines

app = command_app()


@app.command(
    epilog=example("exchangewatch export > events.csv", "exchangewatch export --format json --output events.json")
)
def export(
    *,
    form: Annotated[
        Literal["csv", "parquet", "json"], typer.Option("--format", help="A table, or all that is known.")
    ] = "csv",
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Instead of standard output.")] = None,
    since: Since = None,
    until: Until = None,
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """Write the events to a file that a spreadsheet or another program opens."""
    if form == "parquet" and output is None:
        raise InputError("a Parquet file is not for the terminal: --output FILE says where to write it")
    with reading_store(database, config) as store:
        found = store.events(since.date() if since else None, until.date() if until else None)
    if form == "parquet" and output:
        _parquet(found, output)
        return 0
    told = _csv(found) if form == "csv" else json.dumps([shape(event) for event in found], indent=1) + "\n"
    if output:
        output.write_text(told, "utf-8", newline="")
    else:
        sys.stdout.buffer.write(told.encode())
    return 0


def _csv(found: list[Event]) -> str:
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for event in found for row in lines(event))
    return sheet.getvalue()


def _parquet(found: list[Event], path: Path) -> None:
    try:
        from pyarrow import int64, parquet, schema, string, table  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise InputError("Parquet needs pyarrow: pip install 'exchangewatch[parquet]'") from None
    rows = [dict(zip(COLUMNS, row, strict=True)) for event in found for row in lines(event)]
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    types = schema([(name, int64() if name in NUMBERS else string()) for name in COLUMNS])
    parquet.write_table(table(columns, schema=types), path)
