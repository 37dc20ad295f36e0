"""A text -> its language as an ISO 639-1 code: by the letters that only one language has, then by py3langid."""

from __future__ import annotations

from functools import cache
from typing import Any

_UKRAINIAN = frozenset("іїєґІЇЄҐ")
_RUSSIAN = frozenset("ыэъёЫЭЪЁ")
_SAMPLE = 1000


def language_of(text: str, hint: str | None = None) -> str | None:
    """The language of a text; the hint (a source's own) decides where the text cannot; None where nothing can."""
    sample = text[:_SAMPLE]
    ukrainian = sum(letter in _UKRAINIAN for letter in sample)
    russian = sum(letter in _RUSSIAN for letter in sample)
    if ukrainian or russian:
        return "uk" if ukrainian > russian else "ru"
    if sum(letter.isalpha() for letter in sample) < 20:
        return hint
    code, confidence = _identifier().classify(sample)
    return str(code) if confidence > 0.9 or hint is None else hint


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - loads NumPy, which few commands need

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
