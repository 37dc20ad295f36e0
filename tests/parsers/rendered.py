"""A labelled article -> the page that an outlet would make of it, in every encoding and spelling in use."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator
from html.entities import codepoint2name
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[2] / "parsers" / "cases"
VOWELS = set("aeiouyаеиоуыэюяіїє")


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
    return "".join(f"&{codepoint2name[ord(c)]};" if ord(c) in codepoint2name else _decimal(c) for c in text)


def _decimal(letter: str) -> str:
    return letter if letter.isascii() else f"&#{ord(letter)};"


def decimal(text: str) -> str:
    """With every letter as a decimal entity."""
    return "".join(f"&#{ord(c)};" if c.isalpha() else html.escape(c) for c in text)


def hexadecimal(text: str) -> str:
    """With every letter as a hexadecimal entity."""
    return "".join(f"&#x{ord(c):X};" if c.isalpha() else html.escape(c) for c in text)


def hyphenated(mark: str) -> Callable[[str], str]:
    """With a mark that nobody sees after every vowel inside a word."""

    def spell(text: str) -> str:
        found = [
            html.escape(c) + (mark if c.lower() in VOWELS and text[at + 1 : at + 2].isalpha() else "")
            for at, c in enumerate(text)
        ]
        return "".join(found)

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
    "invisible marks as entities": hyphenated("&#x2060;"),
    "capitals": capitals,
    "initials": initials,
    "emphasised": emphasised,
}


def every_page(case: dict[str, Any]) -> Iterator[tuple[str, bytes, str]]:
    """A case in every encoding and spelling: what it is called, the page, its content type."""
    for encoding in ENCODINGS:
        yield encoding, page(case, charset=encoding), f"text/html; charset={encoding}"
    for encoding in GUESSED:
        yield f"{encoding}, not told", page(case, charset=encoding).replace(b"charset", b"charsat"), "text/html"
    for name, spell in SPELLINGS.items():
        yield name, page(case, spell), "text/html; charset=utf-8"
