"""Raw text -> text with one spelling of apostrophes, dashes and spaces, its sentences, and the way back to raw."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

# One character for one, so that offsets stay: apostrophes in use (Unicode calls U+02BC a letter), dashes, spaces.
_SAME_LENGTH = str.maketrans(
    {
        **dict.fromkeys("’ʼ‘`´ʹ′＇", "'"),
        **dict.fromkeys("‐‑‒−﹣－", "-"),
        **dict.fromkeys("–—―", "–"),
        **dict.fromkeys(
            "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t", " "
        ),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("\r\u2028\u2029\x0b\x0c\x85", "\n"),
        "\x00": " ",
    }
)
_UNUSUAL = re.compile(
    "[’ʼ‘`´ʹ′＇‐‑‒−﹣－–—―\u00a0\u2000-\u200a\u202f\u205f\u3000\t“”„‟″«»\r\u2028\u2029\x0b\x0c\x85\x00]"
)
# Soft hyphens, zero-width marks, bidi marks, stress marks on Cyrillic vowels: they carry no letter.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\u202a-\u202e\ufeff\ufe0f\u0301]")
# No sentence is longer; what is (a table, hostile input) is cut, so that work on it stays linear.
_LONGEST = 1_500
_MIXED = re.compile(r"[A-Za-z][Ѐ-ӿ]|[Ѐ-ӿ][A-Za-z]")
_MIXED_WORD = re.compile(r"(?<![A-Za-zЀ-ӿ])(?:[A-Za-z]++(?=[Ѐ-ӿ])|[Ѐ-ӿ]++(?=[A-Za-z]))[A-Za-zЀ-ӿ]++")
# Latin and Cyrillic letters that look alike, used by outlets (and by mistake) inside words of the other script.
_TO_CYRILLIC = str.maketrans("aceiopxyABCEHIKMOPTX", "асеіорхуАВСЕНІКМОРТХ")
# Only those of which capitals and small letters look alike: a page's words are compared in small letters.
_TO_LATIN = str.maketrans("асеіорхАСЕІОРХ", "aceiopxACEIOPX")
# A sentence ends at . ! ? … and a space before a capital, a digit, a quotation mark or a dash; and at a line end.
_END = re.compile(r'\n+|(?<=[.!?…])["\')\]]*[ ]+(?=["\'(\[–-]*[ ]?[A-ZÀ-ÞА-ЯЁІЇЄҐŁŚŻŹĆŃ0-9])')


@dataclass(frozen=True, slots=True)
class Text:
    """A normalised text; `offset(i)` leads from one of its characters to the character of the raw text."""

    raw: str
    clean: str
    _kept: tuple[int, ...] | None = None

    def offset(self, index: int) -> int:
        """The raw offset of a clean offset; the end leads to the end."""
        if self._kept is None:
            return index
        if index >= len(self._kept):
            return len(self.raw)
        return self._kept[index]


def normalise(raw: str) -> Text:
    """One spelling of everything that is spelled in many ways; never raises, whatever the characters."""
    kept: tuple[int, ...] | None = None
    clean = raw
    if not unicodedata.is_normalized("NFC", clean):
        clean, kept = _composed(clean)
    if INVISIBLE.search(clean):
        here = tuple(i for i, c in enumerate(clean) if not INVISIBLE.match(c))
        clean = "".join(clean[i] for i in here)
        kept = here if kept is None else tuple(kept[i] for i in here)
    if _UNUSUAL.search(clean):
        clean = clean.translate(_SAME_LENGTH)
    if not clean.isascii() and _MIXED.search(clean):
        clean = in_one_script(clean)
    return Text(raw, clean, kept)


def in_one_script(text: str) -> str:
    """Words with a few look-alikes of the other script -> wholly in one, letter for letter; anything else stays."""
    return _MIXED_WORD.sub(_word_in_one_script, text)


def _word_in_one_script(word: re.Match[str]) -> str:
    text = word.group()
    cyrillic, latin = text.translate(_TO_CYRILLIC), text.translate(_TO_LATIN)
    if not re.search("[A-Za-z]", cyrillic):
        return cyrillic
    return latin if not re.search("[Ѐ-ӿ]", latin) else text


_CLUSTER = re.compile("[^\u0300-\u036f]?[\u0300-\u036f]+", re.DOTALL)


def _composed(text: str) -> tuple[str, tuple[int, ...]]:
    """NFC with the raw offset of each character kept: composed cluster by cluster (base and its marks)."""
    out: list[str] = []
    kept: list[int] = []
    done = 0
    for cluster in [*_CLUSTER.finditer(text), None]:
        plain = text[done : cluster.start() if cluster else len(text)]
        pieces = [plain] if unicodedata.is_normalized("NFC", plain) else plain
        for piece in pieces:
            composed = unicodedata.normalize("NFC", piece)
            out.append(composed)
            kept.extend(range(done, done + len(piece)) if composed == piece else [done] * len(composed))
            done += len(piece)
        if cluster:
            composed = unicodedata.normalize("NFC", cluster.group())
            out.append(composed)
            kept.extend([done] * len(composed))
            done = cluster.end()
    return "".join(out), tuple(kept)


def sentences(clean: str, abbreviations: frozenset[str] = frozenset()) -> list[tuple[int, int]]:
    """The spans of the sentences of a clean text, without the white space around them.

    `abbreviations` are lower-case words that do not end a sentence with their full stop ("gen", "тис").
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for end in _END.finditer(clean):
        if clean[end.start()] != "\n" and _is_abbreviation(clean, end.start(), abbreviations):
            continue
        _keep(clean, start, end.start(), spans)
        start = end.end()
    _keep(clean, start, len(clean), spans)
    return spans


def _keep(clean: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    while start < end and clean[start].isspace():
        start += 1
    while end > start and clean[end - 1].isspace():
        end -= 1
    while end - start > _LONGEST:
        cut = clean.rfind(" ", start + 1, start + _LONGEST)
        cut = cut if cut > 0 else start + _LONGEST
        spans.append((start, cut))
        start = cut
    if start < end:
        spans.append((start, end))


def _is_abbreviation(clean: str, end: int, abbreviations: frozenset[str]) -> bool:
    """Whether the full stop before `end` belongs to an abbreviation or an initial."""
    stop = clean.rfind(".", max(0, end - 2), end)
    if stop < 0:
        return False
    first = stop
    while first > 0 and clean[first - 1].isalpha() and stop - first < 12:
        first -= 1
    word = clean[first:stop]
    return (len(word) == 1 and word.isupper()) or word.lower() in abbreviations


def sentence_at(spans: list[tuple[int, int]], offset: int) -> int:
    """The number of the sentence that holds an offset."""
    return max(0, bisect_right(spans, (offset, 1 << 60)) - 1)
