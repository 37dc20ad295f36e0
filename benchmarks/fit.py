"""The labelled cases -> parsers/weights.json, and the scores on cases that the weights have not seen.

Weights are found by logistic regression with a quadratic penalty, one model a question. Evidence that itself comes of a
model (the article's status, its main day) is made for each training article by weights that have not seen it.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fit_wording
import numpy as np
import unseen
from scipy.sparse import vstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from app import shapes
from app.scoring import misses
from core.model import Article, Page
from parsers import detect, features, model, rules, timing, wording
from parsers.annotate import annotate, readable
from parsers.assemble import Models, judge, rivals_of, told_numbers
from parsers.detect import Detector
from parsers.extract import extract
from parsers.features import Scene
from parsers.features.report import of_report
from parsers.features.transfer import Told, of_transfers

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "parsers" / "cases"
PAGES = ROOT.parent / "shared" / "pages"
CORPUS = ROOT.parent / "shared" / "corpus" / "dev.jsonl"
FAILURES = ROOT / "tests" / "parsers" / "known_failures.txt"
FOLDS = 5
# The inverse strength of the penalty, where the scores on unseen cases were best (tried: 0.03, 0.1, 0.3, 1;
# for transfers only 0.02 and 0.05, which were equal).
STRENGTH = {"relevance": 0.08, "report": 0.05, "number": 0.2, "direction": 0.5, "transfer": 0.03}
_STRENGTH = 0.2
# A weight smaller than this changes nothing that a desk would see.
SMALLEST = 0.01

Label = Mapping[str, Any]
Example = tuple[dict[str, float], Any]


@dataclass(slots=True)
class Case:
    """A labelled article with its evidence; status and day come of weights that have not seen it."""

    label: Label
    published: date
    scene: Scene
    names: set[str]
    fold: int
    status: str = "completed"
    worded: float | None = None
    told: dict[int, set[tuple[str | None, str | None, bool]]] = field(default_factory=dict)
    aside: dict[int, set[tuple[str | None, str | None, bool]]] = field(default_factory=dict)


def main() -> int:
    """Print the scores on unseen fifths; then find the weights on all cases and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only print the scores, write nothing")
    parser.add_argument("--more", nargs="*", type=Path, default=[], help="further labelled files")
    options = parser.parse_args()
    known = rules.load()
    paths = [
        *sorted(CASES.glob("*.plain.jsonl")),
        *sorted(CASES.glob("*.develop.jsonl")),
        *([CORPUS] if CORPUS.exists() else []),
        *options.more,
    ]
    cases = [case for path in paths for case in _cases(path, known)]
    cases += [case for case in _ordinary(known) if detect.may_tell(case.scene)]
    if not cases:
        print("no labelled cases", file=sys.stderr)
        return 1
    networks = _read_unseen(cases)
    _print_scores(cases, known, networks)
    if not options.check:
        np.savez_compressed(wording.NETWORK, **_network(cases))
        model.FILE.write_text(_written(fit(cases)), encoding="utf-8")
        failures = _failures(Detector.load())
        FAILURES.write_text("".join(f"{name}\n" for name in failures), encoding="utf-8")
        print(f"{model.FILE.relative_to(ROOT)}: weights from {len(cases)} articles")
        print(f"{FAILURES.relative_to(ROOT)}: {len(failures)} packaged cases are not told as they are labelled")
    return 0


def _failures(detector: Detector) -> list[str]:
    """The ids of the packaged cases that are not told exactly as they are labelled."""
    found: list[str] = []
    for path in sorted(CASES.glob("*.jsonl")):
        for label in map(json.loads, path.read_text("utf-8").splitlines()):
            published = date.fromisoformat(label["published"])
            verdict = detector.detect(label["title"], label["text"], published, label["lang"])
            if misses(label, shapes.detection(label["id"], verdict)):
                found.append(label["id"])
    return found


def _ordinary(known: rules.Rules) -> Iterable[Case]:
    """Real pages of news sites, where there are any beside the project: none of them reports an exchange."""
    for file in sorted(PAGES.glob("*.html.gz")):
        page = Page(file.name, file.name, "page", 200, gzip.decompress(file.read_bytes()), datetime.now(UTC))
        article = extract(page, "page")
        if isinstance(article, Article) and article.language in known.languages:
            yield _case(
                {
                    "id": file.name,
                    "lang": article.language,
                    "published": (article.published or article.fetched_at).date().isoformat(),
                    "title": article.title,
                    "text": article.text,
                    "relevant": False,
                    "events": [],
                    "background": [],
                    "event_key": None,
                },
                known,
            )


