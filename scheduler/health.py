"""The last visits to a source and when its articles came -> how it is doing, in words that an operator can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, takewhile
from typing import Literal

from core.model import CrawlResult
from scheduler.troubles import span

State = Literal["not visited", "good", "shaky", "failing", "silent", "empty"]

# One failed visit is weather; three in a row are trouble.
_FAILING = 3
# A source has a rhythm of its own, nights and weekends included, once it has brought so many articles.
_RHYTHM = 8
_LONGER = 2
_SHORTEST_SILENCE = timedelta(hours=6)
# So many pages without a single article: its pages have changed, or they are not articles.
_EMPTY = 5


@dataclass(frozen=True, slots=True)
class Health:
    """How a source is doing; `words` is empty where all is well."""

    state: State
    words: str = ""

    @property
    def alarming(self) -> bool:
        """Whether somebody has to look at it."""
        return self.state in ("failing", "silent", "empty")


def health(visits: Sequence[CrawlResult], arrivals: Sequence[datetime], now: datetime) -> Health:
    """How a source is doing. `visits` and the times (UTC) at which its articles came, the last thirty, oldest first."""
    if not visits:
        return Health("not visited", "not visited yet")
    failed = list(takewhile(lambda visit: visit.problem is not None, reversed(visits)))
    if failed:
        state: State = "failing" if len(failed) >= _FAILING else "shaky"
        times = "the last visit failed" if len(failed) == 1 else f"the last {len(failed)} visits failed"
        return Health(state, f"{times}: {failed[0].problem}")
    since = arrivals[-1] if arrivals else None
    pages = sum(visit.pages for visit in visits if since is None or visit.started > since)
    if pages >= _EMPTY:
        return Health("empty", f"{pages} pages, and no article in them")
    gaps = [later - earlier for earlier, later in pairwise(arrivals)]
    if since is not None and len(arrivals) >= _RHYTHM:
        longest = max(gaps)
        if now - since > max(_LONGER * longest, _SHORTEST_SILENCE):
            return Health("silent", f"silent for {span(now - since)}; its longest pause was {span(longest)}")
    return Health("good")
