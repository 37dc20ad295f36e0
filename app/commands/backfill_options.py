"""What the methods of backfill share: their options, and how their units are read and summed up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from app import logs
from app.archives.cluster import a_cluster
from app.archives.digesting import members_of, send_digest
from app.archives.plans import forecast, with_hosts
from app.archives.running import Crew, a_pool, read_all
from app.archives.telling import summary
from app.archives.work import Job
from app.commands.options import LogFormat
from app.commands.stores import as_url, configuration, configuration_or_none, use_own_rules
from app.detector import detector
from app.summary import counted
from core.errors import InputError
from storage.store import Store

Hosts = Annotated[
    str | None, typer.Option(metavar="HOSTS|FILE", help="Only pages of these hosts: a,b,c or a file with one a line.")
]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes.", show_default="one a core")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be read and how long it would take.")]
Failed = Annotated[bool, typer.Option("--failed", help="Only what has failed before.")]
Again = Annotated[bool, typer.Option("--again", help="Read what is done once more.")]
OneDigest = Annotated[bool, typer.Option("--digest", help="End with one digest to the configured channels.")]
Cluster = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="tcp://HOST:PORT|local", help="Have a Dask cluster read, into PostgreSQL."),
]
__all__ = ["Again", "Cluster", "DryRun", "Failed", "Hosts", "LogFormat", "OneDigest", "Workers", "backfilled"]


def database_of(config: Path, database: str | None) -> str:
    """The database's URL; the detector reads the operator's own rules from here on."""
    use_own_rules(config)
    return as_url(database) if database else configuration(config).database


def backfilled(
    plan: Callable[[Store, str], Sequence[Job]],
    *,
    config: Path,
    database: str | None,
    workers: int | None = None,
    scheduler: str | None = None,
    hosts: str | None = None,
    dry_run: bool = False,
    one_digest: bool = False,
    log_format: logs.LogFormat = "text",
) -> int:
    """Read the units of a plan and print what came of it; the exit code."""
    logs.log_to_stderr(logging.INFO, log_format)
    url = database_of(config, database)
    settings = configuration_or_none(config, database) if one_digest else None
    detector()  # a wrong rules file is better told here than by every worker
    with Store.open(url) as store:
        store.upgrade()
        jobs = with_hosts(plan(store, url), hosts)
        if dry_run:
            print(forecast(jobs, store.archives(), workers))
            return 0
        before = members_of(store) if settings else {}
        crew = _crew(scheduler, workers, url) if jobs else nullcontext()
        with crew as readers:
            units = read_all(jobs, readers, store, drawn=log_format == "text") if readers else []
        print(f"{summary(units)}; {counted(store.counts().events, 'event')} in the store")
        taken = settings is None or send_digest(settings, store, before, summary(units))
    return 0 if taken and all(unit.state != "failed" for unit in units) else 1


def _crew(scheduler: str | None, workers: int | None, url: str) -> AbstractContextManager[Crew]:
    if scheduler is None:
        return a_pool(workers)
    if url.startswith("sqlite:"):
        raise InputError("a cluster writes into PostgreSQL: give --database postgresql://...")
    return a_cluster(None if scheduler == "local" else scheduler, workers)
