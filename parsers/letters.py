"""A page's bytes, in whatever encoding -> its words, one byte a letter, with one space before and after each.

Only what cannot hold words of an article is left out: scripts (not JSON, which may hold the article), styles and tags.
What hides letters is undone: entities, escapes, soft hyphens and other invisible marks, marks that stand by themselves,
tags inside words, look-alikes of another script inside words, capitals.
"""

from __future__ import annotations

import codecs
import html
import re
import string
import unicodedata
from collections.abc import Iterable, Iterator

from parsers.extract import decode
from parsers.lexicon import FLAG_LETTERS
from parsers.text import INVISIBLE, in_one_script

# Capitals are spelled out in patterns: a search that ignores case cannot leap from one first letter to the next.
_TAG = re.compile(rb"<(?:/|(?![Mm][Ee][Tt][Aa]\b))[A-Za-z!?][^>]*>")
_UNSEEN = re.compile(rb"<s(?:cript|tyle)")
_INLINE_NAMES = "b i em strong span font u s a big small mark ins wbr abbr bdi code q tt"
INLINE_NAMES = tuple(_INLINE_NAMES.split())
_EITHER_CASE = "|".join("".join(f"[{letter.upper()}{letter}]" for letter in name) for name in INLINE_NAMES)
_INLINE = rf"<(?>/?(?:{_EITHER_CASE})\b[^<>]*+>|!--.{{0,200}}?-->)".encode()
_INLINE_TAG = re.compile(_INLINE, re.DOTALL)
# Looking back only from "<" lets the search leap from one to the next.
_INSIDE_A_WORD = re.compile(
    rb"<(?<=[A-Za-z\x80-\xff;]<)" + _INLINE[1:] + rb"(?:" + _INLINE + rb")*+(?=[A-Za-z\x80-\xff&])", re.DOTALL
)
_AROUND = 120  # bytes; longer words have no term
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrtbf/])")
_MARKS = "".join(chr(code) for code in range(0x10000) if INVISIBLE.match(chr(code)))
# Flags are spelled out, letter by letter; in JSON a letter of theirs may be escaped as two halves.
_SPELLED_FLAGS = str.maketrans({letter: f" qq{chr(ord('a') + n)} " for n, letter in enumerate(FLAG_LETTERS)})
_FIRST_HALF = "\ud83c"
_SPACE = 0x20
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789")
_ROOM = 128
_FREE = (*range(0x01, 0x09), *range(0x0E, 0x20))  # control characters, which no page needs