def _written(weights: Mapping[str, Any]) -> str:
    """Weights as JSON, one name a line, sorted, so that a change can be read."""
    return json.dumps(weights, ensure_ascii=False, sort_keys=True, indent=0) + "\n"


def _cases(path: Path, known: rules.Rules) -> Iterable[Case]:
    for line in path.read_text("utf-8").splitlines():
        label = json.loads(line)
        if label["lang"] in known.languages:
            yield _case(label, known)


def _case(label: Label, known: rules.Rules) -> Case:
    published = date.fromisoformat(label["published"])
    speech = known.languages[label["lang"]]
    scene = detect.scene_of(
        annotate(*readable(label["title"], label["text"]), speech, published), speech, published, known
    )
    event = label["event_key"] or label["id"]
    fold = int(hashlib.sha256(event.encode()).hexdigest(), 16) % FOLDS
    case = Case(label, published, scene, features.of_article(scene), fold)
    for place, key in ((case.told, "events"), (case.aside, "background")):
        for exchange in label[key]:
            for t in exchange["transfers"]:
                if t["count"] is not None:
                    place.setdefault(t["count"], set()).add((t["from"], t["to"], t["what"] == "bodies"))
    return case


# -- finding weights ----------------------------------------------------------------------------------------------


def fit(cases: Sequence[Case]) -> dict[str, Any]:
    """Weights for every question from labelled cases; what judges by other weights is shown those of unseen cases."""
    examples: list[Example] = []
    reports: list[Example] = []
    for fold in range(FOLDS):
        seen, unseen = [c for c in cases if c.fold != fold], [c for c in cases if c.fold == fold]
        early = _early(seen)
        for case in unseen:
            _foresee(case, early)
        models = {question: model.Model(weights) for question, weights in (early | _late(seen)).items()}
        for case in unseen:
            if case.scene.sides is not None:
                rivals = rivals_of(told_numbers(judge(case.scene, models)))
                examples += _transfers(case, rivals, models)
                reports.append((_report(case, rivals, models), case.label["relevant"]))
    together = {
        "transfer": _weigh("transfer", examples, positive="news"),
        "report": _weigh("report", reports, positive="report"),
    }
    return _early(cases) | _late(cases) | together


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
    return fit_wording.found([(reader.read(case.scene.sentences), case.label["relevant"]) for case in told], classes)


def _late(cases: Sequence[Case]) -> dict[str, Any]:
    """The questions on single numbers."""
    return {
        "number": _weigh("number", _numbers(cases)),
        "number status": _weigh("number status", _number_statuses(cases)),
        "mutual": _weigh("mutual", _mutual(cases), positive="both"),
        "kind": _weigh("kind", _kinds(cases), positive="dead"),
        "direction": _weigh_directions(cases),
    }


def _report(case: Case, rivals: Sequence[Told], models: Models) -> dict[str, float]:
    """The evidence on a whole article, once its numbers are judged."""
    words = models["relevance"].sums(case.names)["report"]
    worded = case.worded if words > wording.ASKED else None
    return dict.fromkeys(of_report(rivals, case.scene, words, worded, case.status), 1.0)


def _transfers(case: Case, rivals: Sequence[Told], models: Models) -> Iterable[Example]:
    """Every number both ways, in the light of the article's others."""
    scene = case.scene
    if scene.sides is None:
        return
    one, two = scene.sides
    chance = models["relevance"].probabilities(case.names)["report"]
    for told in rivals:
        others = [other for other in rivals if other is not told]
        ways = of_transfers(told, others, scene, chance, case.status)
        for names, ends in zip(ways, ((two, one), (one, two)), strict=True):
            yield dict.fromkeys(names, 1.0), (*ends, told.dead) in case.told.get(told.value, set())


def _early(cases: Sequence[Case]) -> dict[str, Any]:
    """The questions on the whole article: relevance, status, day."""
    relevant = [case for case in cases if case.label["relevant"]]
    of_articles: list[Example] = [(dict.fromkeys(case.names, 1.0), case.label["relevant"]) for case in cases]
    statuses: list[Example] = [(dict.fromkeys(case.names, 1.0), case.label["events"][0]["status"]) for case in relevant]
    return {
        "relevance": _weigh("relevance", of_articles, positive="report"),
        "status": _weigh("status", statuses),
        "day": _weigh("day", [example for case in relevant for example in _days(case)], positive="it"),
    }


def _foresee(case: Case, early: Mapping[str, Any]) -> None:
    """Status and main day by weights that have not seen the case."""
    models = {question: model.Model(weights) for question, weights in early.items()}
    status = timing.status_of(case.names, models)
    case.status = status
    case.scene.main_day = timing.main_day(timing.choose_days(case.scene, models, status))


