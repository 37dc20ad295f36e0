"""Every labelled article is told as its label says, but for the known failures, each of which must fail.

All by the evidence alone: the encoder takes a hundred times as long, and what it adds `make eval` tells.
`known_failures.txt` has the failures' ids; `make fit` writes it anew with the weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from app import shapes
from app.scoring import misses
from parsers.detect import Detector

DETECTOR = Detector.load().by_evidence()
KNOWN_FAILURES = frozenset((Path(__file__).parent / "known_failures.txt").read_text("utf-8").split())
CASES: list[Mapping[str, Any]] = [
    json.loads(line)
    for file in sorted(resources.files("parsers").joinpath("cases").iterdir(), key=lambda f: f.name)
    for line in file.read_text("utf-8").splitlines()
]


def _params() -> list[Any]:
    known = pytest.mark.xfail(strict=True, reason="a known failure")
    return [pytest.param(c, id=c["id"], marks=[known] if c["id"] in KNOWN_FAILURES else []) for c in CASES]


@pytest.mark.parametrize("case", _params())
def test_an_article_is_told_as_it_is_labelled(case: Mapping[str, Any]) -> None:
    verdict = DETECTOR.detect(case["title"], case["text"], date.fromisoformat(case["published"]), case["lang"])
    if missed := misses(case, shapes.detection(case["id"], verdict)):
        pytest.fail("; ".join(missed), pytrace=False)  # a traceback takes longer to write than the article to judge


def test_known_failures_are_cases() -> None:
    assert {case["id"] for case in CASES} >= KNOWN_FAILURES


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_a_language_has_cases_of_reports_and_of_what_is_none(language: str) -> None:
    relevant = [case["relevant"] for case in CASES if case["lang"] == language]
    assert sum(relevant) >= 60
    assert len(relevant) - sum(relevant) >= 60
