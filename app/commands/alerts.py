"""The stored alerts and decisions -> what was told, where it went, and why a change was told or was not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app import words
from app.commands.options import DEFAULT_CONFIG, Config, Database, command_app, example
from app.commands.stores import reading_store
from core.errors import InputError
from core.model import Alert, Delivery
from storage.store import Store

app = command_app()


@app.command(
    epilog=example(
        "exchangewatch alerts", "exchangewatch alerts --why RU-UA-dead-2025-06-13", "exchangewatch alerts --retry"
    )
)
def alerts(
    why: Annotated[str | None, typer.Option(metavar="EVENT", help="Every decision about one event.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Send again what channels refused.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """List the alerts, the newest first, and what became of each in each channel."""
    with reading_store(database, config) as store:
        if retry:
            return _retry(store)
        if why is not None:
            return _explain(store, why)
        told = [(alert, store.deliveries(alert.id)) for alert in store.alerts(limit=limit)]
    if told:
        _print_table(told, Console())
    else:
        print("no alerts yet")
    return 0


def _retry(store: Store) -> int:
    count = store.retry_refused(datetime.now(UTC))
    told = "1 delivery is" if count == 1 else f"{count} deliveries are"
    print(f"{told} to be tried again: by `exchangewatch serve` within half a minute, or at its next start")
    return 0


def _explain(store: Store, event_id: str) -> int:
    event = store.event(event_id)
    if event is None:
        raise InputError(f"there is no event {event_id}: `exchangewatch events` lists those there are")
    print(words.headline(event))
    for decision in store.decisions(event_id):
        print(f"  {words.moment(decision.at)}  {'told' if decision.alert_id else 'not told'}: {decision.reason}")
    return 0


def _print_table(told: list[tuple[Alert, list[Delivery]]], console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("when", no_wrap=True)
    for name in ("why", "what", "where"):
        table.add_column(name, overflow="fold")
    for alert, deliveries in told:
        where = "\n".join(_outcome(delivery) for delivery in deliveries) or "waiting"
        cells = (f"{alert.created:%Y-%m-%d %H:%M}", alert.reason, words.headline(alert.event), where)
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table, highlight=False)


def _outcome(delivery: Delivery) -> str:
    return f"{delivery.channel}: {delivery.outcome}" + (f", {delivery.detail}" if delivery.detail else "")
