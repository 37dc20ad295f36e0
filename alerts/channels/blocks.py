"""A message to Slack's Block Kit and the plain text that a notification shows in its place.

Text from the web stands only in plain_text and in rich_text elements, which Slack shows letter by letter: there
`<!channel>`, `@here`, `<https://…|text>` and `*` are nothing but letters. Only the notice is read for such signs by
Slack, so there they are escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from alerts.digest import Digest
from alerts.message import Line, Message, Reference, as_notice, claimants
from alerts.proof import Quote, pieces
from core import wording

Element = dict[str, Any]

_HEADER = 150  # characters that a header holds
# Slack does not say where `msg_blocks_too_long` begins; blocks of 15,561 characters of JSON were seen to pass.
_MOST_AT_ONCE = 12_000


def as_blocks(message: Message, *, update: bool = False, mention: str | None = None) -> tuple[str, list[Element]]:
    """A message -> its notice, at most 4,000 characters, and its blocks, within all limits of Slack's.

    With `update` the opening is what is new, as fits a reply in the event's thread; without, it is the event itself.
    `mention` ("here", "channel", the id of a user or a user group) calls these people to it.
    """
    blocks = _blocks(message, update)
    while len(json.dumps(blocks, ensure_ascii=False)) > _MOST_AT_ONCE and (message.quotes or message.links):
        message = _shorter(message)
        blocks = _blocks(message, update)
    if mention is not None:
        blocks[-1]["elements"].insert(0, _section(_call(mention)))
    return escaped(as_notice(message)), blocks


def digest_blocks(digest: Digest) -> tuple[str, list[Element]]:
    """A day's digest -> its notice and its blocks."""
    parts = [_list(_section(_text(each)) for each in digest.lines)] if digest.lines else []
    parts += [_section(_text(digest.coverage))] if digest.coverage else []
    title = {"type": "plain_text", "text": wording.clean(digest.title, _HEADER), "emoji": False}
    notice = wording.clean(". ".join((digest.title, *digest.lines, digest.coverage)), 700)
    return escaped(notice), [{"type": "header", "text": title}, {"type": "rich_text", "elements": parts}]


def _call(mention: str) -> Element:
    if mention in ("here", "channel"):
        return {"type": "broadcast", "range": mention}
    group = mention.startswith("S")
    return {"type": "usergroup", "usergroup_id": mention} if group else {"type": "user", "user_id": mention}


def _shorter(message: Message) -> Message:
    """A message without its last sentence or, with one sentence left, without its last link."""
    if len(message.quotes) > 1 or not message.links:
        return replace(message, quotes=message.quotes[:-1])
    return replace(message, links=message.links[:-1], more_links=message.more_links + 1)


def _blocks(message: Message, update: bool) -> list[Element]:
    news = ": ".join(filter(None, (message.reason, message.detail)))
    opening, next_to_it = (news, message.headline) if update else (message.headline, news)
    parts = [_section(_text(next_to_it, bold=True))]
    parts += [_list(_section(_text(each)) for each in message.news)] if message.news else []
    if message.lines:
        parts.append(_list(_figure_line(each) for each in message.lines))
    parts += [_section(_text(f"⚠ {each}", bold=True)) for each in message.discrepancies]
    parts += [_section(_text(each)) for each in message.voices]
    parts.append(_section(_text(" · ".join(message.facts))))
    parts += [_section(_text(f"✎ {each}", bold=True)) for each in message.said]
    for quote in message.quotes:
        parts += [{"type": "rich_text_quote", "elements": _quote(quote)}, _section(_text("— "), *_outlet(quote))]
    links = [_section(_link(each)) for each in message.links]
    links += [_section(_text(f"and {message.more_links:,} more"))] if message.more_links else []
    parts += [_list(links)] if links else []
    header = {"type": "header", "text": {"type": "plain_text", "text": wording.clean(opening, _HEADER), "emoji": False}}
    return [header, {"type": "rich_text", "elements": parts}]


def escaped(text: str) -> str:
    """The three characters with which Slack's own signs begin and end, written so that they are only letters."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(text: str, *, bold: bool = False) -> Element:
    return {"type": "text", "text": text, **({"style": {"bold": True}} if bold else {})}


def _section(*elements: Element) -> Element:
    return {"type": "rich_text_section", "elements": list(elements)}


def _list(sections: Iterable[Element]) -> Element:
    return {"type": "rich_text_list", "style": "bullet", "elements": list(sections)}


def _figure_line(line: Line) -> Element:
    who = claimants(line)
    told = [_text(f"{line.direction}: "), _text(line.amount, bold=True)]
    return _section(*told, *([_text(f" ({who})")] if who else []))


def _quote(quote: Quote) -> list[Element]:
    return [_text(text, bold=figure) for text, figure in pieces(quote)]


def _outlet(quote: Quote) -> list[Element]:
    return [_link(Reference(quote.outlet or "an outlet without a name", quote.url)), _text(f" ({quote.language})")]


def _link(reference: Reference) -> Element:
    if reference.url is None:
        return _text(reference.label or "an article without a title")
    return {"type": "link", "url": reference.url, "text": reference.label or reference.url}
