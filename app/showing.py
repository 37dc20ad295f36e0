"""One event -> a page on the terminal: what happened, the ledger with its proof, both sides, articles, timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape

from app import words
from core import wording
from core.model import Event, Kept, Version
from events.independence import sources
from events.voices import in_words
from storage.records import Decision


def print_event(
    event: Event, decisions: Sequence[Decision], versions: Sequence[Version], kept: Sequence[Kept], console: Console
) -> None:
    """Print all that is known of an event; what comes from the web is shown without control characters."""
    lines = [*_lines(event, decisions, versions), *_evidence(event, kept)]
    console.print("\n".join(lines), highlight=False, soft_wrap=True)


def _lines(event: Event, decisions: Sequence[Decision], versions: Sequence[Version]) -> Iterator[str]:
    yield f"[bold]{_shown(words.headline(event))}[/]"
    yield f"id {event.id}, first seen {words.moment(event.first_seen)}"
    for line in event.ledger:
        yield f"\n[bold]{_shown(words.transfer(line))}[/]"
        for claim in line.claims:
            who = f"according to {claim.claimed_by}" if claim.claimed_by else "no source named"
            side = f" ({claim.side})" if claim.side else ""
            side += f", {claim.state} since" if claim.state else ""
            yield f"  {_shown(f'{claim.figure_text}: {who}{side}, {claim.outlet} {claim.url}')}"
            yield f"    [dim]{_shown(claim.evidence.quote, 600)}[/]"
    for title, told in (
        ("What each side says", in_words(event)),
        ("The accounts disagree", event.discrepancies),
        ("Mediators", event.mediators),
        ("Sources cited", event.sources),
        ("Said by the desk", [f"{words.moment(each.at)}  {each.in_words()}" for each in event.feedback]),
    ):
        if told:
            yield f"\n[bold]{title}[/]"
            yield from (f"  {_shown(each)}" for each in told)
    yield from _articles(event)
    yield from _changes(event, versions)
    if decisions:
        yield "\n[bold]Timeline[/]"
    for decision in decisions:
        told_or_not = "told" if decision.alert_id else "not told"
        yield f"  {words.moment(decision.at)}  {told_or_not}: {_shown(decision.reason)}"


def _changes(event: Event, versions: Sequence[Version]) -> Iterator[str]:
    """What articles said before they were changed."""
    if not versions:
        return
    yield "\n[bold]Articles that were changed[/]"
    outlet = {member.article_id: member.outlet for member in event.members}
    for version in versions:
        yield f"  {words.moment(version.until)}  {_shown(outlet.get(version.article_id, version.article_id))}"
        said = ": ".join(filter(None, (version.title, version.text)))
        yield f"    [dim]said until then: {_shown(said, 400)}[/]"


def _evidence(event: Event, kept: Sequence[Kept]) -> Iterator[str]:
    outlet = {member.article_id: member.outlet for member in event.members}
    if kept:
        yield "\n[bold]Pages kept as evidence[/]"
    for page in kept:
        yield f"  {words.moment(page.at)}  {_shown(outlet.get(page.article_id, ''))}: {page.file}, byte {page.position}"


def _articles(event: Event) -> Iterator[str]:
    first = {member.article_id: member for member in reversed(event.members)}
    source_of = sources(event.members)
    count = len(set(source_of.values()))
    yield f"\n[bold]Articles[/]: {len(first)}, from {count} independent {'source' if count == 1 else 'sources'}"
    for member in sorted(first.values(), key=lambda each: (each.published, each.key)):
        yield f"  {words.moment(member.published)}  {_shown(f'{member.outlet}: {member.title or member.url}')}"
        same = source_of[member.article_id]
        why = [f"here because: {member.joined}"] if member.joined else []
        why += [f"same source as {first[same].outlet}"] if same != member.article_id else []
        if why:
            yield f"    [dim]{_shown('; '.join(why))}[/]"


def _shown(text: str, limit: int = 300) -> str:
    return escape(wording.clean(text, limit))
