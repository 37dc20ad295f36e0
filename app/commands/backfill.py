"""Archives and older articles -> articles and events in the store, without a single alert."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import Progress

from app.archives.plans import COMMON_CRAWL, ccnews_jobs, failed_jobs, warc_jobs
from app.archives.telling import bounds, draw_gaps, print_failed, print_gaps, print_status
from app.archives.work import Batch, Job, owner
from app.commands import backfill_visits
from app.commands.backfill_options import (
    Again,
    Cluster,
    DryRun,
    Failed,
    Hosts,
    LogFormat,
    OneDigest,
    Workers,
    backfilled,
)
from app.commands.options import DEFAULT_CONFIG, Config, Database, Since, Until, command_app, example
from app.commands.stores import reading_store, writing_store
from app.detector import detector
from app.rows import Row
from app.stream import Articles, worked_through
from app.summary import counted
from core.archives import ArchiveUnit, UnitName
from core.errors import InputError, StorageError
from core.model import Article, Rejection, Report
from scheduler.intake import Intake, take_in
from storage.store import Store

app = command_app()


@app.callback(
    epilog=example(
        "exchangewatch backfill warc archive/*.warc.gz",
        "exchangewatch backfill ccnews --since 2025-06-01 --until 2025-06-30",
        "exchangewatch backfill status",
    )
)
def backfill() -> None:
    """Read archives, as old and as large as they may be, without alerting.

    Whatever is stopped or killed goes on where it was when it is started again. The order does not matter.
    """


@app.command(epilog=example("exchangewatch backfill warc archive/ 'more/2024-*.warc.gz' --workers 4"))
def warc(
    files: Annotated[list[str], typer.Argument(metavar="FILE|DIR|GLOB...", help="WARC files, packed or not.")],
    *,
    hosts: Hosts = None,
    workers: Workers = None,
    scheduler: Cluster = None,
    failed: Failed = False,
    again: Again = False,
    dry_run: DryRun = False,
    one_digest: OneDigest = False,
    log_format: LogFormat = "text",
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """Read WARC files of this machine: every page is scanned, and what may be a report is taken apart."""

    def plan(store: Store, url: str) -> list[Job]:
        jobs = [replace(job, again=again) for job in warc_jobs(files, url)]
        return failed_jobs(store.archives("warc"), jobs) if failed else jobs

    return backfilled(
        plan, config=config, database=database, workers=workers, scheduler=scheduler, hosts=hosts, dry_run=dry_run,
        one_digest=one_digest, log_format=log_format,
    )  # fmt: skip


@app.command(epilog=example("exchangewatch backfill ccnews --since 2025-06-01 --until 2025-06-30 --hosts outlets.txt"))
def ccnews(
    *,
    since: Since = None,
    until: Until = None,
    place: Annotated[
        str, typer.Option("--from", metavar="URL|DIR", help="A server of Common Crawl's files, or a folder of them.")
    ] = COMMON_CRAWL,
    hosts: Hosts = None,
    workers: Workers = None,
    scheduler: Cluster = None,
    failed: Failed = False,
    again: Again = False,
    dry_run: DryRun = False,
    one_digest: OneDigest = False,
    log_format: LogFormat = "text",
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """Read Common Crawl's news archive by day, streaming: nothing is kept on the disk."""
    first = since.date() if since else date.min
    last = until.date() if until else datetime.now(UTC).date()

    def plan(store: Store, url: str) -> list[Job]:
        jobs = [replace(job, again=again) for job in ccnews_jobs(first, last, place, url)]
        return failed_jobs(store.archives("ccnews"), jobs) if failed else jobs

    return backfilled(
        plan, config=config, database=database, workers=workers, scheduler=scheduler, hosts=hosts, dry_run=dry_run,
        one_digest=one_digest, log_format=log_format,
    )  # fmt: skip


backfill_visits.register(app)


@app.command(epilog=example("exchangewatch backfill status", "exchangewatch backfill status --gaps --png gaps.png"))
def status(
    *,
    failed: Annotated[bool, typer.Option("--failed", help="Only what has failed, with the reason.")] = False,
    gaps: Annotated[bool, typer.Option("--gaps", help="The days of each source that nothing has covered.")] = False,
    png: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the gaps as a heat map (PNG).")] = None,
    since: Since = None,
    until: Until = None,
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """Show how far archives were read: by method and source, what has failed, and which days nobody has covered."""
    with reading_store(database, config) as store:
        units, covered = store.archives(), store.covered_days()
    console = Console()
    if gaps or png:
        span = bounds(covered, since.date() if since else None, until.date() if until else None)
        if span is None:
            print("no day is covered yet")
            return 0
        print_gaps(covered, span, console)
        if png:
            draw_gaps(covered, span, png)
    elif failed:
        print_failed(units, console)
    elif units:
        print_status(units, console)
    else:
        print("no archive was read yet")
    return 0


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
    stored = known = reports = bad = done = 0
    console = Console(stderr=True)
    total = sum(file.stat().st_size for file in files if file.is_file())
    with writing_store(database, config) as store, Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("articles", total=total)
        for file in files:
            batch = _begun(store, file)
            after = int(batch.unit.mark or 0)
            with Articles.opened(str(file)) as found:
                rows = islice(iter(found), after, None)
                for number, (row, verdict) in enumerate(worked_through(rows, _read, found.are_many), after + 1):
                    taken = _store(store, row, verdict, found)
                    new = bool(taken and taken.stored)
                    batch.count(
                        records=1,
                        stored=new,
                        known=bool(taken) and not new,
                        reports=new and isinstance(verdict, Report),
                    )
                    if batch.due:
                        batch.go_on(str(number), found.position)
                        batch.write()
                    bar.update(task, completed=done + found.position)
                bad += found.bad
                batch.count(damaged=found.bad)
                batch.go_on(batch.unit.mark, found.position)
            batch.write("done")
            tally = batch.unit.tally
            stored, known, reports = stored + tally.stored, known + tally.known, reports + tally.reports
            done += file.stat().st_size if file.is_file() else 0
        events = store.counts().events
    print(f"{counted(stored, 'article')} stored, {known:,} known before, {counted(reports, 'report')}; "
          f"{counted(events, 'event')} in the store")  # fmt: skip
    return 1 if bad else 0


def _begun(store: Store, file: Path) -> Batch:
    """The file's line in the ledger. What is done is read again: articles that are stored are only counted."""
    now = datetime.now(UTC)
    name = UnitName("articles", "files", str(file.resolve()) if file.is_file() else str(file))
    size = file.stat().st_size if file.is_file() else 0
    unit = store.begin_archive(ArchiveUnit(name, "running", now, now, owner(), size=size), lambda _: True, again=True)
    if unit is None:
        raise InputError(f"{file}: cannot be begun")
    return Batch(store, unit)


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
