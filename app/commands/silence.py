"""What the desk does not want to hear of for a while -> silences in the store, listed and ended."""

from __future__ import annotations

import getpass
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from app import words
from app.commands.options import DEFAULT_CONFIG, Config, Database, command_app, example
from app.commands.stores import reading_store
from core.errors import InputError
from core.feedback import Hush
from core.model import Kind

app = command_app()

_UNITS = {"m": 60, "h": 3600, "d": 86_400}
_LONGEST = timedelta(days=366)


@app.callback(epilog=example("exchangewatch silence add 12h", "exchangewatch silence list"))
def silence() -> None:
    """Tell nothing for a while, of everything or of some exchanges."""


@app.command(epilog=example("exchangewatch silence add 12h --party HAMAS --reason 'maintenance'"))
def add(
    length: Annotated[str, typer.Argument(metavar="LENGTH", help="How long: 90m, 12h, 3d.")],
    event: Annotated[str | None, typer.Option(metavar="ID", help="Only this event.")] = None,
    party: Annotated[str | None, typer.Option(help="Only exchanges of this side.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only exchanges of this kind.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for those who wonder.")] = "",
    by: Annotated[str | None, typer.Option(help="Who does it; you, unless told otherwise.", show_default=False)] = None,
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """Tell nothing for a while: of everything, or of an event, a side, a kind. What happens is stored all the same."""
    now = datetime.now(UTC)
    hush = Hush(event, party, kind, now, now + _length(length), by or getpass.getuser(), reason)
    with reading_store(database, config) as store:
        if event is not None and store.event(event) is None:
            raise InputError(f"there is no event {event}: `exchangewatch events` lists those there are")
        number = store.add_hush(hush)
    print(f"{number}: {hush.in_words()}; `exchangewatch silence end {number}` ends it sooner")
    return 0


@app.command("list", epilog=example("exchangewatch silence list"))
def list_(config: Config = DEFAULT_CONFIG, database: Database = None) -> int:
    """The silences that hold now."""
    with reading_store(database, config) as store:
        found = store.hushes(datetime.now(UTC))
    for number, hush in found.items():
        print(f"{number}: {hush.in_words()}" + (f": {hush.reason}" if hush.reason else ""))
    if not found:
        print("no silence holds")
    return 0


@app.command(epilog=example("exchangewatch silence end 3"))
def end(
    number: Annotated[int, typer.Argument(help="As `exchangewatch silence list` prints it.")],
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """End a silence now."""
    with reading_store(database, config) as store:
        if not store.end_hush(number, datetime.now(UTC)):
            raise InputError(f"no silence {number} holds: `exchangewatch silence list` lists those that do")
    print(f"silence {number} ended at {words.moment(datetime.now(UTC))}")
    return 0


def _length(text: str) -> timedelta:
    told = re.fullmatch(r"(\d{1,6})([mhd])", text.strip())
    length = timedelta(seconds=int(told[1]) * _UNITS[told[2]]) if told else timedelta()
    if not timedelta() < length <= _LONGEST:
        raise InputError(f"{text!r} is no length: 90m, 12h and 3d are, up to a year")
    return length
