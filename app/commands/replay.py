"""What was stored, and the rules as they are now -> the alerts that these would have gained and lost."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from app.commands.options import DEFAULT_CONFIG, Config, Database, Since, Until, command_app, example
from app.commands.stores import configuration_or_none, reading_store
from app.replaying import of_articles, of_evidence, replay
from app.summary import counted
from core.errors import InputError
from core.model import Article
from core.wording import clean
from crawler.archives.evidence import Evidence

app = command_app()
_MOST = 50


@app.command("replay", epilog=example("exchangewatch replay --since 2026-11-01", "exchangewatch replay --evidence"))
def replay_stored(
    since: Since = None,
    until: Until = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Read the pages kept as evidence, extraction included.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
) -> int:
    """Read what is stored again by the rules as they are now, and show which alerts are gained and lost.

    Nothing is sent and nothing is changed. Without --evidence the stored texts are read; the days are those of
    fetching.
    """
    settings = configuration_or_none(config, database)
    sources = {source.name: source for source in settings.sources}
    first = since.replace(tzinfo=UTC) if since else datetime.min.replace(tzinfo=UTC)
    end = until.replace(tzinfo=UTC) + timedelta(days=1) if until else datetime.max.replace(tzinfo=UTC)
    with reading_store(database, config) as store:
        if evidence:
            if settings.keep.evidence is None:
                raise InputError("keep.evidence is switched off: there are no pages to read")
            files = Evidence(settings.keep.evidence).files(since and since.date(), until and until.date())
            if not files:
                raise InputError(f"{settings.keep.evidence}: no pages are kept there of these days")
            result = replay(of_evidence(files, store, sources, lambda said: print(said, file=sys.stderr)), settings)
        else:
            chosen = [article for article in store.articles() if first <= article.fetched_at < end]
            result = replay(of_articles(chosen, store, sources), settings)
    print(f"{counted(result.articles, 'article')} read again: {counted(len(result.gained), 'alert')} gained, "
          f"{len(result.lost):,} lost")  # fmt: skip
    _show("a report now", result.new_reports)
    _show("no report any more", result.lost_reports)
    for what, alerts in (("gained", result.gained), ("lost", result.lost)):
        for alert in alerts[:_MOST]:
            print(f"{what}: {alert}")
        if len(alerts) > _MOST:
            print(f"{what}: and {len(alerts) - _MOST:,} more")
    return 0


def _show(what: str, articles: list[Article]) -> None:
    for article in articles[:_MOST]:
        print(f"{what}: {clean(article.title or article.url, 100)} ({article.source}, {article.fetched_at:%Y-%m-%d})")
    if len(articles) > _MOST:
        print(f"{what}: and {len(articles) - _MOST:,} more")
