"""A word of another language -> the English words that stand for it in a translation word by word.

`parsers/glosses/` has a file for each language, of lines with a form and its English, parted by a tab; `letters.tsv`
has letters with those that they are written as in English.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from core.errors import ConfigError
from parsers.lexicon import HERE

ENGLISH = "en"
FOLDER = HERE / "glosses"
# A form that is not listed is taken for a listed one that begins as it does, with so many letters at least, and ends
# otherwise, in so many at most.
_ENDING, _BEGINNING = 3, 4
_PART = re.compile(r"[^\W\d_]+")


class Glosses:
    """The glosses of one language."""

    def __init__(self, file: Path, letters: Path) -> None:
        """Raises ConfigError where a file is missing or has a line that is none."""
        self._english = _listed(file)
        self._forms = sorted(self._english)
        self._letters = str.maketrans(_listed(letters))

    def of(self, word: str) -> str:
        """The English of a word in small letters: its own, that of another form of it, or its letters."""
        listed = self._english.get(word)
        return listed if listed is not None else _PART.sub(lambda part: self._of_part(part[0]), word)

    def _of_part(self, word: str) -> str:
        at = bisect_left(self._forms, word)
        near = max(self._forms[max(at - 1, 0) : at + 1], key=lambda form: _shared(form, word), default="")
        shared = _shared(near, word)
        if shared >= _BEGINNING and max(len(word), len(near)) - shared <= _ENDING:
            return self._english[near]
        return word.translate(self._letters)


def _shared(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _listed(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError([f"{file.name}: {problem}"]) from None
    pairs = [line.partition("\t")[::2] for line in lines]
    wrong = next((number for number, line in enumerate(lines, 1) if line.count("\t") != 1 or line[0] == "\t"), None)
    if wrong is not None:
        raise ConfigError([f"{file.name}, line {wrong}: is not a form and its English, parted by a tab"])
    return dict(pairs)


@cache
def load(language: str) -> Glosses | None:
    """Those of a language, or nothing where there are none. Raises ConfigError where they are cut off."""
    file = FOLDER / f"{language}.tsv"
    return Glosses(file, FOLDER / "letters.tsv") if file.exists() else None


@cache
def languages() -> Sequence[str]:
    """The languages that have glosses."""
    return sorted(file.stem for file in FOLDER.glob("??.tsv"))
