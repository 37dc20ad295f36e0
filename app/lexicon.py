"""An operator's file of rules -> what it changes on the labelled articles: the scores, and every article told anew."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from app import shapes
from app.rows import Row, read_rows
from app.scoring import misses, score
from app.summary import counted
from core.errors import InputError
from parsers.detect import Detector

Labels = dict[str, Mapping[str, Any]]
_MOST = 40


def check_lexicon(file: Path) -> int:
    """Print the scores without and with the file, then the articles that it changes, all by evidence alone.

    The exit code is 1 when more articles are got wrong with it than without. Raises InputError where the file is
    missing, ConfigError where it cannot be read as rules.
    """
    if not file.is_file():
        raise InputError(f"{file}: no such file")
    theirs = Detector.load((file,)).by_evidence()  # first, so that a wrong file is refused at once
    labels, rows = _cases()
    before = _told(Detector.load().by_evidence(), rows)
    after = _told(theirs, rows)
    _print_scores(labels, before, after)
    changed = [key for key in labels if _facts(before[key]) != _facts(after[key])]
    better = worse = 0
    for key in changed:
        old, new = misses(labels[key], before[key]), misses(labels[key], after[key])
        better += len(new) < len(old)
        worse += len(new) > len(old)
    print(f"{counted(len(changed), 'article')} told anew: {better} better, {worse} worse")
    for key in changed[:_MOST]:
        print(f"  {key}: {labels[key]['title'] or labels[key]['text'][:60]}")
        for line in misses(labels[key], after[key]) or ["right now"]:
            print(f"    {line}")
    if len(changed) > _MOST:
        print(f"  and {len(changed) - _MOST:,} more")
    return 1 if worse > better else 0


def _cases() -> tuple[Labels, list[Row]]:
    labels: Labels = {}
    rows: list[Row] = []
    for raw in _lines():
        label = json.loads(raw)
        labels[label["id"]] = label
        rows += [row for row in read_rows([raw]) if isinstance(row, Row)]
    return labels, rows


def _lines() -> Iterator[bytes]:
    """The labelled articles that come with the package."""
    for entry in sorted(resources.files("parsers").joinpath("cases").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".jsonl"):
            yield from (line for line in entry.read_bytes().splitlines() if line.strip())


def _told(detector: Detector, rows: list[Row]) -> Labels:
    return {
        str(row.id): shapes.detection(row.id, detector.detect(row.title, row.text, row.published, row.language))
        for row in rows
    }


def _facts(told: Mapping[str, Any]) -> Any:
    """What of a detection a desk would see: not its score, nor its reasons."""
    return told["relevant"], told["events"], told["background"]


def _print_scores(labels: Labels, before: Labels, after: Labels) -> None:
    print(counted(len(labels), "labelled article"))
    print(f"{'':16}{'relevance':>10}{'figures':>9}{'leak':>7}{'status':>8}{'day':>7}")
    for name, told in (("as packaged", before), ("with the file", after)):
        s = score((label, told[key]) for key, label in labels.items())
        cells = (s.leak.value, s.status.value, s.day.value)
        leak, status, day = ("-" if cell is None else f"{cell:.3f}" for cell in cells)
        print(f"{name:16}{s.relevance.f1:10.3f}{s.figures.f1:9.3f}{leak:>7}{status:>8}{day:>7}")
