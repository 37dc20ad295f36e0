"""The address of a site -> the source that it makes: found, tried, and written as a stanza."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, NamedTuple
from urllib.parse import urljoin

from app.checking import Checked, Trial, tried
from app.reading import Reading
from core.config import Config, Source
from core.errors import InputError
from crawler.discovery import Offer, language_of_site, name_of_site, offers


class Proposal(NamedTuple):
    """A stanza, and what the source gave when it was tried; `others` were tried before and gave no articles."""

    stanza: dict[str, Any]
    checked: Checked
    others: tuple[Checked, ...]


def propose(config: Config, url: str, taken: Collection[str], name: str | None = None) -> Proposal:
    """The first of a site's offers that gives articles. Raises InputError where none does, with what was tried."""

    async def look(trial: Trial) -> Proposal:
        home, problem = await trial.page(url)
        robots, _ = await trial.page(urljoin(url, "/robots.txt"))
        if home is None and robots is None:
            raise InputError(f"{url}: {problem}")
        given = [] if home is None or b"<html" in home.body[:2_000].lower() else [Offer("feed", url)]
        language = language_of_site(home)
        passed: list[Checked] = []
        for offer in dict.fromkeys([*given, *offers(home, robots, url)]):
            stanza: dict[str, Any] = {"name": name or name_of_site(url, taken), "type": offer.type, "url": offer.url}
            checked = await trial.source(Source(**stanza))
            told = [each.read.article for each in checked.read if isinstance(each.read, Reading)]
            if told:
                spoken = Counter(article.language for article in told if article.language).most_common(1)
                found = spoken[0][0] if spoken else language
                return Proposal(stanza | ({"language": found} if found else {}), checked, tuple(passed))
            passed.append(checked)
        where = "; ".join(f"{each.source.url}: {each.visit.problem or 'no articles'}" for each in passed[:4])
        raise InputError(f"{url}: no feed and no sitemap with articles ({where}); try type: listing by hand")

    return tried(config, look)
