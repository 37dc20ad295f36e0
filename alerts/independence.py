"""An event's reports to how many of them speak for themselves: copies of one text, and one outlet's, count once."""

from __future__ import annotations

from collections.abc import Iterable

from core.model import Event, Member

# Two outlets hit on the same short sentence by themselves; on a long one only by copying.
_COPIED = 40


def independent(event: Event) -> int:
    """The number of sources of an event, where outlets that share a long sentence word for word are one source."""
    source_of: dict[str, int] = {}
    groups: list[set[str]] = []
    for member in event.members:
        marks = set(_marks(member))
        joined = {source_of[mark] for mark in marks if mark in source_of}
        place = min(joined, default=len(groups))
        if place == len(groups):
            groups.append(set())
        for each in joined - {place}:
            marks |= groups[each]
            groups[each] = set()
        groups[place] |= marks
        source_of |= dict.fromkeys(marks, place)
    return sum(bool(group) for group in groups)


def _marks(member: Member) -> Iterable[str]:
    """What makes a report the same source as another: its outlet, and every long sentence that proves it."""
    yield f"outlet {member.outlet.casefold()}"
    for transfer in member.exchange.transfers:
        sentence = "".join(each for each in transfer.evidence.quote.casefold() if each.isalnum())
        if len(sentence) >= _COPIED:
            yield f"sentence {sentence}"