def _days(case: Case) -> Iterable[Example]:
    first = case.label["events"][0]
    for day, _, names in timing.day_evidence(case.scene):
        more = f"{first['status']}: {timing.names_age(day, case.published)}"
        yield dict.fromkeys(names | {more}, 1.0), day.value == first["date"]


def _numbers(cases: Iterable[Case]) -> list[Example]:
    """One example a number and article: the mean of the evidence of its places."""
    made: list[Example] = []
    for case in cases:
        places: dict[int, list[set[str]]] = defaultdict(list)
        for c in case.scene.candidates:
            places[c.value].append(features.of_number(c, case.scene))
        for value, sets in places.items():
            answer = "news" if value in case.told else "background" if value in case.aside else "neither"
            made.append((_mean(sets), answer))
    return made


def _mean(sets: Sequence[set[str]]) -> dict[str, float]:
    names = Counter(name for names in sets for name in names)
    return {name: times / len(sets) for name, times in names.items()}


def _number_statuses(cases: Iterable[Case]) -> list[Example]:
    made: list[Example] = []
    for case in cases:
        status = {t["count"]: event["status"] for event in reversed(case.label["events"]) for t in event["transfers"]}
        places: dict[int, list[set[str]]] = defaultdict(list)
        for c in case.scene.candidates:
            if c.value in status:
                places[c.value].append(features.of_number(c, case.scene) | {f"article {case.status}"})
        made += [(_mean(sets), status[value]) for value, sets in places.items()]
    return made


def _mutual(cases: Iterable[Case]) -> list[Example]:
    made: list[Example] = []
    for case in cases:
        for c in case.scene.candidates:
            ends = _between_sides(case, c.value)
            if ends:
                made.append((dict.fromkeys(features.of_number(c, case.scene), 1.0), len(ends) == 2))
    return made


def _between_sides(case: Case, value: int) -> set[tuple[str | None, str | None]]:
    told = case.told.get(value, set()) | case.aside.get(value, set())
    return {(giver, to) for giver, to, _ in told if case.scene.sides and {giver, to} == set(case.scene.sides)}


def _kinds(cases: Iterable[Case]) -> list[Example]:
    made: list[Example] = []
    for case in cases:
        for c in case.scene.candidates:
            dead = {d for *_, d in case.told.get(c.value, set()) | case.aside.get(c.value, set())}
            if len(dead) == 1:
                made.append((dict.fromkeys(features.of_kind(c, case.scene), 1.0), dead.pop()))
    return made


def _weigh_directions(cases: Iterable[Case]) -> dict[str, dict[str, float]]:
    """Every clue has one weight for whatever side it speaks for: each example is used both ways round."""
    examples: list[dict[str, int]] = []
    answers: list[int] = []
    for case in cases:
        sides, previous = case.scene.sides, None
        if sides is None:
            continue
        for c in case.scene.candidates:
            ends = _between_sides(case, c.value)
            votes: Counter[str] = Counter()
            for name, who in features.of_direction(c, case.scene, previous):
                votes[name] += 1 if who == sides[0] else -1
            if len(ends) == 1:
                previous = next(iter(ends))[1]
                examples.append({name: max(-1, min(1, vote)) for name, vote in votes.items()})
                answers.append(1 if previous == sides[0] else -1)
    vectors = DictVectorizer()
    table, signs = vectors.fit_transform(examples), np.array(answers)
    fitted = LogisticRegression(C=STRENGTH["direction"], fit_intercept=False, max_iter=5000)
    fitted.fit(vstack([table, -table]), np.concatenate([signs, -signs]))
    return {"receives": _named(vectors, fitted.coef_[0])}


def _weigh(question: str, examples: Sequence[Example], positive: str | None = None) -> dict[str, dict[str, float]]:
    vectors = DictVectorizer()
    table = vectors.fit_transform([names for names, _ in examples])
    fitted = LogisticRegression(C=STRENGTH.get(question, _STRENGTH), max_iter=5000)
    fitted.fit(table, [answer for _, answer in examples])
    if positive is not None:
        return {positive: {model.BIAS: _short(fitted.intercept_[0]), **_named(vectors, fitted.coef_[0])}}
    return {
        str(answer): {model.BIAS: _short(fitted.intercept_[i]), **_named(vectors, fitted.coef_[i])}
        for i, answer in enumerate(fitted.classes_)
    }


def _named(vectors: DictVectorizer, weights: Iterable[float]) -> dict[str, float]:
    pairs = zip(vectors.get_feature_names_out(), weights, strict=True)
    return {str(name): _short(weight) for name, weight in pairs if abs(weight) >= SMALLEST}


def _short(weight: float) -> float:
    return round(float(weight), 3)


# -- scores on unseen cases ---------------------------------------------------------------------------------------


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
