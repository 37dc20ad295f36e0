"""How an article is worded: pieces of words, their vectors, and the network's opinion of whole articles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from parsers import wording
from parsers.wording import Vectors, heard_most, pieces_of
from tests.parsers.samples import WITHOUT_WORDS, each_report, sentences_of

KNOWN = {piece: row for row, piece in enumerate(["▁pri", "▁prison", "er", "ers", "s"])}


def test_a_word_is_cut_into_its_longest_known_pieces() -> None:
    assert list(pieces_of("prisoners", KNOWN)) == ["▁prison", "ers"]
    assert list(pieces_of("prisoner", KNOWN)) == ["▁prison", "er"]


def test_letters_of_no_piece_are_left_out() -> None:
    assert list(pieces_of("qers", KNOWN)) == ["ers"]
    assert list(pieces_of("жж", KNOWN)) == []


@given(st.text())
def test_any_text_is_cut_to_its_end(text: str) -> None:
    letters = iter(f"▁{text}")
    assert all(letter in letters for piece in pieces_of(text, KNOWN) for letter in piece)


def test_a_word_has_the_mean_of_its_pieces_and_a_figure_has_nothing() -> None:
    table = np.array([[1, 1], [64, 0], [0, 0], [0, 64], [5, 5]], np.int8)
    made = Vectors(KNOWN, table).of(["prisoners", "1,212", "prison", "жж"])
    assert made.tolist() == [[0.5, 0.5], [0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]


@each_report
def test_a_report_is_worded_like_one(language: str, title: str, text: str) -> None:
    assert wording.load().chance(sentences_of(title, text, language)) > 0.5


def test_a_museum_that_gives_back_remains_is_not_worded_like_a_report() -> None:
    told = sentences_of(
        "Museum returns warriors' bones",
        "The museum in Leipzig has returned the remains of 40 Herero and Nama to Namibia. The skulls had lain in its "
        "cellar since a colonial expedition; a curator and the ambassador signed for the crates beside the gallery.",
    )
    assert wording.load().chance(told) < 0.3


@pytest.mark.parametrize("text", WITHOUT_WORDS)
def test_an_article_without_words_has_an_opinion_too(text: str) -> None:
    assert 0 <= wording.load().chance(sentences_of(None, text)) <= 1


def test_only_the_first_words_are_read() -> None:
    long = sentences_of(None, "Two sides met. " * 500)
    read = wording.load().read(long)
    assert len(read.vectors) == len(read.classes) == wording.MOST


def test_the_sentence_that_speaks_most_comes_first() -> None:
    told = sentences_of(None, "Rain fell. Russia and Ukraine exchanged 60 prisoners of war on Friday, officials said.")
    (weight, most), *_ = heard_most(wording.load().sum, told, 12)
    assert weight > 0
    assert "exchanged" in most.words


@pytest.fixture
def spoiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The place of the network's file, to be spoiled."""
    file = tmp_path / "wording.npz"
    monkeypatch.setattr(wording, "NETWORK", file)
    wording.load.cache_clear()
    yield file
    wording.load.cache_clear()


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_spoiled_network_is_one_clear_error(spoiled: Path, content: bytes | None) -> None:
    if content is not None:
        spoiled.write_bytes(content)
    with pytest.raises(ConfigError, match=r"wording\.npz"):
        wording.load()
