"""The last visits to a source and when its articles came -> how it is doing, in words that an operator can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, takewhile
from typing import Literal

from core.model import Arrivals, CrawlResult
from scheduler.saying import span

State = Literal["not visited", "good", "shaky", "failing", "silent", "empty", "undated"]

# One failed visit is weather; three in a row are trouble.
_FAILING = 3
# Where in the same hours of every day before there were so many articles, none at all is no chance.
_FEWEST = 5
_DAYS, _DAY = 3, timedelta(days=1)
# Before it was watched for so long, a source has a rhythm once it has brought so many articles: its pauses.
_RHYTHM = 8
_LONGER = 2
_SHORTEST_SILENCE = timedelta(hours=6)
# Where of so many pages most hold no article, its pages have changed, or they are not articles.
_PAGES, _LAST_PAGES, _MOST = 5, 20, 0.8
_UNDATED = 10


@dataclass(frozen=True, slots=True)
class Health:
    """How a source is doing; `words` is empty where all is well."""

    state: State
    words: str = ""

    @property
    def alarming(self) -> bool:
        """Whether somebody has to look at it."""
        return self.state in ("failing", "silent", "empty", "undated")


def health(visits: Sequence[CrawlResult], arrivals: Arrivals, now: datetime) -> Health:
    """How a source is doing. `visits` are the last thirty, the oldest first."""
    if not visits:
        return Health("not visited", "not visited yet")
    failed = list(takewhile(lambda visit: visit.problem is not None, reversed(visits)))
    if failed:
        state: State = "failing" if len(failed) >= _FAILING else "shaky"
        times = "the last visit failed" if len(failed) == 1 else f"the last {len(failed)} visits failed"
        return Health(state, f"{times}: {failed[0].problem}")
    return (
        _unfetched(visits)
        or _without_articles(visits)
        or _silent(arrivals, now)
        or _undated(arrivals)
        or Health("good")
    )


def _unfetched(visits: Sequence[CrawlResult]) -> Health | None:
    """Whether it lists new articles time and again of which none can be fetched, as where only browsers are let in."""
    last = [visit for visit in visits if visit.new_links][-_FAILING:]
    if len(last) < _FAILING or any(visit.pages for visit in last):
        return None
    times = f"the last {_FAILING} visits found new articles"
    return Health("empty", f"{times} and could fetch none: `exchangewatch check` tells why")


def _without_articles(visits: Sequence[CrawlResult]) -> Health | None:
    pages = unreadable = 0
    for visit in reversed(visits):
        if pages >= _LAST_PAGES:
            break
        pages, unreadable = pages + visit.pages, unreadable + visit.unreadable
    if pages < _PAGES or unreadable < _MOST * pages:
        return None
    return Health("empty", f"of the last {pages} pages, {unreadable} had no article text: have they changed?")


def _silent(arrivals: Arrivals, now: datetime) -> Health | None:
    """Whether it is silent for much longer than it used to be at such hours."""
    if not arrivals.last:
        return None
    silence = now - arrivals.last[-1].fetched
    daily = silence <= _DAY
    if len(arrivals.before) >= (_DAYS if daily else 1):
        fewest, often = min(arrivals.before), len(arrivals.before)
        when = f"hours of the last {often} days" if daily else f"days of the last {often} weeks"
        words = f"silent for {span(silence)}; in the same {when} it brought at least {fewest} articles"
        return Health("silent", words) if fewest >= _FEWEST else None
    moments = sorted(each.moment for each in arrivals.last)
    longest = max((later - earlier for earlier, later in pairwise(moments)), default=silence)
    if len(moments) < _RHYTHM or silence <= max(_LONGER * longest, _SHORTEST_SILENCE):
        return None
    return Health("silent", f"silent for {span(silence)}; its longest pause was {span(longest)}")


def _undated(arrivals: Arrivals) -> Health | None:
    last = arrivals.last[-_UNDATED:]
    if len(last) < _UNDATED or any(each.published for each in last):
        return None
    return Health("undated", f"the last {_UNDATED} articles do not say when they were published: css.date may find it")
