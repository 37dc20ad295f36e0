"""An event to the sentences that prove what is told of it, each in its own language with its figures marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core import wording
from core.model import Claim, Event, Evidence

_MOST_QUOTES = 4
_LONGEST_QUOTE = 600
_PROVED_BY_A_REPORT = ("status changed", "confirmed")


@dataclass(frozen=True, slots=True)
class Quote:
    """A proving sentence in its own language; `marks` are where in it the figures stand that it proves, in order."""

    text: str
    marks: tuple[tuple[int, int], ...]
    outlet: str
    language: str
    url: str | None


def quotes(event: Event, reason: str) -> tuple[Quote, ...]:
    """The sentences that prove the figures, newest figure first; without figures, the first that tells of the event.

    News that is no figure is proved before them, by the latest report that tells it.
    """
    first: dict[tuple[int, int, str | None], Claim] = {}
    for position, line in enumerate(event.ledger):
        for claim in sorted((each for each in line.claims if not each.state), key=lambda each: each.first_seen):
            first.setdefault((position, claim.best, claim.claimed_by), claim)
    newest = sorted(first.values(), key=lambda each: each.first_seen, reverse=True)
    proofs = [_Proof(each.evidence, each.figure_text, each.outlet, each.language, each.url) for each in newest]
    by_sentence: dict[str, list[_Proof]] = {}
    news = _latest(event) if reason in _PROVED_BY_A_REPORT else []
    for proof in (*news, *proofs) or _without_figure(event):
        by_sentence.setdefault(wording.clean(proof.evidence.quote, 20_000), []).append(proof)
    return tuple(_quote(sentence, proofs) for sentence, proofs in by_sentence.items() if sentence)[:_MOST_QUOTES]


class _Proof(NamedTuple):
    evidence: Evidence
    figure: str
    outlet: str
    language: str
    url: str


def _latest(event: Event) -> list[_Proof]:
    """What the latest report of the event's status says of it."""
    told = [each for each in event.members if each.exchange.status == event.status]
    last = max(told, key=lambda each: (each.first_seen, each.published, each.key), default=None)
    transfers = last.exchange.transfers if last else ()
    return [
        _Proof(each.evidence, each.count.text if each.count else "", last.outlet, last.language, last.url)
        for each in transfers
        if last
    ][:1]


def _without_figure(event: Event) -> list[_Proof]:
    told = ((member, transfer) for member in event.members for transfer in member.exchange.transfers)
    return [_Proof(transfer.evidence, "", each.outlet, each.language, each.url) for each, transfer in told][:1]


def _quote(sentence: str, proofs: Sequence[_Proof]) -> Quote:
    """A sentence, cut to the words around its first figure where it is very long, with all its figures marked."""
    figures = [wording.clean(each.figure, 200) for each in proofs]
    places = wording.places(sentence, figures)
    start = max(0, places[0][0] - _LONGEST_QUOTE // 2) if places and len(sentence) > _LONGEST_QUOTE else 0
    text = wording.clean(("…" if start else "") + sentence[start:], _LONGEST_QUOTE)
    first = proofs[0]
    outlet, language = wording.clean(first.outlet, 120), wording.clean(first.language, 20)
    return Quote(text, wording.places(text, figures), outlet, language, wording.clean_url(first.url))


def pieces(quote: Quote) -> list[tuple[str, bool]]:
    """The sentence in parts, each with whether it is a figure that the sentence proves."""
    return wording.parts(quote.text, quote.marks)
