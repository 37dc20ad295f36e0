"""Cases -> the weights of every question that the detector asks, by logistic regression with a quadratic penalty."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from labelled import FOLDS, Case
from scipy.sparse import vstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from parsers import features, model, timing, wording
from parsers.assemble import Models, judge, rivals_of, told_numbers
from parsers.features.report import of_report
from parsers.features.transfer import Told, of_transfers

# The inverse strength of the penalty, where the scores on unseen cases were best (tried: 0.03, 0.1, 0.3, 1; for numbers
# 0.05, 0.08 and 0.2; for transfers only 0.02 and 0.05, which were equal).
STRENGTH = {"relevance": 0.08, "report": 0.05, "number": 0.08, "direction": 0.5, "transfer": 0.03}
_STRENGTH = 0.2
# A weight smaller than this changes nothing that a desk would see.
SMALLEST = 0.01

Example = tuple[dict[str, float], Any]


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
