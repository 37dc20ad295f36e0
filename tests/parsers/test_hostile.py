"""Whatever the text, the detector gives a report or a reason, whose spans lie in the text."""

from __future__ import annotations

import json
from datetime import date
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import Rejection, Report
from parsers.detect import Detector
from parsers.explain import explain

DETECTOR = Detector.load()
PUBLISHED = date(2025, 6, 15)
PLAIN = [
    json.loads(line)
    for language in ("en", "uk", "ru")
    for line in resources.files("parsers").joinpath("cases", f"{language}.plain.jsonl").read_text("utf-8").splitlines()
]
LANGUAGES = st.sampled_from([None, "en", "uk", "ru", "de", "xx", ""])
CHARACTERS = st.characters(codec=None, categories=["L", "N", "P", "Z", "C", "S", "M"])


def judged(title: str | None, text: str, language: str | None) -> Report | Rejection:
    """A verdict, every span of which has been looked up in its text."""
    found = DETECTOR.detect(title, text, PUBLISHED, language)
    if isinstance(found, Report):
        for exchange in (*found.exchanges, *found.background):
            for transfer in exchange.transfers:
                proof = transfer.evidence
                source = text if proof.part == "text" else title or ""
                assert source[proof.start : proof.end] == proof.quote
                if transfer.count is not None:
                    assert source[transfer.count.start : transfer.count.end] == transfer.count.text
    else:
        assert found.gate
        assert found.reason
    return found


@settings(max_examples=60)
@given(st.text(CHARACTERS, max_size=400), st.text(CHARACTERS, max_size=60) | st.none(), LANGUAGES)
def test_any_characters(text: str, title: str | None, language: str | None) -> None:
    judged(title, text, language)


@settings(max_examples=60)
@given(st.sampled_from(PLAIN), st.data(), LANGUAGES)
def test_a_report_with_characters_put_in_and_taken_out(
    case: dict[str, str], data: st.DataObject, language: str
) -> None:
    text = case["text"]
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.text(CHARACTERS, max_size=5)) + text[at + data.draw(st.integers(0, 3)) :]
    judged(case["title"], text, language)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(PLAIN), min_size=2, max_size=5), LANGUAGES)
def test_reports_of_several_languages_in_one_text(cases: list[dict[str, str]], language: str) -> None:
    judged(cases[0]["title"], "\n\n".join(case["text"] for case in cases), language)


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "слово", "a" * 1_000_000, "\ud800" * 5_000, "1 " * 300_000, "\u202e909 bodies\u202c", "5" * 100_000],
)
def test_extreme_texts(text: str) -> None:
    assert isinstance(judged(text[:500], text, None), Rejection)


def test_a_report_in_five_megabytes_of_other_words_is_read_up_to_the_limit() -> None:
    case = PLAIN[1]
    assert isinstance(judged(case["title"], case["text"] + "\n" + "other words follow. " * 250_000, "en"), Report)


@given(st.sampled_from(PLAIN), st.dates(), LANGUAGES)
def test_any_day_of_publication(case: dict[str, str], published: date, language: str) -> None:
    dated = "On Friday, last month, two years ago, in spring, on 24 August, tomorrow. Вчера, весной, год назад. "
    assert DETECTOR.detect(case["title"], dated + case["text"], published, language).language


@settings(max_examples=20)
@given(st.sampled_from(PLAIN), st.text(CHARACTERS, max_size=80))
def test_explaining_never_fails(case: dict[str, str], more: str) -> None:
    assert explain(DETECTOR, case["title"], case["text"] + more, PUBLISHED, case["lang"])
