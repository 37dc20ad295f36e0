"""Short articles for what reads them as a whole, and their sentences."""

from __future__ import annotations

from datetime import date

import pytest

from parsers import rules
from parsers.annotate import Sentence, annotate, readable

PUBLISHED = date(2025, 6, 15)
WITHOUT_WORDS = ["", "?!", "1 2 3", "\U0001f600" * 9, "קבוצה"]

each_report = pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Sixty captives home",
            "Ukraine and Russia swapped 60 prisoners of war each on Friday, the ministry said. They are being fed.",
        ),
        (
            "uk",
            "Шістдесят бранців удома",
            "Україна та Росія у п'ятницю обміняли по 60 військовополонених, повідомив штаб. Їх уже годують.",
        ),
        (
            "ru",
            "Шестьдесят пленных дома",
            "Россия и Украина в пятницу обменяли по 60 военнопленных, сообщило министерство. Их уже кормят.",
        ),
    ],
)


def sentences_of(title: str | None, text: str, language: str = "en") -> list[Sentence]:
    """An article's sentences with what the packaged rules find in them."""
    return annotate(*readable(title, text), rules.load().languages[language], PUBLISHED).sentences
