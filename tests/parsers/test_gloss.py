"""Words of other languages are read by the encoder as the English that stands for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from parsers import gloss
from parsers.gloss import Glosses

LETTERS = gloss.FOLDER / "letters.tsv"


@pytest.fixture
def glosses(tmp_path: Path) -> Glosses:
    """Of five forms."""
    file = tmp_path / "xx.tsv"
    forms = {
        "передала": "handed over",
        "полонених": "prisoners",
        "тіл": "of bodies",
        "що": "that",
        "штаб": "headquarters",
    }
    file.write_text("".join(f"{form}\t{english}\n" for form, english in forms.items()), "utf-8")
    return Glosses(file, LETTERS)


@pytest.mark.parametrize(
    ("word", "english"),
    [
        ("передала", "handed over"),
        ("передали", "handed over"),
        ("полоненими", "prisoners"),
        ("тіло", "tilo"),
        ("щоб", "shchob"),
        ("передавальна", "peredavalna"),
        ("кам'янка", "kam'yanka"),
        ("штаб-полонених", "headquarters-prisoners"),
        ("1212", "1212"),
        ("reuters", "reuters"),
        ("", ""),
    ],
    ids=[
        "a form that is listed",
        "one with another ending",
        "one with a longer ending",
        "one of too few letters to be another form of a listed one",
        "one that only begins as a short word does",
        "one that ends too differently",
        "a name is written in Latin letters",
        "two words are one after the other",
        "figures stay",
        "Latin letters stay",
        "no word",
    ],
)
def test_a_word_stands_for_its_english(glosses: Glosses, word: str, english: str) -> None:
    assert glosses.of(word) == english


@given(st.text())
def test_any_word_has_some_english(word: str) -> None:
    found = gloss.load("uk")
    assert found is not None
    assert isinstance(found.of(word), str)


@pytest.mark.parametrize("language", gloss.languages())
def test_every_form_is_in_small_letters_and_its_english_in_latin_ones(language: str) -> None:
    for line in (gloss.FOLDER / f"{language}.tsv").read_text("utf-8").splitlines():
        form, english = line.split("\t")
        assert form == form.lower()
        assert english.isascii()
        assert english == english.lower()


def test_forms_are_in_order_and_each_is_listed_once() -> None:
    for language in gloss.languages():
        forms = [line.split("\t")[0] for line in (gloss.FOLDER / f"{language}.tsv").read_text("utf-8").splitlines()]
        assert forms == sorted(set(forms))


def test_a_language_without_glosses_has_none() -> None:
    assert gloss.load("en") is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"one\ttwo\nthree", "uk.tsv, line 2: is not a form and its English, parted by a tab"),
        (b"\xff\xfe", "uk.tsv: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (None, "uk.tsv: "),
    ],
)
def test_a_spoiled_file_is_one_clear_error(tmp_path: Path, content: bytes | None, problem: str) -> None:
    file = tmp_path / "uk.tsv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        Glosses(file, LETTERS)
    assert problem in str(raised.value)
