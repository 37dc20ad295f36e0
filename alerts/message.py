"""An alert to the message that a desk reads: what happened, figures both ways and who says so, proof, links."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from alerts.proof import Quote, pieces, quotes
from core import wording
from core.feedback import Feedback, standing
from core.model import Alert, Claim, Event, LedgerLine, Member
from events.headline import amount, headline
from events.independence import independent
from events.voices import in_words

_MOST_LINES = 6
_MOST_CLAIMANTS = 4
_MOST_FIGURES = 4
_MOST_LINKS = 5
_MOST_NEWS = 6


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
    voices: tuple[str, ...]  # what each side says of the figures
    discrepancies: tuple[str, ...]
    quotes: tuple[Quote, ...]
    links: tuple[Reference, ...]
    more_links: int
    said: tuple[str, ...] = ()  # what the desk's people said of it
    news: tuple[str, ...] = ()  # each piece of news, where one message tells several


def compose(alert: Alert, names: Mapping[str, str], later: Sequence[Alert] = ()) -> Message:
    """An alert, and the names of the parties by their codes -> its message. Raises nothing.

    Later alerts of the event are told with it, and the event is shown as the last of them knows it.
    """
    told = (alert, *later)
    event = told[-1].event
    reasons = "; ".join(dict.fromkeys(each.reason for each in told))
    lines = tuple(_line(each, names) for each in event.ledger[:_MOST_LINES])
    links = _links(event)
    return Message(
        headline=wording.clean(headline(event, names), 150),
        reason=reasons.capitalize(),
        detail="" if later else _spelled(alert.detail, names),
        said=tuple(_said(each) for each in standing(event)[-_MOST_NEWS:]),
        news=tuple(_piece_of_news(each, names) for each in told[-_MOST_NEWS:]) if later else (),
        lines=lines,
        facts=_facts(event, names),
        voices=tuple(wording.clean(wording.spelled(each, names), 250) for each in in_words(event)[:_MOST_FIGURES]),
        discrepancies=tuple(
            wording.clean(wording.spelled(each, names), 250) for each in event.discrepancies[:_MOST_FIGURES]
        ),
        quotes=quotes(event, told[-1].reason),
        links=links[:_MOST_LINKS],
        more_links=max(0, len(links) - _MOST_LINKS),
    )


def _piece_of_news(alert: Alert, names: Mapping[str, str]) -> str:
    return ": ".join(filter(None, (alert.reason.capitalize(), _spelled(alert.detail, names))))


def _said(given: Feedback) -> str:
    words = wording.clean(given.in_words(), 150)
    return words[:1].upper() + words[1:]


def _spelled(text: str, names: Mapping[str, str]) -> str:
    return wording.clean(wording.spelled(text, names))


def _line(line: LedgerLine, names: Mapping[str, str]) -> Line:
    figures: dict[str, list[str]] = {}
    claims = [each for each in line.claims if not each.state]
    for claim in sorted(claims, key=lambda each: each.first_seen):
        figure = wording.span(claim.low, claim.best, claim.high) or wording.number(claim.best)
        figures.setdefault(figure, []).append(_claimant(claim, names))
    who_says = {figure: wording.clean(wording.listed(who, _MOST_CLAIMANTS), 150) for figure, who in figures.items()}
    said = tuple(Said(figure, who) for figure, who in who_says.items())
    return Line(wording.direction(line.giver, line.receiver, names), amount(line), said[:_MOST_FIGURES])


def _claimant(claim: Claim, names: Mapping[str, str]) -> str:
    return wording.named(claim.claimed_by, names) if claim.claimed_by else wording.clean(claim.outlet, 120)


def _facts(event: Event, names: Mapping[str, str]) -> tuple[str, ...]:
    outlets, alone = len({each.outlet for each in event.members}), independent(event)
    mediators = wording.listed((wording.named(each, names) for each in event.mediators), 4)
    cited = wording.listed((wording.named(each, names) for each in event.sources), 4)
    facts = (
        wording.day(event.date),
        event.status,
        f"mediated by {mediators}" if mediators else "",
        f"citing {cited}" if cited else "",
        f"confidence {event.score:.0%}" if event.members else "",
        f"{wording.number(outlets)} {'outlet' if outlets == 1 else 'outlets'}, {wording.number(alone)} independent",
    )
    return tuple(each for each in facts if each)


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
    for each in message.news:
        put("figure", each)
    for line in message.lines:
        put("figure", figure_line(line))
    for each in message.discrepancies:
        put("dispute", f"! {each}")
    for each in message.voices:
        put("fact", each)
    put("fact", " · ".join(message.facts))
    for each in message.said:
        put("dispute", each)
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
