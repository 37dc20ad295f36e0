"""The stored events -> a table, JSON lines for other programs, or all that is known of one of them."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app import shapes, words
from app.commands.options import DEFAULT_CONFIG, Config, Database, Since, Until, command_app, example
from app.commands.stores import reading_store
from app.showing import print_event
from core.errors import InputError
from core.model import Event, Kind, Status
from events.shape import shape
from events.totals import check
from scheduler import desk

app = command_app(invoke_without_command=True)

Event_ = Annotated[str, typer.Argument(metavar="ID", help="As `exchangewatch events` prints it.")]
By = Annotated[str | None, typer.Option(help="Who does it; you, unless told otherwise.", show_default=False)]


@app.callback(
    epilog=example(
        "exchangewatch events --since 2025-06-01 --party UA",
        "exchangewatch events --format jsonl | jq .transfers",
        "exchangewatch events show RU-UA-dead-2025-06-13",
    )
)
def events(
    context: typer.Context,
    *,
    form: Annotated[Literal["table", "jsonl"], typer.Option("--format", help="For people, or for programs.")] = "table",
    since: Since = None,
    until: Until = None,
    kind: Annotated[Kind | None, typer.Option(help="Only exchanges of this kind.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only exchanges of this status.")] = None,
    party: Annotated[str | None, typer.Option(help="One of the sides: UA, RU, HAMAS ...")] = None,
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """List the exchanges found so far, the newest first."""
    if context.invoked_subcommand:
        return 0
    with reading_store(database, config) as store:
        days = (since.date() if since else None, until.date() if until else None)
        found = store.events(*days, kind, party, status)
    if form == "jsonl":
        sys.stdout.buffer.writelines(shapes.line(shape(event)) for event in found)
    elif found:
        _print_table(found, Console())
    else:
        print("no events" + (" that match" if since or until or kind or status or party else " yet"))
    return 0


@app.command(epilog=example("exchangewatch events show RU-UA-dead-2025-06-13"))
def show(
    event_id: Event_,
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """All that is known of one event: the ledger with its proof, what each side says, the articles, the timeline."""
    with reading_store(database, config) as store:
        event = store.event(event_id)
        decisions = store.decisions(event_id) if event else []
        mine = {member.article_id for member in event.members} if event else set()
        versions, kept = store.versions(mine), store.kept(mine)
    if event is None:
        raise InputError(f"there is no event {event_id}: `exchangewatch events` lists those there are")
    print_event(event, decisions, versions, kept, Console())
    return 0


@app.command(epilog=example("exchangewatch events merge RU-UA-dead-2025-06-13 RU-UA-dead-2025-06-14"))
def merge(one: Event_, other: Event_, by: By = None, config: Config = DEFAULT_CONFIG, database: Database = None) -> int:
    """Make two events one, whatever the rules say; the first keeps its id. Nobody is paged."""
    with reading_store(database, config) as store:
        event = desk.merge(store, one, other, by or getpass.getuser(), datetime.now(UTC))
    print(f"{one} and {other} are {event.id} now; `exchangewatch events undo {event.id}` takes it back")
    return 0


@app.command(epilog=example("exchangewatch events split RU-UA-dead-2025-06-13 https://outlet.example/1"))
def split(
    event_id: Event_,
    articles: Annotated[list[str], typer.Argument(metavar="ARTICLE...", help="URLs or ids of its articles.")],
    by: By = None,
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """Make what some articles tell an event of its own. Nobody is paged."""
    with reading_store(database, config) as store:
        event = desk.split(store, event_id, articles, by or getpass.getuser(), datetime.now(UTC))
    print(f"what they tell is {event.id} now; `exchangewatch events undo {event_id}` takes it back")
    return 0


@app.command(epilog=example("exchangewatch events close RU-UA-dead-2025-06-13"))
def close(event_id: Event_, by: By = None, config: Config = DEFAULT_CONFIG, database: Database = None) -> int:
    """Close an event as no exchange: no more is told of it."""
    with reading_store(database, config) as store:
        event = desk.close(store, event_id, by or getpass.getuser(), datetime.now(UTC))
    print(f"{event.id} is closed; `exchangewatch events undo {event.id}` opens it again")
    return 0


@app.command(epilog=example("exchangewatch events undo RU-UA-dead-2025-06-13"))
def undo(event_id: Event_, by: By = None, config: Config = DEFAULT_CONFIG, database: Database = None) -> int:
    """Take back what was last done by hand to an event: here, on the board or in Slack."""
    with reading_store(database, config) as store:
        done = desk.undo(store, event_id, by or getpass.getuser(), datetime.now(UTC))
    print(f"taken back: {done}")
    return 0


@app.command(epilog=example("exchangewatch events totals"))
def totals(config: Config = DEFAULT_CONFIG, database: Database = None) -> int:
    """Compare the running totals that articles claim with the sum of the events between them."""
    with reading_store(database, config) as store:
        found = check(store.totals(), store.events())
    for each in found:
        print(("  " if each.adds_up else "! ") + each.in_words())
        print(f"    {each.total.outlet} {each.total.url}")
    if not found:
        print("no two running totals that can be compared")
    return 0


def _print_table(found: list[Event], console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("id", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("figures", overflow="fold")
    table.add_column("articles", justify="right")
    for event in found:
        told = "\n".join(words.transfer(line) for line in event.ledger) or words.parties(event)
        articles = len({member.article_id for member in event.members})
        cells = (event.id, f"{event.kind}\n{event.status}", told, str(articles))
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table, highlight=False)
