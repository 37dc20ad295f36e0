"""An alert to the message that a desk reads: what happened, figures both ways and who says so, proof, links."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from alerts import wording
from core.model import Alert, Claim, Event, Evidence, LedgerLine, Member

_MOST_LINES = 6
_MOST_CLAIMANTS = 4
_MOST_FIGURES = 4
_MOST_QUOTES = 4
_MOST_LINKS = 5
_LONGEST_QUOTE = 600


@dataclass(frozen=True, slots=True)
class Said:
    """One figure of a transfer, in words, and those who give it."""

    figure: str
    who: str


@dataclass(frozen=True, slots=True)
class Line:
    """One direction: `amount` says all that is known of the figure; with several in `said` the accounts differ."""

    direction: str
    amount: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A proving sentence in its own language; `marks` are where in it the figures stand that it proves, in order."""

    text: str
    marks: tuple[tuple[int, int], ...]
    outlet: str
    language: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Reference:
    """An article to read, with its address where that may be linked."""

    label: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """What is shown of an alert, all of it clean: no control characters, no unchecked address."""

    headline: str
    reason: str
    detail: str
    lines: tuple[Line, ...]
    facts: tuple[str, ...]
    discrepancies: tuple[str, ...]
    quotes: tuple[Quote, ...]
    links: tuple[Reference, ...]
    more_links: int


def compose(alert: Alert, names: Mapping[str, str]) -> Message:
    """An alert, and the names of the parties by their codes -> its message. Raises nothing."""
    event = alert.event
    lines = tuple(_line(each, names) for each in event.ledger[:_MOST_LINES])
    links = _links(event)
    return Message(
        headline=wording.clean(_headline(event, names), 150),
        reason=alert.reason.capitalize(),
        detail=_spelled(alert.detail, names),
        lines=lines,
        facts=_facts(event, names),
        discrepancies=tuple(
            wording.clean(wording.spelled(each, names), 250) for each in event.discrepancies[:_MOST_FIGURES]
        ),
        quotes=_quotes(event),
        links=links[:_MOST_LINKS],
        more_links=max(0, len(links) - _MOST_LINKS),
    )


def _spelled(text: str, names: Mapping[str, str]) -> str:
    return wording.clean(wording.spelled(text, names))


def _headline(event: Event, names: Mapping[str, str]) -> str:
    told = [each for each in event.ledger if _span(each) is not None]
    if len(event.ledger) == 1 and told and event.status == "completed":
        line = told[0]
        way = wording.direction(line.giver, line.receiver, names)
        return f"{way}: {wording.counted(_span(line), line.what)} handed over"
    sides = wording.listed((wording.named(each, names) for each in event.parties), 4) or "Sides not named"
    opening = f"{sides}: {wording.what_happened(event.kind, event.status)}"
    if len(told) == 2 and told[0].giver == told[1].receiver and told[0].what == told[1].what:
        return f"{opening}, {_span(told[0])} for {_span(told[1])}"
    return opening


def _span(line: LedgerLine) -> str | None:
    return wording.span(line.low, line.best, line.high)


def _line(line: LedgerLine, names: Mapping[str, str]) -> Line:
    figures: dict[str, list[str]] = {}
    for claim in sorted(line.claims, key=lambda each: each.first_seen):
        figure = wording.span(claim.low, claim.best, claim.high) or wording.number(claim.best)
        figures.setdefault(figure, []).append(_claimant(claim, names))
    who_says = {figure: wording.clean(wording.listed(who, _MOST_CLAIMANTS), 150) for figure, who in figures.items()}
    said = tuple(Said(figure, who) for figure, who in who_says.items())
    differ = line.low != line.high and len({each.best for each in line.claims}) > 1
    bounds = _span(line)
    amount = wording.disputed(bounds, line.what) if differ and bounds else wording.counted(bounds, line.what)
    return Line(wording.direction(line.giver, line.receiver, names), amount, said[:_MOST_FIGURES])


def _claimant(claim: Claim, names: Mapping[str, str]) -> str:
    return wording.named(claim.claimed_by, names) if claim.claimed_by else wording.clean(claim.outlet, 120)


def _facts(event: Event, names: Mapping[str, str]) -> tuple[str, ...]:
    outlets = len({each.outlet for each in event.members})
    mediators = wording.listed((wording.named(each, names) for each in event.mediators), 4)
    cited = wording.listed((wording.named(each, names) for each in event.sources), 4)
    facts = (
        wording.day(event.date),
        event.status,
        f"mediated by {mediators}" if mediators else "",
        f"citing {cited}" if cited else "",
        f"{wording.number(outlets)} {'outlet' if outlets == 1 else 'outlets'}",
    )
    return tuple(each for each in facts if each)


def _quotes(event: Event) -> tuple[Quote, ...]:
    """The sentences that prove the figures, newest figure first; without figures, the first that tells of the event."""
    first: dict[tuple[int, int, str | None], Claim] = {}
    for position, line in enumerate(event.ledger):
        for claim in sorted(line.claims, key=lambda each: each.first_seen):
            first.setdefault((position, claim.best, claim.claimed_by), claim)
    newest = sorted(first.values(), key=lambda each: each.first_seen, reverse=True)
    proofs = [_Proof(each.evidence, each.figure_text, each.outlet, each.language, each.url) for each in newest]
    by_sentence: dict[str, list[_Proof]] = {}
    for proof in proofs or _without_figure(event):
        by_sentence.setdefault(wording.clean(proof.evidence.quote, 20_000), []).append(proof)
    return tuple(_quote(sentence, proofs) for sentence, proofs in by_sentence.items() if sentence)[:_MOST_QUOTES]


