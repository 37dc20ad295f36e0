"""Articles in JSONL, as detect reads them -> the store, and events of them, without a single alert."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import Progress

from app import logs
from app.archives.digesting import members_of, send_digest
from app.archives.plans import in_words
from app.archives.work import Batch, owner
from app.commands.backfill_options import DryRun, LogFormat, OneDigest
from app.commands.options import DEFAULT_CONFIG, Config, Database, example
from app.commands.stores import configuration_or_none, writing_store
from app.detector import detector
from app.rows import Row
from app.stream import Articles, worked_through
from app.summary import counted
from core.archives import ArchiveUnit, UnitName, UnitTally
from core.errors import InputError, StorageError
from core.model import Article, Rejection, Report
from parsers.detect import Detector
from scheduler.intake import Intake, take_in
from storage.store import Store

# What a forecast looks at of each file; seconds that an article takes, and that a report takes beside what its encoder
# takes to read it, which all cores do at once (measured).
_SAMPLE = 200
_PACE, _REPORT_PACE = 0.007, 0.013


def register(app: typer.Typer) -> None:
    """Add the command to those of backfill."""
    app.command(epilog=example("exchangewatch backfill articles 2024.jsonl 2025.jsonl"))(articles)


def articles(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSONL, as `detect` reads it.")],
    *,
    dry_run: DryRun = False,
    one_digest: OneDigest = False,
    log_format: LogFormat = "text",
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """Read articles from JSONL into the store, and make events of them. Nothing is told to any channel.

    It can be stopped at any moment and started again: what is stored already is not stored twice. `outlet` may stand
    beside the keys that `detect` reads.
    """
    logs.log_to_stderr(logging.INFO, log_format)
    for file in files:  # before any work is done
        with Articles.opened(str(file)):
            pass
    if dry_run:
        with writing_store(database, config) as store:
            print(_forecast(files, store))
        return 0
    settings = configuration_or_none(config, database) if one_digest else None
    sums: Counter[str] = Counter()
    console = Console(stderr=True)
    total = sum(file.stat().st_size for file in files if file.is_file())
    with writing_store(database, config) as store:
        before = members_of(store) if settings else {}
        with Progress(console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("articles", total=total)
            for file in files:
                tally, bad = _taken_in(file, store, lambda read: bar.update(task, advance=read))
                sums += Counter(stored=tally.stored, known=tally.known, reports=tally.reports, bad=bad)
        events = store.counts().events
        read = (
            f"{counted(sums['stored'], 'article')} stored, {sums['known']:,} known before, "
            f"{counted(sums['reports'], 'report')}"
        )
        print(f"{read}; {counted(events, 'event')} in the store")
        taken = settings is None or send_digest(settings, store, before, read)
    return 0 if taken and not sums["bad"] else 1


def _forecast(files: list[Path], store: Store) -> str:
    """What reading would take, in words, judged by the first articles of each file. Stores nothing."""
    begun = {unit.name: unit.position for unit in store.archives("articles") if unit.state == "running"}
    size, count, seconds = 0, 0.0, 0.0
    whole = detector()
    quick = whole.by_evidence()
    regular = [file for file in files if file.is_file()]
    for file in regular:
        left = max(0, file.stat().st_size - begun.get(_name(file), 0))
        with Articles.opened(str(file)) as found:
            verdicts = [_judged(row, quick) for row in islice(iter(found), _SAMPLE)]
            articles = left * len(verdicts) / found.position if verdicts else 0
            cores = (os.cpu_count() or 1) if found.are_many else 1
        reports = [verdict for verdict in verdicts if isinstance(verdict, Report)]
        reading = sum(_REPORT_PACE + whole.reading_time(verdict.language) / cores for verdict in reports)
        size, count = size + left, count + articles
        seconds += articles * (_PACE + reading / max(1, len(verdicts)))
    pipes = f" and {counted(len(files) - len(regular), 'pipe')} of unknown length" if len(files) > len(regular) else ""
    return (
        f"would read {counted(len(regular), 'file')}{pipes}, {size / 1e6:,.1f} MB, "
        f"about {counted(round(count), 'article')}: about {in_words(seconds)}"
    )


def _taken_in(file: Path, store: Store, tell: Callable[[int], None]) -> tuple[UnitTally, int]:
    """All of one file, `tell` being told of the bytes that were read; what was found, and how many lines were bad."""
    batch = _begun(store, file)
    after, at = int(batch.unit.mark or 0), 0
    with Articles.opened(str(file)) as found:
        rows = islice(iter(found), after, None)
        for number, (row, verdict) in enumerate(worked_through(rows, _read, found.are_many), after + 1):
            taken = _store(store, row, verdict, found)
            new = bool(taken and taken.stored)
            batch.count(
                records=1, stored=new, known=bool(taken) and not new, reports=new and isinstance(verdict, Report)
            )
            if batch.due:
                batch.go_on(str(number), found.position)
                batch.write()
            tell(found.position - at)
            at = found.position
        batch.count(damaged=found.bad)
        batch.go_on(batch.unit.mark, found.position)
        batch.write("done")
        return batch.unit.tally, found.bad


def _name(file: Path) -> UnitName:
    return UnitName("articles", "files", str(file.resolve()) if file.is_file() else str(file))


def _begun(store: Store, file: Path) -> Batch:
    """The file's line in the ledger. What is done is read again: articles that are stored are only counted."""
    now = datetime.now(UTC)
    size = file.stat().st_size if file.is_file() else 0
    unit = store.begin_archive(
        ArchiveUnit(_name(file), "running", now, now, owner(), size=size), lambda _: True, again=True
    )
    if unit is None:
        raise InputError(f"{file}: cannot be begun")
    return Batch(store, unit)


def _read(row: Row) -> tuple[Row, Report | Rejection]:
    return row, _judged(row, detector())


def _judged(row: Row, judge: Detector) -> Report | Rejection:
    return judge.detect(row.title, row.text, row.published, row.language)


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
