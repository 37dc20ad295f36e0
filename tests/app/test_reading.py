"""A page is read with the encoder, or by the evidence alone where pages are many or the configuration says so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.commands.stores import configuration
from app.detector import ENCODER, detector
from app.reading import Assignment, Reading, read
from core.model import Page
from parsers import encoder

BODY = """<html lang="en"><body><article><h1>Sixty for sixty</h1>
<p>Moscow and Kyiv keep their word. The men, most of them marines, were taken to hospital.</p>
<p>Mothers waited at the gate with flags and photographs; some of those who came home had not called for two years.</p>
</article></body></html>"""


def test_without_the_encoder_an_article_in_doubt_has_the_score_of_its_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENCODER)
    url = "http://outlet.example/1"
    page = Page(url, url, "outlet", 200, BODY.encode(), datetime(2025, 6, 15, tzinfo=UTC), "text/html")
    whole, bare = (read(Assignment(page, "outlet", "en", by_evidence=quick)) for quick in (False, True))
    assert isinstance(whole, Reading)
    assert isinstance(bare, Reading)
    assert bare.verdict.score > encoder.ASKED
    assert whole.verdict.score != bare.verdict.score


@pytest.mark.parametrize(("said", "read_whole"), [("", True), ("encoder: true", True), ("encoder: false", False)])
def test_the_configuration_may_leave_the_encoder_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, read_whole: bool
) -> None:
    monkeypatch.setenv(ENCODER, "")
    file = tmp_path / "config.yaml"
    file.write_text(f"timezone: UTC\n{said}\n", encoding="utf-8")
    configuration(file)
    assert (detector().encoder("en") is not None) is read_whole
