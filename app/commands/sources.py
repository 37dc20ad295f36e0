"""The sources of the configuration and what is stored of their visits -> how each is doing, and which there are."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.commands import options
from app.commands.check import show as show_checked
from app.commands.stores import configuration, named, reading_store
from app.config_file import add_sources, stanza_lines
from app.logs import log_to_stderr
from app.opml import opml_of, stanzas_of
from app.proposing import propose
from app.summary import counted
from core.config import Config
from core.errors import InputError
from core.model import Arrivals, CrawlResult, SourceState
from core.urls import is_fetchable
from core.wording import clean
from scheduler.health import Health, health
from scheduler.saying import span

app = options.command_app()
_LARGEST_OPML = 10_000_000


class Known(NamedTuple):
    """What is stored of one source: `lags` from publication to fetching."""

    state: SourceState
    visits: Sequence[CrawlResult] = ()
    arrivals: Arrivals = Arrivals()
    lags: Sequence[timedelta] = ()

    def health(self, now: datetime) -> Health:
        """How it is doing."""
        return health(self.visits, self.arrivals, now)


@app.callback(
    invoke_without_command=True,
    epilog=options.example(
        "exchangewatch sources", "exchangewatch sources --problems", "exchangewatch sources show kyiv-independent"
    ),
)
def list_sources(
    context: typer.Context,
    problems: Annotated[bool, typer.Option("--problems", help="Only those that are not well.")] = False,
    config: options.Config = options.DEFAULT_CONFIG,
    database: options.Database = None,
) -> int:
    """List the sources of the configuration, and how their last visits went."""
    if context.invoked_subcommand is not None:
        return 0
    settings, now = configuration(config, database), datetime.now(UTC)
    known = _stored(settings, now)
    chosen = [each for each in settings.sources if not problems or known[each.name].health(now).words]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("source", "type"):
        table.add_column(name, overflow="fold")
    for name in ("read", "next"):
        table.add_column(name, no_wrap=True)
    for name in ("lag", "articles", "reports"):
        table.add_column(name, justify="right")
    table.add_column("state", overflow="fold")
    for source in chosen:
        mine = known[source.name]
        words = (mine.health(now).words or "good") if source.enabled else "not enabled"
        words = f"paused by {mine.state.paused_by}" if mine.state.paused else words
        counts = (_middle(mine.lags), str(mine.state.articles), str(mine.state.reports))
        due = _in(mine.state.next_due, now) if source.enabled else ""
        read = _ago(mine.state.last_success, now)
        table.add_row(escape(source.name), source.type, read, due, *counts, escape(clean(words)))
    Console().print(table, highlight=False)
    return 0


@app.command(epilog=options.example("exchangewatch sources show kyiv-independent"))
def show(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A name from the configuration.")],
    config: options.Config = options.DEFAULT_CONFIG,
    database: options.Database = None,
) -> int:
    """Show one source: its state in words, its rhythm, and its last thirty visits."""
    settings, now = configuration(config, database), datetime.now(UTC)
    chosen = named(settings, source)
    mine = _stored(settings, now)[source]
    lags = sorted(mine.lags)
    late = f"{_middle(lags)} at the median, {span(lags[int(len(lags) * 0.95)])} at the 95th percentile" if lags else "?"
    told = {
        "url": chosen.url,
        "state": mine.health(now).words or "good",
        "last read": _ago(mine.state.last_success, now),
        "next visit": _in(mine.state.next_due, now),
        "asks to be left alone": f"until {mine.state.not_before:%Y-%m-%d %H:%M} UTC" if mine.state.not_before else "",
        "articles": f"{mine.state.articles:,}, of them reports: {mine.state.reports:,}",
        "from publication to reading": late,
    }
    for name, words in told.items():
        if words:
            print(f"{name}: {clean(words)}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("visit (UTC)", no_wrap=True)
    for name in ("took", "links", "new", "pages", "requests"):
        table.add_column(name, justify="right")
    table.add_column("what went wrong", overflow="fold")
    for visit in reversed(mine.visits):
        counts = (str(n) for n in (visit.links, visit.new_links, visit.pages, visit.requests))
        took = f"{(visit.finished - visit.started).total_seconds():.1f} s"
        table.add_row(f"{visit.started:%m-%d %H:%M:%S}", took, *counts, escape(clean(visit.problem or "")))
    Console().print(table, highlight=False)
    return 0


@app.command(epilog=options.example("exchangewatch sources add https://kyivindependent.com --yes"))
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="A home page, a feed or a sitemap.")],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What to call it.", show_default="by host")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write it without asking.")] = False,
    config: options.Config = options.DEFAULT_CONFIG,
) -> int:
    """Find how a site offers its articles, try it, and write the stanza into the configuration.

    Feeds that the site announces are tried first, then its sitemaps, then the usual places. Nothing is written before
    it was asked for, and the rest of the file stays as it is.
    """
    if not is_fetchable(url):
        raise InputError(f"{url}: an address is wanted that begins with http:// or https:// and names a host")
    settings = configuration(config)
    log_to_stderr(logging.ERROR)
    found = propose(settings, url, {each.name for each in settings.sources}, name)
    same = next((each.name for each in settings.sources if each.url == found.stanza["url"]), None)
    if same:
        raise InputError(f"{found.stanza['url']} is watched already, as {same}")
    for other in found.others:
        print(f"tried {other.source.url}: {clean(other.visit.problem or 'no articles')}")
    show_checked(found.checked)
    print(f"\n{stanza_lines(found.stanza)}")
    if not (yes or (sys.stdin.isatty() and typer.confirm(f"Write it into {config}?"))):
        print(f"not written; `--yes` writes it into {config}")
        return 0
    add_sources(config, [found.stanza], os.environ)
    print(f"written into {config}")
    return 0


@app.command("import", epilog=options.example("exchangewatch sources import subscriptions.opml"))
def import_opml(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OPML, as feed readers write it.")],
    config: options.Config = options.DEFAULT_CONFIG,
) -> int:
    """Put the feeds of an OPML file into the configuration; those that are watched already are left out."""
    settings = configuration(config)
    if file.stat().st_size > _LARGEST_OPML:
        raise InputError(f"{file}: larger than 10 MB; is this the right file?")
    known = {each.url for each in settings.sources}
    found = stanzas_of(file.read_bytes(), {each.name for each in settings.sources}, known)
    if found:
        add_sources(config, found, os.environ)
    print(f"{counted(len(found), 'source')} written into {config}; `exchangewatch check` tells which answer")
    return 0


@app.command("export", epilog=options.example("exchangewatch sources export subscriptions.opml"))
def export_opml(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the OPML goes.")],
    config: options.Config = options.DEFAULT_CONFIG,
) -> int:
    """Write the feeds of the configuration as OPML, which feed readers take."""
    settings = configuration(config)
    file.write_bytes(opml_of(settings.sources))
    feeds = sum(each.type == "feed" for each in settings.sources)
    print(f"{counted(feeds, 'feed')} written to {file}; {len(settings.sources) - feeds:,} sources are none")
    return 0


def _stored(settings: Config, now: datetime) -> dict[str, Known]:
    """What is stored of the sources; nothing before the first visit."""
    names = [source.name for source in settings.sources]
    nothing = {name: Known(SourceState(name)) for name in names}
    try:
        with reading_store(settings.database, options.DEFAULT_CONFIG) as store:
            states = store.source_states()
            return nothing | {
                name: Known(states[name], store.visits(name), store.arrivals(name, now), store.lags(name))
                for name in names
                if name in states
            }
    except InputError:
        return nothing


def _middle(lags: Sequence[timedelta]) -> str:
    return span(timedelta(seconds=median(lag.total_seconds() for lag in lags))) if lags else ""


def _ago(moment: datetime | None, now: datetime) -> str:
    return f"{span(now - moment)} ago" if moment else "never"


def _in(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    return f"in {span(moment - now)}" if moment > now else "now"
