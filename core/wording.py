"""Figures, sides, days and words from the web to words that may be shown: never a control character or a false link."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from urllib.parse import quote, urlsplit

from core.model import Kind, Status, What

_ESCAPE_SEQUENCE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c)", re.DOTALL)
_SPACES = re.compile(r"\s+")
# Joiners belong to the spelling of Persian, Hindi and emoji; every other format character is invisible or turns text.
_JOINERS = "\u200c\u200d"
_LONGEST_URL = 600
_IN_HOST = ":[]%"
_IN_PATH = "%/:?#[]@!$&'()*+,;=-._~"

_NOUNS: Mapping[What, tuple[str, str]] = {
    "bodies": ("body", "bodies"),
    "prisoners": ("prisoner", "prisoners"),
    "civilians": ("civilian", "civilians"),
    "persons": ("person", "persons"),
}
_DONE: Mapping[Kind, str] = {
    "remains": "bodies of the fallen exchanged",
    "prisoners": "prisoners exchanged",
    "civilians": "civilians exchanged",
    "mixed": "prisoners and civilians exchanged",
}
_NOT_DONE: Mapping[Kind, str] = {
    "remains": "exchange of bodies",
    "prisoners": "exchange of prisoners",
    "civilians": "exchange of civilians",
    "mixed": "exchange of prisoners and civilians",
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def clean(text: str, limit: int = 300) -> str:
    """Text from the web on one line, without control, escape, bidi and invisible characters, cut with an ellipsis."""
    if not text.isprintable():
        text = "".join(_shown(each) for each in _ESCAPE_SEQUENCE.sub("", text))
    spaced = _SPACES.sub(" ", text).strip()
    return spaced if len(spaced) <= limit else spaced[: limit - 1].rstrip() + "…"


def visible(text: str) -> str:
    """Text from the web with its lines, without control, escape, bidi and invisible characters."""
    if text.isprintable():
        return text
    return "".join(each if each == "\n" else _shown(each) for each in _ESCAPE_SEQUENCE.sub("", text))


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\n\r\f\v\x85":
        return " "
    return "" if category[0] == "C" and character not in _JOINERS else character


def clean_url(url: str) -> str | None:
    """An address that may be linked, with what could break out of a link written as %XX; None for any other.

    Refused are other schemes than http and https, and a user name before the host, which makes one site look
    like another.
    """
    bare = clean(url, _LONGEST_URL + 1)
    try:
        parts = urlsplit(bare)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    host = parts.netloc if parts.netloc.isascii() else _ascii_host(parts.netloc)
    rest = bare[bare.index("//") + 2 :].removeprefix(parts.netloc)
    written = f"{parts.scheme}://{quote(host, safe=_IN_HOST)}{quote(rest, safe=_IN_PATH)}"
    return written if host and len(written) <= _LONGEST_URL else None


def _ascii_host(host: str) -> str:
    """A host in Cyrillic or another script as its ASCII form, which hides no look-alike letters; "" if it has none."""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def number(figure: int) -> str:
    """1212 -> "1,212"."""
    return f"{figure:,}"


def span(low: int | None, best: int | None, high: int | None) -> str | None:
    """The bounds of a figure in words: "909", "1,200 – 1,212", "at least 800", "up to 40"; None for no figure."""
    if low is not None and high is not None and low != high:
        return f"{number(low)} – {number(high)}"
    known = next((each for each in (best, low, high) if each is not None), None)
    if known is None:
        return None
    if low is not None and high is None:
        return f"at least {number(low)}"
    if high is not None and low is None:
        return f"up to {number(high)}"
    return number(known)


def counted(figure: str | None, what: What) -> str:
    """A figure in words with its noun: "1 body", "1,200 – 1,212 bodies", "bodies, number not given"."""
    one, many = _NOUNS[what]
    if figure is None:
        return f"{many}, number not given"
    return f"{figure} {one if figure == '1' else many}"


def disputed(figure: str, what: What) -> str:
    """A range that comes of accounts that contradict each other: "bodies, figures differ: 1,200 – 1,212"."""
    return f"{_NOUNS[what][1]}, figures differ: {figure}"


def places(text: str, figures: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """Where each figure first stands in a text as a number of its own, in order and without overlaps."""
    patterns = (rf"(?<!\d)(?<!\d[.,]){re.escape(each)}(?![.,]?\d)" for each in figures if each)
    found: list[tuple[int, int]] = []
    for place in sorted(match.span() for match in (re.search(each, text) for each in patterns) if match):
        if not found or place[0] >= found[-1][1]:
            found.append(place)
    return tuple(found)


def parts(text: str, marks: Iterable[tuple[int, int]]) -> list[tuple[str, bool]]:
    """A text in parts, each with whether it is marked."""
    cuts = [0, *(cut for mark in marks for cut in mark), len(text)]
    pieces = ((text[start:end], turn % 2 == 1) for turn, (start, end) in enumerate(pairwise(cuts)))
    return [each for each in pieces if each[0]]


def named(party: str, names: Mapping[str, str]) -> str:
    """A party's code as its name, or anything else as it is told."""
    return clean(names.get(party, party), 100)


def spelled(text: str, names: Mapping[str, str]) -> str:
    """A sentence of our own with the parties' codes as names: "RU to UA, bodies: RU 1,200" names Russia and Ukraine."""
    codes = "|".join(re.escape(each) for each in sorted(names, key=len, reverse=True) if each.isupper())
    if not codes:
        return text
    return re.sub(rf"(?<![\w.-])(?:{codes})(?![\w.-])", lambda found: names[found[0]], text)


def direction(giver: str | None, receiver: str | None, names: Mapping[str, str]) -> str:
    """Who hands over to whom: "Russia → Ukraine"; a side that is not told is said not to be."""
    if giver is None and receiver is None:
        return "direction not told"
    told = (named(side, names) if side else "a side not named" for side in (giver, receiver))
    return " → ".join(told)


def what_happened(kind: Kind, status: Status) -> str:
    """ "prisoners exchanged", "exchange of prisoners planned"."""
    return _DONE[kind] if status == "completed" else f"{_NOT_DONE[kind]} {status}"


def day(told: str | None) -> str:
    """ "2025-06-13" -> "13 June 2025", "2025-06" -> "June 2025", nothing -> "date not told"."""
    if told is None:
        return "date not told"
    try:
        first = date.fromisoformat(told if len(told) > len("2025-06") else f"{told}-01")
    except ValueError:
        return clean(told, 40)
    month = f"{_MONTHS[first.month - 1]} {first.year}"
    return f"{first.day} {month}" if len(told) > len("2025-06") else month


def listed(words: Iterable[str], most: int) -> str:
    """The distinct words in their order: "A, B and C", or "A, B and 7 more" where there are more than `most`."""
    distinct = [each for each in dict.fromkeys(words) if each]
    if len(distinct) > most:
        distinct = [*distinct[: most - 1], f"{number(len(distinct) - most + 1)} more"]
    return " and ".join(filter(None, (", ".join(distinct[:-1]), *distinct[-1:])))
