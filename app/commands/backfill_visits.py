"""The methods of backfill that ask the web: sitemap, pages, wayback, telegram."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from app import logs
from app.archives.digesting import members_of, send_digest
from app.archives.telling import summary
from app.archives.visiting import Trip, visit_all
from app.commands.backfill_options import Again, DryRun, Failed, LogFormat
from app.commands.backfill_options import OneDigest as Digest
from app.commands.options import DEFAULT_CONFIG, Config, Database, Since, Until, example
from app.commands.stores import configuration_or_none
from app.detector import detector
from app.summary import counted
from core.archives import UnitName
from core.errors import InputError
from crawler.run import in_reactor
from crawler.spiders.past import captures_url, days, filled
from storage.store import Store

# The Wayback Machine wants no more than twenty requests a minute.
_WAYBACK_DELAY = 3.05
_INTERRUPTED = 130
_FIRST = date(2000, 1, 1)

Address = Annotated[str, typer.Argument(metavar="URL")]
Pattern = Annotated[str | None, typer.Option("--links", metavar="REGEX", help="Only links that fit.")]


def register(app: typer.Typer) -> None:
    """Add the commands to those of backfill."""
    app.command(epilog=example("exchangewatch backfill sitemap https://outlet.example/sitemap.xml --since 2024-01-01"))(
        sitemap
    )
    app.command(
        epilog=example(
            "exchangewatch backfill pages 'https://outlet.example/{yyyy}/{mm}/{dd}?page={n}' --since 2024-01-01"
        )
    )(pages)
    app.command(epilog=example("exchangewatch backfill wayback 'outlet.example/news/*' --since 2023-01-01"))(wayback)
    app.command(epilog=example("exchangewatch backfill telegram coordination_hq --since 2024-01-01"))(telegram)


def sitemap(
    url: Address, *, since: Since = None, until: Until = None, again: Again = False, failed: Failed = False,
    dry_run: DryRun = False, one_digest: Digest = False, log_format: LogFormat = "text",
    config: Config = DEFAULT_CONFIG, database: Database = None,
) -> int:  # fmt: skip
    """Read all that a sitemap, or an index of them, names since a day; what was not changed since is not asked for."""
    first, last = _span(since, until)
    trip = Trip(UnitName("sitemap", _host(url), f"{url} {first}/{last}"), "past sitemap", url, first, last)
    return _visited([trip], config, database, again, failed, dry_run, one_digest, log_format)


def pages(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="With {yyyy}, {mm}, {dd}, and {n} for a page.")],
    *, links: Pattern = None, since: Since = None, until: Until = None, again: Again = False, failed: Failed = False,
    dry_run: DryRun = False, one_digest: Digest = False, log_format: LogFormat = "text",
    config: Config = DEFAULT_CONFIG, database: Database = None,
) -> int:  # fmt: skip
    """Read an outlet's lists of days, page after page, and the articles that they name."""
    template = template.replace("{page}", "{n}")
    if filled(template, date(2000, 1, 1)) == filled(template, date(2001, 2, 3)):
        raise InputError(f"{template}: names no day; write {{yyyy}}, {{mm}} and {{dd}} where they belong")
    first, last = _span(since, until)
    trips = [
        Trip(
            UnitName("pages", _host(template), f"{filled(template, day)}"), "past pages",
            filled(template, day).replace("{n}", "1"), day, day, links, filled(template, day),
        )
        for day in days(first, last)
    ]  # fmt: skip
    return _visited(trips, config, database, again, failed, dry_run, one_digest, log_format)


def wayback(
    pattern: Annotated[str, typer.Argument(metavar="URL-PATTERN", help="An address, or its beginning and a star.")],
    *, since: Since = None, until: Until = None,
    server: Annotated[str, typer.Option(metavar="URL", help="Where the captures are.")] = "https://web.archive.org",
    again: Again = False, failed: Failed = False, dry_run: DryRun = False, one_digest: Digest = False,
    log_format: LogFormat = "text", config: Config = DEFAULT_CONFIG, database: Database = None,
) -> int:  # fmt: skip
    """Read what the Wayback Machine kept of an outlet, each text once, at twenty requests a minute."""
    first, last = _span(since, until)
    trips = [
        Trip(
            UnitName("wayback", pattern, f"{begin:%Y-%m}" if begin.day == 1 else f"{begin}"), "wayback",
            captures_url(server, pattern, begin, end), begin, end, delay=_WAYBACK_DELAY,
        )
        for begin, end in _months(first, last)
    ]  # fmt: skip
    return _visited(trips, config, database, again, failed, dry_run, one_digest, log_format)


def telegram(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="Its name, or the address of its preview.")],
    *, since: Since = None, again: Again = False, failed: Failed = False, dry_run: DryRun = False,
    one_digest: Digest = False, log_format: LogFormat = "text", config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:  # fmt: skip
    """Read the public preview of a channel back to a day."""
    first, last = _span(since, None)
    url = channel if "://" in channel else f"https://t.me/s/{channel.lstrip('@')}"
    trip = Trip(UnitName("telegram", channel, f"since {first}"), "past channel", url, first, last)
    return _visited([trip], config, database, again, failed, dry_run, one_digest, log_format)


def _visited(
    trips: Sequence[Trip], config: Path, database: str | None, again: bool, failed: bool, dry_run: bool,
    one_digest: bool, log_format: logs.LogFormat,
) -> int:  # fmt: skip
    logs.log_to_stderr(logging.INFO, log_format)
    settings = configuration_or_none(config, database)
    detector()
    with Store.open(settings.database) as store:
        store.upgrade()
        stand = {unit.name: unit for unit in store.archives()}
        if failed:
            trips = [trip for trip in trips if trip.name in stand and stand[trip.name].state == "failed"]
        if dry_run:
            left = [trip for trip in trips if trip.name not in stand or stand[trip.name].state != "done"]
            delay = max([settings.crawl.delay.total_seconds(), *(trip.delay for trip in left if trip.delay)])
            print(
                f"would read {counted(len(left), 'unit')} ({len(trips) - len(left):,} done before), at one request in "
                f"{delay:g} s: at least {len(left) * delay / 60:,.1f} minutes, and {delay:g} s for each article"
            )
            return 0
        before = members_of(store) if one_digest else {}
        names = {trip.name for trip in trips}

        async def visit(stop: asyncio.Event) -> bool:
            names.update(await visit_all(trips, settings, store, stop, again))
            return stop.is_set()

        stopped = in_reactor(visit) if trips else False
        units = [unit for unit in store.archives() if unit.name in names]
        read = summary(units, "unit", "page")
        print(f"{read}; {counted(store.counts().events, 'event')} in the store")
        taken = not one_digest or send_digest(settings, store, before, read)
    return _INTERRUPTED if stopped else 0 if taken and all(unit.state != "failed" for unit in units) else 1


def _span(since: datetime | None, until: datetime | None) -> tuple[date, date]:
    first = since.date() if since else _FIRST
    last = until.date() if until else datetime.now(UTC).date()
    if last < first:
        raise InputError(f"--until {last} is before --since {first}")
    return first, last


def _months(first: date, last: date) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    for day in days(first, last):
        if found and day.day != 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def _host(url: str) -> str:
    return (urlsplit(url).hostname or url).removeprefix("www.")
