"""Older articles from files -> articles and events in the store, without a single alert."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import Progress

from app.commands.options import DEFAULT_CONFIG, Config, Database, command_app, example
from app.commands.stores import writing_store
from app.detector import detector
from app.rows import Row
from app.stream import Articles, worked_through
from app.summary import counted
from core.errors import StorageError
from core.model import Article, Rejection, Report
from scheduler.intake import Intake, take_in
from storage.store import Store

app = command_app()


@app.callback(epilog=example("exchangewatch backfill articles 2024.jsonl 2025.jsonl"))
def backfill() -> None:
    """Put older articles into the store, without alerting."""


@app.command(epilog=example("exchangewatch backfill articles 2024.jsonl 2025.jsonl"))
def articles(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSONL, as `detect` reads it.")],
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """Read articles from JSONL into the store, and make events of them. Nothing is told to any channel.

    It can be stopped at any moment and started again: what is stored already is not stored twice. `outlet` may stand
    beside the keys that `detect` reads.
    """
    for file in files:  # before any work is done
        with Articles.opened(str(file)):
            pass
    new = known = reports = bad = done = 0
    console = Console(stderr=True)
    total = sum(file.stat().st_size for file in files if file.is_file())
    with writing_store(database, config) as store, Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("articles", total=total)
        for file in files:
            with Articles.opened(str(file)) as found:
                for row, verdict in worked_through(iter(found), _read, found.are_many):
                    taken = _store(store, row, verdict, found)
                    new += bool(taken and taken.stored)
                    known += bool(taken and not taken.stored)
                    reports += bool(taken and taken.stored and isinstance(verdict, Report))
                    bar.update(task, completed=done + found.position)
            done += file.stat().st_size if file.is_file() else 0
            bad += found.bad
        events = store.counts().events
    print(f"{counted(new, 'article')} stored, {known:,} known before, {counted(reports, 'report')}; "
          f"{counted(events, 'event')} in the store")  # fmt: skip
    return 1 if bad else 0


def _read(row: Row) -> tuple[Row, Report | Rejection]:
    return row, detector().detect(row.title, row.text, row.published, row.language)


def _store(store: Store, row: Row, verdict: Report | Rejection, found: Articles) -> Intake | None:
    """What became of one article; nothing where its id is another's already, which is said and counted."""
    now = datetime.now(UTC)
    article = _article(row, verdict, now)
    try:
        return take_in(store, article, verdict, now, (), max_age=timedelta(0), page=False)
    except StorageError as error:
        other = store.article(article.id or "")
        if other is None or other.url == article.url:
            raise
        found.complain(str(error))
        return None


def _article(row: Row, verdict: Report | Rejection, now: datetime) -> Article:
    url = row.url or f"urn:article:{row.id}"
    return Article(
        url=url,
        source="backfill",
        outlet=row.outlet or urlsplit(url).hostname or "unknown",
        title=row.title,
        text=row.text,
        language=row.language or verdict.language,
        published=row.published_at,
        fetched_at=now,
        id=str(row.id),
    )
