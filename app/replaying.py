"""Stored articles, or the pages kept as evidence, read again by the rules as they are now -> what would be told then.

The alerts of the verdicts that are stored and those of the new ones come from two databases of their own, made for this
and thrown away; nothing is sent and nothing is changed.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alerts.message import compose
from app.detector import detector
from app.reading import Reading, assigned, read
from core.config import Config, Source
from core.model import Article, Rejection, Report
from crawler.archives.warc import Warc
from scheduler.intake import take_in
from storage.store import Store

_CHANNEL = "replay"
# Told of the past as it was: nothing is too old.
_ANY_AGE = timedelta(days=36_500)


class Again(NamedTuple):
    """An article with the verdict that is stored and the one by the rules of now."""

    article: Article
    before: Report | Rejection
    after: Report | Rejection


class Replayed(NamedTuple):
    """How many articles were read again, which verdicts differ in being a report, and the alerts gained and lost."""

    articles: int
    new_reports: list[Article]
    lost_reports: list[Article]
    gained: list[str]
    lost: list[str]


def replay(again: Iterable[Again], config: Config) -> Replayed:
    """What would have been told, against what was."""
    count = 0
    new, gone = [], []
    names = detector().party_names
    sources = {source.name: source for source in config.sources}
    with tempfile.TemporaryDirectory() as folder, _fresh(folder, "before") as before, _fresh(folder, "after") as after:
        for article, old, now in again:
            count += 1
            if isinstance(now, Report) and isinstance(old, Rejection):
                new.append(article)
            if isinstance(old, Report) and isinstance(now, Rejection):
                gone.append(article)
            for store, verdict in ((before, old), (after, now)):
                if isinstance(verdict, Report):
                    _take_in(store, article, verdict, sources.get(article.source))
        told = [Counter(_alerts(store, names)) for store in (before, after)]
    return Replayed(count, new, gone, list((told[1] - told[0]).elements()), list((told[0] - told[1]).elements()))


def of_articles(articles: Iterable[Article], store: Store, sources: Mapping[str, Source]) -> Iterator[Again]:
    """Stored articles with both verdicts, in the order in which they were fetched."""
    for article in sorted(articles, key=lambda each: each.fetched_at):
        old = store.detection(article.id or article.url)
        if old is None:
            continue
        source = sources.get(article.source)
        zone = ZoneInfo(source.timezone if source else "UTC")
        published = (article.published or article.fetched_at).astimezone(zone)
        yield Again(article, old, detector().detect(article.title, article.text, published, article.language))


def of_evidence(
    files: Iterable[Path], store: Store, sources: Mapping[str, Source], damaged: Callable[[str], None]
) -> Iterator[Again]:
    """Kept pages, extracted and detected anew, with the verdict that is stored of their articles."""
    for file in files:
        with Warc(file) as warc:
            for page, _ in warc:
                stored = store.article(page.url)
                old = store.detection(page.url)
                if stored is None or old is None:
                    continue
                source = sources.get(stored.source) or Source(name="kept", type="feed", url=page.url)
                found = read(assigned(replace(page, source=stored.source), source))
                if isinstance(found, Reading):
                    yield Again(found.article, old, found.verdict)
            for damage in warc.damage:
                damaged(f"{file.name}, byte {damage.position}: {damage.reason}")


def _fresh(folder: str, name: str) -> Store:
    store = Store.open(f"sqlite:///{folder}/{name}.sqlite")
    store.upgrade()
    return store


def _take_in(store: Store, article: Article, verdict: Report, source: Source | None) -> None:
    kind = source.kind if source else "outlet"
    side = source.country if source and source.kind == "official" else None
    take_in(
        store,
        article,
        verdict,
        article.fetched_at,
        [_CHANNEL],
        max_age=_ANY_AGE,
        outlet_kind=kind,
        outlet_side=side,
    )


def _alerts(store: Store, names: Mapping[str, str]) -> Iterator[str]:
    """Each alert in words, the oldest first."""
    for alert in reversed(store.alerts()):
        message = compose(alert, names)
        news = ": ".join(filter(None, (alert.reason, alert.detail)))
        yield f"{alert.event.date or 'day unknown'}  {message.headline}  ({news})"
