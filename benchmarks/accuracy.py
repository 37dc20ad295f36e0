"""The detector and the labelled cases -> a table of scores per language, and on request what it got wrong."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app import shapes
from app.rows import BadLine, Row, read_rows
from app.scoring import Found, Scores, bcubed, misses, score
from core.model import Member, Report
from events.match import group
from parsers.detect import Detector

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "parsers" / "cases"
CORPUS = ROOT.parent / "shared" / "corpus"
HEADINGS = (
    f"{'':10}{'n':>5}  {'relevance p/r/f1':20}{'figures p/r/f1':20}{'undirected f1':>13}{'background f1':>14}"
    f"{'leak':>7}{'kind':>7}{'status':>7}{'day':>7}{'day±1':>7}  grouping p/r/f1"
)

Labels = dict[str, Mapping[str, Any]]
Told = list[tuple[Row, Report]]


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
            predictions, told = _predictions(detector, paths, labels, options.guess_language)
            _print_table(name, labels, predictions, _placed(told))
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


def _predictions(detector: Detector, paths: Iterable[Path], labels: Labels, guess: bool) -> tuple[Labels, Told]:
    """Every labelled article through the reader and the shapes of `detect`, so that the contract is what is scored."""
    found: Labels = {}
    told: Told = []
    for path in paths:
        with path.open("rb") as lines:
            for row in read_rows(lines):
                if isinstance(row, BadLine):
                    raise SystemExit(f"{path.name}, line {row.number}: {row.reason}")
                if row.id in labels:
                    verdict = detector.detect(row.title, row.text, row.published, None if guess else row.language)
                    found[str(row.id)] = shapes.detection(row.id, verdict)
                    told += [(row, verdict)] if isinstance(verdict, Report) else []
    return found, told


def _placed(told: Told) -> dict[str, str]:
    """Article -> the event of the first exchange that it tells, when all are grouped as the monitor groups them."""
    members = [_member(row, number, report) for row, report in told for number in range(len(report.exchanges))]
    events = {member.key: made.members[0].key for made in group(members) for member in made.members}
    return {str(row.id): events[f"{row.id} 0"] for row, report in told if report.exchanges}


def _member(row: Row, number: int, report: Report) -> Member:
    published = row.published_at or datetime(1970, 1, 1, tzinfo=UTC)
    return Member(
        key=f"{row.id} {number}",
        article_id=str(row.id),
        url=row.url or str(row.id),
        outlet=row.outlet or "?",
        outlet_kind="outlet",
        language=report.language,
        title=row.title,
        published=published,
        first_seen=published,
        score=report.score,
        exchange=report.exchanges[number],
    )


def _print_table(name: str, labels: Labels, predictions: Labels, placed: Mapping[str, str]) -> None:
    by_language: dict[str, list[str]] = defaultdict(list)
    for identifier, label in labels.items():
        by_language[label["lang"]].append(identifier)
    print(f"{name}\n{HEADINGS}")
    for language, chosen in [("all", list(labels)), *sorted(by_language.items())]:
        scores = score((labels[i], predictions[i]) for i in chosen)
        keys = {i: labels[i]["event_key"] for i in chosen if labels[i]["relevant"] and labels[i]["event_key"]}
        print(_line(language, scores, bcubed(keys, placed)))
    print()


def _line(name: str, s: Scores, grouping: tuple[float, float, float]) -> str:
    shares = "".join(
        f"{'-' if share.value is None else format(share.value, '.3f'):>7}"
        for share in (s.leak, s.kind, s.status, s.day, s.near_day)
    )
    return (
        f"{name:10}{s.articles:5}  {_three(s.relevance):20}{_three(s.figures):20}{s.undirected.f1:13.3f}"
        f"{s.background.f1:14.3f}{shares}  {'/'.join(f'{part:.3f}' for part in grouping)}"
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
    predictions, told = _predictions(detector, [gold], labels, guess)
    placed = _placed(told)
    with tempfile.TemporaryDirectory() as folder:
        predicted = Path(folder) / "predicted.jsonl"
        rows = ({**row, "event": placed.get(i)} for i, row in predictions.items())
        predicted.write_bytes(b"".join(shapes.line(row) for row in rows))
        print("the corpus's own scorer", flush=True)
        subprocess.run([sys.executable, str(scorer), str(gold), str(predicted)], check=True)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `make eval | head` is no error
    sys.exit(main())
