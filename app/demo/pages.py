"""Turns an outlet's stories into HTML: article pages in the outlet's layout, front pages, Telegram channel previews."""

from __future__ import annotations

import json
import re
from datetime import UTC
from functools import cache
from html import escape
from string import Template
from typing import Any

from app.demo.dates import read_yaml
from app.demo.stories import Outlet, Story

HASHTAG = re.compile(r"#(\w+)")
EMOJI = re.compile("[\U0001f1e6-\U0001f1ff]{2}|[\U0001f300-\U0001faff\u2600-\u27bf]\ufe0f?")


@cache
def layouts() -> dict[str, Any]:
    """Nothing in, the templates and phrases of layouts.yaml out."""
    tables: dict[str, Any] = read_yaml("layouts.yaml")
    return tables


def article_page(outlet: Outlet, story: Story, layout: str) -> str:
    """A story and the name of a layout in, its HTML page out."""
    words = _surroundings(outlet) | {
        "headline": escape(story.headline),
        "summary": escape(story.summary),
        "canonical": outlet.canonical(story),
        "published": story.published.isoformat(),
        "shown": outlet.calendar.phrase("shown", story.published),
        "stamp": f"{story.published:%d.%m.%Y, %H:%M}",
        "body": "\n".join(_paragraph(text) for text in story.paragraphs),
        "jsonld": _jsonld(outlet, story),
        "channel": _channel(outlet),
    }
    return Template(layouts()["article"][layout]).substitute(words)


def front_page(outlet: Outlet) -> str:
    """An outlet in, the page out that lists its stories and, where the outlet says so, announces its feed."""
    items = [f'<li><a href="{story.path}">{escape(story.headline)}</a></li>' for story in outlet.stories]
    link = f'<link rel="alternate" type="application/rss+xml" title="RSS" href="{outlet.feed.path}">\n'
    words = _surroundings(outlet) | {"items": "\n".join(items), "announced": link if outlet.feed.announced else ""}
    return Template(layouts()["front"]).substitute(words)


def channel_page(outlet: Outlet, before: int | None = None) -> str:
    """A channel and the number of a post (or nothing) in, the preview page of the posts older than it out."""
    older = [story for story in outlet.stories if before is None or story.number < before]
    shown = older[: outlet.feed.page_size]
    words = _surroundings(outlet) | {"channel": _channel(outlet), "rel_older": "", "more": ""}
    if len(older) > len(shown):
        first = shown[-1].number
        address = f"{outlet.feed.path}?before={first}"
        words["rel_older"] = f'<link rel="prev" href="{address}">\n'
        words["more"] = (
            f'<div class="tgme_widget_message_centered js-messages_more_wrap"><a href="{address}"'
            f' class="tme_messages_more js-messages_more" data-before="{first}"></a></div>\n'
        )
    words["posts"] = "\n".join(_post(outlet, story) for story in reversed(shown))
    return Template(layouts()["channel"]).substitute(words)


def _surroundings(outlet: Outlet) -> dict[str, str]:
    """An outlet in, what stands around every story of it out: menus, banners, links to other stories."""
    phrases = dict(layouts()["phrases"][outlet.language])
    elsewhere = phrases.pop("elsewhere")
    nav = "".join(f'<li><a href="/section/{at}/">{escape(name)}</a></li>' for at, name in enumerate(outlet.nav, 1))
    return {key: escape(text) for key, text in phrases.items()} | {
        "language": outlet.language,
        "outlet": escape(outlet.title),
        "host": outlet.host,
        "nav": nav,
        "elsewhere": "".join(f'<li><a href="/archive/">{escape(title)}</a></li>' for title in elsewhere),
        "charset": _charset(outlet),
    }


def _charset(outlet: Outlet) -> str:
    if outlet.charset_in == "header":
        return ""
    if outlet.encoding == "utf-8":
        return '<meta charset="utf-8">\n'
    return f'<meta http-equiv="Content-Type" content="text/html; charset={outlet.encoding}">\n'


def _paragraph(text: str) -> str:
    """A paragraph in, its HTML out: a list where its lines begin with a dash and a space."""
    if not text.startswith("- "):
        return f"<p>{escape(text)}</p>"
    items = (f"<li>{escape(line.removeprefix('- '))}</li>" for line in text.split("\n"))
    return f"<ul>{''.join(items)}</ul>"


def _jsonld(outlet: Outlet, story: Story) -> str:
    """A story in, its schema.org description as JSON out."""
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.headline,
        "datePublished": story.published.isoformat(),
        "inLanguage": outlet.language,
        "mainEntityOfPage": outlet.canonical(story),
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.title},
    }
    return json.dumps(facts, ensure_ascii=False).replace("</", "<\\/")


def _channel(outlet: Outlet) -> str:
    return outlet.feed.path.rpartition("/")[2]


def _post(outlet: Outlet, story: Story) -> str:
    """A story of a channel in, the HTML of one post out, marked up as Telegram does it."""
    text = "<br/><br/>".join(escape(paragraph) for paragraph in story.paragraphs)
    text = HASHTAG.sub(r'<a href="?q=%23\1">#\1</a>', text)
    text = EMOJI.sub(lambda match: f'<i class="emoji"><b>{match[0]}</b></i>', text)
    words = {
        "host": outlet.host,
        "channel": _channel(outlet),
        "outlet": escape(outlet.title),
        "number": str(story.number),
        "text": text,
        "views": f"{story.number % 97}.{story.number % 9}K",
        "published": story.published.astimezone(UTC).isoformat(),
        "clock": f"{story.published:%H:%M}",
    }
    return Template(layouts()["post"]).substitute(words)
