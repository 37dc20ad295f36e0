"""The detector and the labelled cases -> a table of scores per language, and on request what it got wrong."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scoring import Found, Scores, misses, score

from app import shapes
from app.rows import BadLine, Row, read_rows
from parsers.detect import Detector

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "parsers" / "cases"
CORPUS = ROOT.parent / "shared" / "corpus"
HEADINGS = (
    f"{'':10}{'n':>5}  {'relevance p/r/f1':20}{'figures p/r/f1':20}{'undirected f1':>13}{'background f1':>14}"
    f"{'leak':>7}{'kind':>7}{'status':>7}{'day':>7}{'day±1':>7}  grouping p/r/f1"
)

Labels = dict[str, Mapping[str, Any]]


def main() -> int:
    """Print the scores of every set of cases; the exit code is 1 when there are no cases at all."""
    options = _options()
    detector = Detector.load()
    held = sorted(CASES.glob("*.held.jsonl"))
    develop = sorted(CASES.glob("*.develop.jsonl"))
    corpus = [path for path in (CORPUS / "dev.jsonl",) if path.exists()]
    if not held + develop + corpus:
        print(f"there are no labelled cases in {CASES.relative_to(ROOT)}", file=sys.stderr)
        return 1
    for name, paths in (("develop", develop), ("held back", held), ("corpus", corpus)):
        labels = _labels(paths, options.language)
        if labels:
            predictions = _predictions(detector, paths, labels, options.guess_language)
            _print_table(name, labels, predictions)
            if options.held_misses if name == "held back" else options.misses:
                _print_misses(labels, predictions)
    if corpus:
        _print_reference(detector, corpus[0], options.guess_language)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true", help="list what was got wrong (not in the held-back cases)")
    parser.add_argument("--held-misses", action="store_true", help="list it for the held-back cases too")
    parser.add_argument("--language", help="only the cases of this language")
    parser.add_argument("--guess-language", action="store_true", help="do not tell the detector the language")
    return parser.parse_args()


def _labels(paths: Iterable[Path], language: str | None) -> Labels:
    rows = (json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines() if line.strip())
    return {row["id"]: row for row in rows if language in (None, row["lang"])}


def _predictions(detector: Detector, paths: Iterable[Path], labels: Labels, guess: bool) -> Labels:
    """Every labelled article through the reader and the shapes of `detect`, so that the contract is what is scored."""
    found: Labels = {}
    for path in paths:
        with path.open("rb") as lines:
            for row in read_rows(lines):
                if isinstance(row, BadLine):
                    raise SystemExit(f"{path.name}, line {row.number}: {row.reason}")
                if row.id in labels:
                    found[str(row.id)] = _prediction(detector, row, guess)
    return found


def _prediction(detector: Detector, row: Row, guess: bool) -> Mapping[str, Any]:
    verdict = detector.detect(row.title, row.text, row.published, None if guess else row.language)
    return shapes.detection(row.id, verdict)


def _print_table(name: str, labels: Labels, predictions: Labels) -> None:
    by_language: dict[str, list[str]] = defaultdict(list)
    for identifier, label in labels.items():
        by_language[label["lang"]].append(identifier)
    print(f"{name}\n{HEADINGS}")
    for language, chosen in [("all", list(labels)), *sorted(by_language.items())]:
        scores = score((labels[i], predictions[i]) for i in chosen)
        print(_line(language, scores))
    print()


def _line(name: str, s: Scores) -> str:
    shares = "".join(
        f"{'-' if share.value is None else format(share.value, '.3f'):>7}"
        for share in (s.leak, s.kind, s.status, s.day, s.near_day)
    )
    grouping = "/".join(f"{part:.3f}" for part in s.grouping) if s.grouping else "-"
    return (
        f"{name:10}{s.articles:5}  {_three(s.relevance):20}{_three(s.figures):20}{s.undirected.f1:13.3f}"
        f"{s.background.f1:14.3f}{shares}  {grouping}"
    )


def _three(found: Found) -> str:
    return f"{found.precision:.3f}/{found.recall:.3f}/{found.f1:.3f}"


def _print_misses(labels: Labels, predictions: Labels) -> None:
    for identifier, label in labels.items():
        wrong = misses(label, predictions[identifier])
        if wrong:
            print(f"{identifier} [{label['lang']}] {(label['title'] or label['text'])[:90]!r}")
            print("".join(f"    {line}\n" for line in wrong), end="")
    print()


def _print_reference(detector: Detector, gold: Path, guess: bool) -> None:
    """The corpus's own scorer over the same predictions, as a check on the scores above."""
    scorer = gold.with_name("score.py")
    if not scorer.exists():
        return
    labels = _labels([gold], None)
    predictions = _predictions(detector, [gold], labels, guess)
    with tempfile.TemporaryDirectory() as folder:
        predicted = Path(folder) / "predicted.jsonl"
        predicted.write_bytes(b"".join(shapes.line(dict(row)) for row in predictions.values()))
        print("the corpus's own scorer", flush=True)
        subprocess.run([sys.executable, str(scorer), str(gold), str(predicted)], check=True)


if __name__ == "__main__":
    sys.exit(main())
