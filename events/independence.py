"""Reports -> which of them speak for themselves: copies of one text, and reports of one outlet, are one source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from core.model import Event, Member
from events.copies import copied, hashes

# Two outlets hit on the same short sentence by themselves; on a long one only by copying (letters and digits).
_LONG_SENTENCE = 40


def independent(event: Event) -> int:
    """The number of independent sources of an event."""
    return len(set(sources([member for member in event.members if not member.state]).values()))


def sources(members: Sequence[Member]) -> dict[str, str]:
    """For each article's id, the id of the first article of the same source.

    One source are: the articles of an outlet; those that share a long proving sentence word for word; those of which
    one is, for the most part, a copy of the other.
    """
    first_of: dict[str, str] = {}
    by_mark: dict[str, str] = {}
    by_hash: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for member in sorted(members, key=lambda each: (each.first_seen, each.key)):
        own = member.article_id
        same = {_root(first_of, own)} if own in first_of else set()
        marks = tuple(_marks(member))
        same |= {_root(first_of, by_mark[mark]) for mark in marks if mark in by_mark}
        for other, told in {each for one in hashes(member.sketch) for each in by_hash[one]}:
            if _root(first_of, other) not in same and copied(told, member.sketch):
                same.add(_root(first_of, other))
        # The first to come gives its name, so that it does not depend on who copied whom later.
        place = {article_id: number for number, article_id in enumerate(first_of)}
        lead = min(same, key=lambda each: place[each], default=own)
        first_of.setdefault(own, lead)
        first_of |= dict.fromkeys(same, lead)
        by_mark |= dict.fromkeys(marks, own)
        for one in hashes(member.sketch):
            by_hash[one].append((own, member.sketch))
    return {article_id: _root(first_of, article_id) for article_id in first_of}


def _root(first_of: dict[str, str], article_id: str) -> str:
    while first_of[article_id] != article_id:
        article_id = first_of[article_id]
    return article_id


def _marks(member: Member) -> Iterable[str]:
    """What makes a report the same source as another: its outlet, and every long sentence that proves it."""
    yield f"outlet {member.outlet.casefold()}"
    for transfer in member.exchange.transfers:
        sentence = "".join(each for each in transfer.evidence.quote.casefold() if each.isalnum())
        if len(sentence) >= _LONG_SENTENCE:
            yield f"sentence {sentence}"
