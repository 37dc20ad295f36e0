"""`explain` says why an article is a report, and which gate stopped one that is none."""

from __future__ import annotations

from datetime import date

from parsers.detect import Detector
from parsers.explain import explain
from parsers.scoring import WEIGHTS, score

DETECTOR = Detector.load()
PUBLISHED = date(2025, 6, 15)


def test_a_report_is_explained_by_its_clues() -> None:
    told = explain(DETECTOR, None, "Russia returned 909 Ukrainian bodies to Kyiv on Friday, officials said.", PUBLISHED)
    assert "sides Ukraine and Russia" in told or "sides Russia and Ukraine" in told
    assert "909 bodies, RU -> UA, completed, 2025-06-13" in told
    assert "direction by owner: to UA" in told
    assert '"returned"' in told


def test_a_rejection_names_its_gate() -> None:
    told = explain(DETECTOR, None, "The weather will be fine on Friday.", PUBLISHED)
    assert "stopped at the gate 'words' (passed: none)" in told


def test_the_score_rises_with_evidence_and_stays_below_one() -> None:
    good = [name for name, weight in WEIGHTS.items() if weight > 0]
    assert score([]) == 0 < score(good[:1]) < score(good) < 1
