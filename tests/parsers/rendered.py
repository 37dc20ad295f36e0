"""A labelled article -> the page that an outlet would make of it, in every encoding and spelling in use."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from html.entities import codepoint2name
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[2] / "parsers" / "cases"
VOWELS = "aeiouyаеиоуыэюяіїє"
INSIDE = re.compile(rf"([{VOWELS}{VOWELS.upper()}])(?=[^\W\d_])")
MARKED = "\ue000"  # stands for a mark until everything else is escaped


def cases() -> Iterator[dict[str, Any]]:
    """Every labelled article."""
    for path in sorted(CASES.glob("*.jsonl")):
        yield from map(json.loads, path.read_text("utf-8").splitlines())


def page(case: dict[str, Any], spell: Callable[[str], str] = html.escape, charset: str = "utf-8") -> bytes:
    """The article as HTML; what an encoding lacks is written as an entity."""
    title = spell(case["title"] or "")
    paragraphs = "\n".join(f"<p>{spell(part)}</p>" for part in case["text"].split("\n\n"))
    document = (
        f'<!DOCTYPE html><html><head><meta charset="{charset}"><title>{title}</title>'
        "<script>var data = {}; return data;</script><style>p { color: black }</style></head>"
        f'<body><nav><a href="/">Home</a></nav><article><h1>{title}</h1>\n{paragraphs}</article></body></html>'
    )
    return document.encode(charset, "xmlcharrefreplace")


def named(text: str) -> str:
    """With entities that have names, where there are some, and numbers where there are none."""
    return "".join(map(_named, text))


@cache
def _named(letter: str) -> str:
    if name := codepoint2name.get(ord(letter)):
        return f"&{name};"
    return letter if letter.isascii() else f"&#{ord(letter)};"


def decimal(text: str) -> str:
    """With every letter as a decimal entity."""
    return "".join(map(_decimal, text))


@cache
def _decimal(letter: str) -> str:
    return f"&#{ord(letter)};" if letter.isalpha() else html.escape(letter)


def hexadecimal(text: str) -> str:
    """With every letter as a hexadecimal entity."""
    return "".join(map(_hexadecimal, text))


@cache
def _hexadecimal(letter: str) -> str:
    return f"&#x{ord(letter):X};" if letter.isalpha() else html.escape(letter)


def hyphenated(mark: str) -> Callable[[str], str]:
    """With a mark that nobody sees after every vowel inside a word."""

    def spell(text: str) -> str:
        return html.escape(INSIDE.sub(rf"\1{MARKED}", text)).replace(MARKED, mark)

    return spell


def capitals(text: str) -> str:
    """In capitals."""
    return html.escape(text.upper())


def initials(text: str) -> str:
    """With the first letter of every paragraph in a tag of its own, as outlets begin an article."""
    return f'<span class="drop">{html.escape(text[:1])}</span>{html.escape(text[1:])}'


def emphasised(text: str) -> str:
    """With a tag inside every long word, as an editor leaves behind."""
    return " ".join(
        f"{html.escape(word[:3])}<b>{html.escape(word[3:])}</b>"
        if len(word) > 6 and word.isalpha()
        else html.escape(word)
        for word in text.split(" ")
    )


ENCODINGS = ("utf-8", "utf-16", "windows-1251", "windows-1252", "koi8-r", "iso-8859-5")
GUESSED = ("utf-8", "utf-16", "windows-1252")  # by whoever is not told; others are letters nobody can read
SPELLINGS: dict[str, Callable[[str], str]] = {
    "named entities": named,
    "decimal entities": decimal,
    "hexadecimal entities": hexadecimal,
    "soft hyphens": hyphenated("\u00ad"),
    "soft hyphens as entities": hyphenated("&shy;"),
    "zero-width spaces": hyphenated("\u200b"),
    "zero-width spaces as entities": hyphenated("&#8203;"),
    "spaces as entities": lambda text: html.escape(text).replace(" ", "&nbsp;"),
    "narrow spaces as entities": lambda text: html.escape(text).replace(" ", "&#8239;"),
    "invisible marks as entities": hyphenated("&#x2060;"),
    "capitals": capitals,
    "initials": initials,
    "emphasised": emphasised,
}


def shapes(case: dict[str, Any]) -> dict[str, Callable[[], tuple[bytes, str]]]:
    """Every encoding and spelling by name: what makes the page in it, with its content type."""
    made: dict[str, Callable[[], tuple[bytes, str]]] = {}
    for encoding in ENCODINGS:
        made[encoding] = lambda encoding=encoding: (page(case, charset=encoding), f"text/html; charset={encoding}")
    for encoding in GUESSED:
        made[f"{encoding}, not told"] = lambda encoding=encoding: (
            page(case, charset=encoding).replace(b"charset", b"charsat"),
            "text/html",
        )
    for name, spell in SPELLINGS.items():
        made[name] = lambda spell=spell: (page(case, spell), "text/html; charset=utf-8")
    return made


def every_page(case: dict[str, Any]) -> Iterator[tuple[str, bytes, str]]:
    """A case in every encoding and spelling: what it is called, the page, its content type."""
    for name, make in shapes(case).items():
        yield name, *make()
