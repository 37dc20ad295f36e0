"""`explain` says why an article is a report, and which gate stopped one that is none."""

from __future__ import annotations

from datetime import date

from parsers.detect import Detector
from parsers.explain import explain

DETECTOR = Detector.load()
PUBLISHED = date(2025, 6, 15)


def test_a_report_is_explained_by_its_evidence() -> None:
    told = explain(DETECTOR, None, "Russia returned 909 Ukrainian bodies to Kyiv on Friday, officials said.", PUBLISHED)
    assert "sides Ukraine and Russia" in told or "sides Russia and Ukraine" in told
    assert "909 bodies, RU -> UA, completed" in told
    assert "to UA: first in its phrase people" in told
    assert "day 2025-06-13" in told
    assert '"returned"' in told


def test_a_rejection_names_its_gate() -> None:
    told = explain(DETECTOR, None, "The weather will be fine on Friday.", PUBLISHED)
    assert "stopped at the gate 'words' (passed: none)" in told


def test_a_rejection_by_score_names_the_evidence_against_it() -> None:
    told = explain(
        DETECTOR,
        "Families of Ukrainian prisoners rally in Kyiv",
        "Hundreds of wives and mothers of Ukrainian prisoners held in Russia rallied on Sunday, every week since 2022. "
        "Some 700 men have been in captivity for years. The last exchange was two months ago.",
        PUBLISHED,
    )
    assert "stopped at the gate 'score' (passed: words, sides)" in told
    assert "evidence of the whole article" in told


def test_a_background_figure_has_a_way_and_no_status() -> None:
    told = explain(
        DETECTOR,
        "Ukraine and Russia to swap 300 prisoners each on Friday",
        "Russia and Ukraine will exchange 300 prisoners of war each on Friday, officials said. "
        "In March, Russia returned 909 bodies to Ukraine.",
        PUBLISHED,
    )
    assert "300 prisoners, RU -> UA, UA -> RU, planned: news" in told
    assert "909 bodies, RU -> UA: news" in told