class Letters:
    """An alphabet of so few letters that a byte is enough for each; every other letter counts as a space."""

    def __init__(self, letters: Iterable[str]) -> None:
        """`letters` besides a to z; those for which there is no room are left out."""
        own = [letter for letter in sorted(set(letters)) if 0x80 <= ord(letter) <= 0xFFFF and letter != "ё"]
        own = own[: _ROOM - 1]
        # Marks have bytes of their own, so that the pass over the bytes that leaves only letters drops them.
        table = ["\ufffe"] * 256
        table[:0x80] = map(chr, range(0x80))
        for byte, mark in zip(_FREE, _MARKS, strict=False):
            table[byte] = mark
        # Capitals, too, where there is room for them: to lower a text takes as long as to spell it.
        lowered = {chr(code): chr(code).lower() for code in range(0x80, 0x10000)}
        small = [*own, "ё"]
        capitals = [c for c, low in lowered.items() if c != low and (low in small or low in string.ascii_lowercase)]
        self._has_capitals = len(small) + len(capitals) <= _ROOM
        for byte, letter in enumerate([*small, *capitals * self._has_capitals], start=0x80):
            table[byte] = letter
        self._encoding = codecs.charmap_build("".join(table))
        self._dropped = bytes(_FREE[: len(_MARKS)])
        words = bytearray([_SPACE]) * 256
        for byte in (*_PLAIN, *range(0x80, 0x80 + len(own))):
            words[byte] = byte
        words[0x80 + len(own)] = 0x80 + own.index("е") if "е" in own else _SPACE
        for byte, letter in enumerate(table):
            if letter.lower() != letter:
                words[byte] = words[table.index(letter.lower())]
        self._words = bytes(words)
        self.cyrillic = bytes(byte for byte, letter in enumerate(own, start=0x80) if "Ѐ" <= letter <= "ӿ")
        self._not_cyrillic = bytes(byte for byte in range(0x100) if byte not in self.cyrillic)
        either = (b"[a-z]", b"[" + re.escape(self.cyrillic) + b"]")
        self._mixed = re.compile(b"|".join((either[0] + either[1], either[1] + either[0])))

    def of_text(self, text: str) -> bytes:
        """A text's words."""
        if not text.isascii() and not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
        if _has_flags(text):
            text = text.translate(_SPELLED_FLAGS)
        spelled = self._spelled(text)
        if spelled.translate(None, self._not_cyrillic) and self._mixed.search(spelled):
            spelled = self._spelled(in_one_script(INVISIBLE.sub("", text)))
        return b" " + b" ".join(spelled.split()) + b" "

    def _spelled(self, text: str) -> bytes:
        if not self._has_capitals or "İ" in text:  # which lowers to two
            text = text.lower()
        spelled, _ = codecs.charmap_encode(text, "replace", self._encoding)
        return spelled.translate(self._words, self._dropped)

    def alphabet(self) -> bytes:
        """The byte of each character below U+10000: a space for what is no letter, 0 for marks that are left out."""
        every = "".join(c if len(c.lower()) > 1 or self._has_capitals else c.lower() for c in map(chr, range(0x10000)))
        spelled, _ = codecs.charmap_encode(every, "replace", self._encoding)
        return spelled.translate(bytes(0 if byte in self._dropped else self._words[byte] for byte in range(0x100)))

    def of_page(self, body: bytes, content_type: str | None = None) -> bytes:
        """A page's words; never raises, whatever the bytes."""
        try:
            if body.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise UnicodeError
            text = _told(body).decode("utf-8")
        except UnicodeError:
            text = _told(decode(body, content_type).encode("utf-8", "replace")).decode("utf-8", "replace")
        if "\\" in text:
            text = _ESCAPE.sub(_unescaped, text)
            if _FIRST_HALF in text:
                text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        if "&" in text:
            text = html.unescape(html.unescape(text) if "&amp;" in text else text)
        return self.of_text(text)


def _has_flags(text: str) -> bool:
    """Quick to say of most texts: Python knows the highest letter that a text may have."""
    return not text.isascii() and any(letter in text for letter in FLAG_LETTERS)


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape.group(1), 16)) if escape.group(1) else " "


def _told(page: bytes) -> bytes:
    """What is left of a page (UTF-8) without scripts, styles and tags; words with tags inside stand at the end."""
    page = _without_scripts(page)
    page = b"\n".join([page, *_joined(page)])
    # After the last ">" no tag ends: to look for one from each "<" would take as long as the square of a hostile page.
    last = page.rfind(b">") + 1
    return _TAG.sub(b" ", page[:last]) + page[last:]


def _joined(page: bytes) -> Iterator[bytes]:
    """What stands around a tag that stands inside a word, without such tags."""
    done = 0
    for tag in _INSIDE_A_WORD.finditer(page):
        if tag.start() >= done:
            done = tag.end() + _AROUND
            yield _INLINE_TAG.sub(b"", page[max(0, tag.start() - _AROUND) : done + _AROUND])


def _without_scripts(page: bytes) -> bytes:
    """Without scripts and styles; those of which it is not certain where they end stay."""
    kept, at = [], 0
    while opening := _UNSEEN.search(page, at):
        start, begin = opening.start(), opening.group()
        if (stop := page.find(b"</" + begin[1:], start)) < 0:
            break
        opened = page.find(b">", start, stop)
        opened = stop if opened < 0 else opened
        stays = page.find(begin, start + 1, stop) >= 0 or page[opened - 1 : opened] == b"/"
        stays = stays or page.find(b"json", start, opened) >= 0
        kept.append(page[at:stop] if stays else page[at:start])
        at = stop
    kept.append(page[at:])
    return b"".join(kept)
