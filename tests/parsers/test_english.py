"""English articles are read by a larger encoder, which is asked of their numbers too."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.errors import ConfigError
from core.model import Report
from parsers import english
from parsers.detect import Detector, Inquiry, inquire
from parsers.english import BLOCK, EnglishEncoder, apart, pieces_of, row_bytes, unpacked
from tests.parsers.samples import PUBLISHED, WITHOUT_WORDS, each_report

KNOWN = {"pri": 0, "##son": 1, "##ers": 2, "prison": 3, "cafe": 4, "-": 5, "1": 6, "##212": 7, ",": 8}


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("prisoners", ["prison", "##ers"]),
        ("prison-prison", ["prison", "-", "prison"]),
        ("café", ["cafe"]),
        ("1212", ["1", "##212"]),
        ("пленные", [english.UNKNOWN]),
        ("prisonx", [english.UNKNOWN]),
    ],
)
def test_a_word_is_spelled_by_its_longest_known_pieces(word: str, pieces: list[str]) -> None:
    assert list(pieces_of(word, KNOWN)) == pieces


@given(st.text())
def test_any_word_is_spelled_by_known_pieces(word: str) -> None:
    assert {*pieces_of(word, KNOWN)} <= {*KNOWN, english.UNKNOWN}


@given(arrays.arrays(np.uint8, (3, 2 * BLOCK), elements=st.integers(0, 15)), st.integers(1, 100))
def test_weights_of_four_bits_are_unpacked_as_they_were_packed(steps: np.ndarray, scale: int) -> None:
    scales = np.full((3, 2), scale, np.float16)
    rows = np.concatenate([steps[:, ::2] | steps[:, 1::2] << 4, scales.view(np.uint8)], axis=1)
    assert rows.shape == (3, row_bytes(2 * BLOCK))
    assert (unpacked(rows) == (steps.astype(int) - english.MIDDLE) * scale).all()


def test_the_nearest_pieces_are_told_apart_and_the_farthest_are_alike() -> None:
    away = apart(300)
    assert away[0, :8].tolist() == [0, *range(english.STEPS + 1, english.STEPS + 8)]
    assert away[7, :8].tolist() == [7, 6, 5, 4, 3, 2, 1, 0]
    assert len({*away[299, :100].tolist()}) == 1


def read(title: str | None, text: str) -> Inquiry:
    return inquire(Detector.load(), title, text, PUBLISHED, "en")


def test_it_hears_of_each_number_whether_it_is_news_and_which_way_it_goes() -> None:
    text = (
        "Russia handed over the bodies of 909 fallen soldiers to Ukraine on Friday, the headquarters in Kyiv said. "
        "In return Moscow received 41 bodies. In May the two sides had exchanged 1,000 prisoners each."
    )
    inquiry = read("Ukraine brings home 909 fallen soldiers", text)
    assert inquiry.read is not None
    assert inquiry.sides is not None
    heard = inquiry.read.numbers
    to_kyiv = inquiry.sides.index("UA")
    assert heard[909][to_kyiv] > 0 > heard[909][1 - to_kyiv]
    assert heard[909].dead > 0
    assert heard[1000].background > 0
    assert isinstance(inquiry.verdict, Report)
    told = {(t.giver, t.receiver, t.count.best) for e in inquiry.verdict.exchanges for t in e.transfers if t.count}
    assert told == {("RU", "UA", 909), ("UA", "RU", 41)}


@each_report
def test_only_articles_in_english_are_read_by_it(language: str, title: str, text: str) -> None:
    inquiry = inquire(Detector.load(), title, text, PUBLISHED, language)
    assert inquiry.read is not None
    assert bool(inquiry.read.numbers) == (language == "en")


@pytest.mark.parametrize("text", [*WITHOUT_WORDS, "a" * 100_000, "Russia freed 60. " * 500])
def test_any_article_has_an_answer(text: str) -> None:
    detector = Detector.load()
    scene = inquire(
        detector.by_evidence(), None, "Russia freed 60 prisoners of Ukraine. " + text, PUBLISHED, "en"
    ).scene
    assert scene is not None
    answer = english.load().ask(scene.sentences, ("RU", "UA"), date(2025, 6, 15), scene.candidates)
    assert np.isfinite(
        [answer.report, *answer.status.values(), *(each for of in answer.numbers.values() for each in of)]
    ).all()


def test_spoiled_weights_are_one_clear_error_when_it_is_asked(tmp_path: Path) -> None:
    matrices = np.load(english.MATRICES)
    matrices[0] ^= 1
    np.save(tmp_path / "english.npy", matrices)
    spoiled = EnglishEncoder(english.FILE, tmp_path / "english.npy")
    with pytest.raises(ConfigError, match=r"^english\.npy: is spoiled, or not of english\.npz$"):
        spoiled.ask([], ("RU", "UA"), PUBLISHED)
