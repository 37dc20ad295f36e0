"""The stored events -> a table, JSON lines for other programs, or all that is known of one of them."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app import shapes, words
from app.commands.options import DEFAULT_CONFIG, Config, Database, Since, Until, command_app, example
from app.commands.stores import reading_store
from core.errors import InputError
from core.model import Event, Kind, Status

app = command_app(invoke_without_command=True)


@app.callback(
    epilog=example(
        "exchangewatch events --since 2025-06-01 --party UA",
        "exchangewatch events --format jsonl | jq .transfers",
        "exchangewatch events show 20250613-ru-ua-remains",
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
        sys.stdout.buffer.writelines(shapes.line(shapes.event(event)) for event in found)
    elif found:
        _print_table(found, Console())
    else:
        print("no events" + (" that match" if since or until or kind or status or party else " yet"))
    return 0


@app.command(epilog=example("exchangewatch events show 20250613-ru-ua-remains"))
def show(
    event_id: Annotated[str, typer.Argument(metavar="ID", help="As `exchangewatch events` prints it.")],
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """All that is known of one event: every figure with who claimed it and the sentence that proves it."""
    with reading_store(database, config) as store:
        event = store.event(event_id)
    if event is None:
        raise InputError(f"there is no event {event_id}: `exchangewatch events` lists those there are")
    _print_event(event, Console())
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


def _print_event(event: Event, console: Console) -> None:
    out = [f"[bold]{escape(words.headline(event))}[/]", f"id {event.id}, first seen {words.moment(event.first_seen)}"]
    for line in event.ledger:
        out += ["", f"[bold]{escape(words.transfer(line))}[/]"]
        for claim in line.claims:
            who = f"according to {claim.claimed_by}" if claim.claimed_by else "no source named"
            out.append(escape(f"  {claim.figure_text}: {who}, {claim.outlet} {claim.url}"))
            out.append(f"    [dim]{escape(' '.join(claim.evidence.quote.split()))}[/]")
    if event.discrepancies:
        out += ["", "[bold]The accounts disagree[/]", *(f"  {escape(text)}" for text in event.discrepancies)]
    for name, values in (("Mediators", event.mediators), ("Sources", event.sources)):
        if values:
            out += ["", f"[bold]{name}:[/] {escape(', '.join(values))}"]
    out += ["", "[bold]Articles[/]"]
    articles = {member.article_id: member for member in event.members}
    for member in sorted(articles.values(), key=lambda member: member.published):
        out.append(escape(f"  {words.moment(member.published)}  {member.outlet}: {member.title or member.url}"))
    console.print("\n".join(out), highlight=False, soft_wrap=True)
