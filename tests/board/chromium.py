"""A headless Chromium at a board that is really served; skipped, and said aloud, where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
CHROMIUM = os.environ.get("EXCHANGEWATCH_TEST_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
WIDTHS = {1280: 900, 390: 844}
# Outside of what git keeps; a CI keeps the folder as an artifact.
SHOTS = Path(__file__).parents[2] / "out" / "screenshots"


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium, ended afterwards."""
    playwright = pytest.importorskip("playwright.sync_api", reason="NO CHROMIUM: playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NO CHROMIUM: {CHROMIUM} is not there (EXCHANGEWATCH_TEST_CHROMIUM names another)")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def tab(chromium: Any, width: int = 1280, scheme: str = "light", script: bool = True) -> Iterator[Any]:
    """A page of its own, in Kyiv's time; whatever its console or the policy complains of fails the test."""
    context = chromium.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme=scheme,
        timezone_id="Europe/Kyiv",
        locale="en-GB",
        java_script_enabled=script,
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
    try:
        yield page
    finally:
        context.close()
    assert [each for each in wrong if "responded with a status of 4" not in each] == []
