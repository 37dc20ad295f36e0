"""The labelled cases -> parsers/weights.json, and the scores on cases that the weights have not seen.

Weights are found by logistic regression with a quadratic penalty, one model a question. Evidence that itself comes of a
model (the article's status, its main day) is made for each training article by weights that have not seen it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import fit_wording
import numpy as np
import unseen
from labelled import FOLDS, Case, Label, cases_of, ordinary
from questions import fit

from app import shapes
from app.scoring import misses
from parsers import detect, model, rules, wording
from parsers.annotate import Sentence
from parsers.assemble import Models
from parsers.detect import Detector

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "parsers" / "cases"
# Labelled articles that weights are found on and nothing else: neither packaged nor tested. One that was written after
# the manner of an article of the corpus names its event or id as "like".
LEARNT = Path(__file__).resolve().parent / "learnt"
PAGES = ROOT.parent / "shared" / "pages"
CORPUS = ROOT.parent / "shared" / "corpus" / "dev.jsonl"
FAILURES = ROOT / "tests" / "parsers" / "known_failures.txt"
# An article's first sentences are read as a short item besides: few of the cases are as short as a post.
_FIRST = 2


def main() -> int:
    """Print the scores on unseen fifths; then find the weights on all cases and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only print the scores, write nothing")
    parser.add_argument("--more", nargs="*", type=Path, default=[], help="further labelled files")
    options = parser.parse_args()
    known = rules.load()
    cases = all_cases(known, options.more)
    if not cases:
        print("no labelled cases", file=sys.stderr)
        return 1
    networks = _read_unseen(cases)
    _print_scores(cases, known, networks)
    if not options.check:
        np.savez_compressed(wording.NETWORK, **_network(cases))
        model.FILE.write_text(_written(fit(cases)), encoding="utf-8")
        failures = _failures(Detector.load().by_evidence())
        FAILURES.write_text("".join(f"{name}\n" for name in failures), encoding="utf-8")
        print(f"{model.FILE.relative_to(ROOT)}: weights from {len(cases)} articles")
        print(f"{FAILURES.relative_to(ROOT)}: {len(failures)} packaged cases are not told as they are labelled")
    return 0


def all_cases(known: rules.Rules, more: Sequence[Path] = ()) -> list[Case]:
    """What weights are found on: the cases that are not held back, those to learn from, the corpus, ordinary pages."""
    paths = [
        *sorted(CASES.glob("*.plain.jsonl")),
        *sorted(CASES.glob("*.develop.jsonl")),
        *sorted(LEARNT.glob("*.jsonl")),
        *([CORPUS] if CORPUS.exists() else []),
        *more,
    ]
    cases = [case for path in paths for case in cases_of(path, known)]
    return cases + [case for case in ordinary(PAGES, known) if detect.may_tell(case.scene)]


def _failures(detector: Detector) -> list[str]:
    """The ids of the packaged cases that a detector does not tell exactly as they are labelled."""
    found: list[str] = []
    for path in sorted(CASES.glob("*.jsonl")):
        for label in map(json.loads, path.read_text("utf-8").splitlines()):
            published = date.fromisoformat(label["published"])
            verdict = detector.detect(label["title"], label["text"], published, label["lang"])
            if misses(label, shapes.detection(label["id"], verdict)):
                found.append(label["id"])
    return found


def _written(weights: Mapping[str, Any]) -> str:
    """Weights as JSON, one name a line, sorted, so that a change can be read."""
    return json.dumps(weights, ensure_ascii=False, sort_keys=True, indent=0) + "\n"


def _read_unseen(cases: Sequence[Case]) -> list[wording.Wording]:
    """How each case is worded, as a network found on the other folds says; those networks, by fold."""
    networks: list[wording.Wording] = []
    for fold in range(FOLDS):
        networks.append(wording.of(_network([case for case in cases if case.fold != fold])))
        for case in cases:
            if case.fold == fold and detect.may_tell(case.scene):
                case.worded = networks[fold].chance(case.scene.sentences)
    return networks


def _network(cases: Sequence[Case]) -> dict[str, Any]:
    """The weights of a network for articles that pass the gates before the score."""
    told = [case for case in cases if detect.may_tell(case.scene)]
    classes = sorted({m.cls for case in told for s in case.scene.sentences for m in s.mentions})
    classes += wording.BEGINS.values()
    reader = wording.Wording(wording.vectors(), {name: number for number, name in enumerate(classes)}, {})
    texts = [(case.scene.sentences, case) for case in told]
    texts += [(first, case) for case in told if (first := lead(case)) is not None]
    return fit_wording.found([(reader.read(text), case.label["relevant"]) for text, case in texts], classes)


def lead(case: Case) -> list[Sentence] | None:
    """The first sentences of an article's text, as a short item; of a report only where they tell a figure of it."""
    text = [s for s in case.scene.sentences if s.part == "text"]
    first = [s for s in text if s.number < _FIRST]
    told = any(c.value in case.told and any(c.sentence is s for s in first) for c in case.scene.candidates)
    return first if len(text) >= 2 * _FIRST and (told or not case.label["relevant"]) else None


def _print_scores(cases: Sequence[Case], known: rules.Rules, networks: Sequence[wording.Wording]) -> None:
    """Each fifth judged by weights found on the other four, by language and by file of origin."""
    found: dict[str, Label] = {}
    for fold in range(FOLDS):
        models: Models = model.of(fit([case for case in cases if case.fold != fold]))
        detector = Detector(known, models, networks[fold])
        for case in cases:
            if case.fold == fold:
                label = case.label
                verdict = detector.detect(label["title"], label["text"], case.published, label["lang"])
                found[label["id"]] = shapes.detection(label["id"], verdict)
    groups: dict[str, list[Label]] = defaultdict(list)
    for case in cases:
        groups["all"].append(case.label)
        groups["pages" if "outlet" not in case.label else case.label["lang"]].append(case.label)
    unseen.print_table(groups, found)


if __name__ == "__main__":
    raise SystemExit(main())
