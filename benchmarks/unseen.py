"""Labelled articles in groups, and what weights that had not seen them found -> a table of scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.scoring import score

Label = Mapping[str, Any]


def print_table(groups: Mapping[str, Sequence[Label]], found: Mapping[str, Label]) -> None:
    """One row a group: F1 scores, false alarms, leak, status and day."""
    print("each fifth by weights that have not seen it")
    headings = ("relevance", "false", "figures", "undirected", "background", "leak", "status", "day")
    print(f"{'':8}{'n':>5}{''.join(f'{heading:>11}' for heading in headings)}")
    for name, labels in sorted(groups.items()):
        s = score((label, found[label["id"]]) for label in labels)
        shares = (s.leak.value, s.status.value, s.day.value)
        false = float(s.relevance.invented)
        cells = [s.relevance.f1, false, s.figures.f1, s.undirected.f1, s.background.f1, *shares]
        print(f"{name:8}{s.articles:5}{''.join(map(_cell, cells))}")


def _cell(value: float | None) -> str:
    return f"{'-':>11}" if value is None else f"{value:11.3f}"
