"""Archives and older articles -> articles and events in the store, without a single alert."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.archives.plans import COMMON_CRAWL, ccnews_jobs, failed_jobs, warc_jobs
from app.archives.telling import bounds, draw_gaps, print_failed, print_gaps, print_status
from app.archives.work import Job
from app.commands import backfill_articles, backfill_visits
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
from app.commands.stores import reading_store
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
backfill_articles.register(app)


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
