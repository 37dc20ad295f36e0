"""The definitions behind `make eval`."""

from __future__ import annotations

from typing import Any

import pytest

from app import scoring


def event(count: int | None, what: str = "bodies", ends: str = "RU-UA", **changes: Any) -> dict[str, Any]:
    giver, receiver = ends.split("-")
    transfer = {"from": giver, "to": receiver, "count": count, "what": what}
    return {"kind": "remains", "status": "completed", "date": "2025-06-13", "transfers": [transfer], **changes}


def article(*events: dict[str, Any], background: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"relevant": bool(events), "events": list(events), "background": background or [], "reasons": []}


def test_a_perfect_prediction() -> None:
    label = article(event(1200), event(1000, "prisoners"), background=[event(909)])
    scores = scoring.score([(label, label), (article(), article())])
    assert (scores.articles, scores.relevance.f1, scores.figures.f1, scores.background.f1) == (2, 1, 1, 1)
    assert (scores.leak.value, scores.kind.value, scores.status.value, scores.day.value) == (0, 1, 1, 1)


def test_background_told_as_news_is_a_leak_and_an_invention() -> None:
    label = article(event(1200), background=[event(909)])
    scores = scoring.score([(label, article(event(1200), event(909)))])
    assert scores.leak.value == 1
    assert scores.figures.precision == pytest.approx(0.5)
    assert scores.figures.recall == 1
    assert scores.background.recall == 0


def test_a_wrong_direction_counts_only_where_direction_does() -> None:
    scores = scoring.score([(article(event(1200)), article(event(1200, ends="UA-RU")))])
    assert (scores.figures.f1, scores.undirected.f1) == (0, 1)


def test_a_transfer_without_a_number_is_no_figure() -> None:
    assert scoring.figures([event(None)]) == set()


@pytest.mark.parametrize(
    ("wanted", "got", "is_same"),
    [
        ("mixed", "prisoners", True),
        ("civilians", "mixed", True),
        ("remains", "mixed", False),
        ("remains", "remains", True),
    ],
)
def test_mixed_stands_for_any_kind_of_the_living(wanted: str, got: str, is_same: bool) -> None:
    assert scoring.same_kind(wanted, got) is is_same


@pytest.mark.parametrize(("got", "exact", "near"), [("2025-06-12", 0, 1), ("2025-06", 0, 0), (None, 0, 0)])
def test_days(got: str | None, exact: int, near: int) -> None:
    scores = scoring.score([(article(event(1)), article(event(1, date=got)))])
    assert (scores.day.value, scores.near_day.value) == (exact, near)


def test_grouping() -> None:
    wanted = {"a": "x", "b": "x", "c": "y"}
    assert scoring.bcubed(wanted, {"a": "1", "b": "1", "c": "2"}) == (1, 1, 1)
    assert scoring.bcubed(wanted, {"a": "1", "b": "1", "c": "1"})[0] == pytest.approx(5 / 9)
    assert scoring.bcubed(wanted, {"c": "2"})[1] == pytest.approx(2 / 3)


def test_misses_are_told_in_words() -> None:
    wrong = scoring.misses(article(event(1200)), article(event(1212, status="planned")))
    assert wrong == [
        "missed: 1200 dead RU->UA", "invented: 1212 dead RU->UA", "status: completed wanted, got planned"
    ]  # fmt: skip
    assert scoring.misses(article(event(1200)), article(event(1200))) == []
