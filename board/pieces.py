"""The articles behind an event -> each with its proving sentences, why it is there, and what it said before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from board.changes import Change, change
from board.telling import Parts
from core import wording
from core.model import Article, Event, Kept, Member, Version
from events.independence import sources


@dataclass(frozen=True, slots=True)
class Piece:
    """An article behind an event: its proving sentences with their figures marked, and why it is here."""

    id: str
    outlet: str
    title: str
    url: str | None
    language: str
    published: datetime
    quotes: tuple[Parts, ...]
    why: str
    same_as: str
    state: str
    changes: tuple[Change, ...]
    kept: tuple[str, ...]


def pieces(
    event: Event, versions: Iterable[Version], now_says: Mapping[str, Article], kept: Iterable[Kept]
) -> list[Piece]:
    """The articles, the first published first, with what each said before it was changed and where its page is kept."""
    said: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        said[version.article_id].append(version)
    where: dict[str, list[str]] = defaultdict(list)
    for page in kept:
        where[page.article_id].append(f"{page.file}, byte {page.position}")
    by_article: dict[str, list[Member]] = defaultdict(list)
    for member in sorted(event.members, key=lambda each: (each.published, each.key)):
        by_article[member.article_id].append(member)
    same = _same_as(event)
    return [
        _piece(members, same.get(each, ""), tuple(_changes(said[each], now_says.get(each))), tuple(where[each]))
        for each, members in by_article.items()
    ]


def _piece(members: Sequence[Member], same_as: str, changes: tuple[Change, ...], kept: tuple[str, ...]) -> Piece:
    last = members[-1]
    return Piece(
        id=last.article_id,
        outlet=last.outlet,
        title=last.title or last.url,
        url=wording.clean_url(last.url),
        language=last.language,
        published=last.published,
        quotes=tuple(_quotes(members)),
        why=last.joined,
        same_as=same_as,
        state=last.state,
        changes=changes,
        kept=kept,
    )


def _same_as(event: Event) -> dict[str, str]:
    """The outlet that spoke first, of each article that is no source of its own."""
    outlet_of = {member.article_id: member.outlet for member in event.members}
    return {article: outlet_of[first] for article, first in sources(event.members).items() if first != article}


def _quotes(members: Iterable[Member]) -> Iterator[Parts]:
    figures: dict[str, list[str]] = {}
    for member in members:
        for transfer in member.exchange.transfers:
            sentence = wording.clean(transfer.evidence.quote, 1_000)
            told = figures.setdefault(sentence, [])
            told += [wording.clean(transfer.count.text, 200)] if transfer.count else []
    for sentence, told in figures.items():
        if sentence:
            yield wording.parts(sentence, wording.places(sentence, told))


def _changes(older: Sequence[Version], newest: Article | None) -> Iterator[Change]:
    texts = [(each.title, each.text) for each in older]
    texts += [(newest.title, newest.text)] if newest else []
    for version, (was, became) in zip(older, pairwise(texts), strict=False):
        yield change(version.until, "\n".join(filter(None, was)), "\n".join(filter(None, became)))