class _Proof(NamedTuple):
    evidence: Evidence
    figure: str
    outlet: str
    language: str
    url: str


def _without_figure(event: Event) -> list[_Proof]:
    told = ((member, transfer) for member in event.members for transfer in member.exchange.transfers)
    return [_Proof(transfer.evidence, "", each.outlet, each.language, each.url) for each, transfer in told][:1]


def _quote(sentence: str, proofs: Sequence[_Proof]) -> Quote:
    """A sentence, cut to the words around its first figure where it is very long, with all its figures marked."""
    figures = [wording.clean(each.figure, 200) for each in proofs]
    places = _places(sentence, figures)
    start = max(0, places[0][0] - _LONGEST_QUOTE // 2) if places and len(sentence) > _LONGEST_QUOTE else 0
    text = wording.clean(("…" if start else "") + sentence[start:], _LONGEST_QUOTE)
    first = proofs[0]
    outlet, language = wording.clean(first.outlet, 120), wording.clean(first.language, 20)
    return Quote(text, _places(text, figures), outlet, language, wording.clean_url(first.url))


def _places(text: str, figures: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """Where each figure first stands in a text as a number of its own, in order and without overlaps."""
    patterns = (rf"(?<!\d)(?<!\d[.,]){re.escape(each)}(?![.,]?\d)" for each in figures if each)
    places: list[tuple[int, int]] = []
    for place in sorted(match.span() for match in (re.search(each, text) for each in patterns) if match):
        if not places or place[0] >= places[-1][1]:
            places.append(place)
    return tuple(places)


def _links(event: Event) -> tuple[Reference, ...]:
    first: dict[str, Member] = {}
    for member in sorted(event.members, key=lambda each: (each.published, each.key)):
        first.setdefault(member.url, member)
    return tuple(
        Reference(wording.clean(": ".join(filter(None, (each.outlet, each.title))), 200), wording.clean_url(each.url))
        for each in first.values()
    )


Role = Literal["reason", "headline", "figure", "dispute", "fact", "quote", "link"]


def as_text(message: Message, width: int = 80) -> str:
    """The message as plain text, no line longer than `width` but for an address, which is never broken."""
    return "\n".join(line for _, line in as_lines(message, width))


def as_lines(message: Message, width: int = 80) -> list[tuple[Role, str]]:
    """The lines of `as_text`, each with the role that a terminal may colour it by."""
    lines: list[tuple[Role, str]] = []

    def put(role: Role, text: str, indent: str = "  ") -> None:
        wrapped = textwrap.wrap(
            text,
            width=max(width, 20),
            initial_indent=indent,
            subsequent_indent=indent + ("" if role == "headline" else "  "),
            break_on_hyphens=False,
        )
        lines.extend((role, each) for each in wrapped)

    put("reason", ": ".join(filter(None, (message.reason.upper(), message.detail))), "")
    put("headline", message.headline, "")
    for line in message.lines:
        put("figure", figure_line(line))
    for each in message.discrepancies:
        put("dispute", f"! {each}")
    put("fact", " · ".join(message.facts))
    for quote in message.quotes:
        # Asterisks are what plain text has in place of bold.
        marked = "".join(f"*{text}*" if figure else text for text, figure in pieces(quote))
        put("quote", f"“{marked}” ({quote.outlet}, {quote.language})")
    for link in message.links:
        put("link", link.label)
        lines += [("link", f"    {link.url}")] if link.url else []
    if message.more_links:
        put("link", f"and {wording.number(message.more_links)} more")
    return lines


def figure_line(line: Line) -> str:
    """ "Russia → Ukraine: 909 bodies (Shamsail Saraliev)"; where accounts differ, each figure with who gives it."""
    who = claimants(line)
    return f"{line.direction}: {line.amount}" + (f" ({who})" if who else "")


def claimants(line: Line) -> str:
    """Those who give a direction's figure; where there are several figures, each with its own."""
    if len(line.said) == 1:
        return line.said[0].who
    return "; ".join(f"{each.figure}: {each.who}" for each in line.said)


def as_notice(message: Message) -> str:
    """The message in a sentence or two, for a telephone's notification."""
    figures = "; ".join(figure_line(each) for each in message.lines[:2])
    told = ". ".join(filter(None, (f"{message.reason}: {message.headline}", figures, ", ".join(message.facts))))
    return wording.clean(told, 700)


def pieces(quote: Quote) -> list[tuple[str, bool]]:
    """The sentence in parts, each with whether it is a figure that the sentence proves."""
    cuts = [0, *(cut for mark in quote.marks for cut in mark), len(quote.text)]
    parts = ((quote.text[start:end], turn % 2 == 1) for turn, (start, end) in enumerate(pairwise(cuts)))
    return [each for each in parts if each[0]]
