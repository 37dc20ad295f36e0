"""A sender killed with SIGKILL at random points, under load: nothing lost, nothing double, every thread in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kills import kill_often

pytestmark = pytest.mark.slack


def test_ten_kills_under_load_lose_and_double_nothing(emulator: str, tmp_path: Path) -> None:
    """`make kills` does the same 200 times."""
    outcome = kill_often(emulator, tmp_path, kills=10, seed=7)
    assert (outcome.lost, outcome.double, outcome.out_of_order) == ((), (), ())
    assert outcome.messages < outcome.alerts, "what came meanwhile was told together"
    assert outcome.alerts > outcome.kills
