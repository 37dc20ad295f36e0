"""Evidence and weights: probabilities that add up, names that are known, and a file that is read or refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import model
from parsers.model import BIAS, Model

TWO = Model({"yes": {BIAS: 1.0, "a": 2.0}, "no": {"b": 1.0}})


def test_the_weights_of_the_evidence_that_holds_are_added_to_the_bias() -> None:
    assert TWO.sums(["a", "b", "unknown"]) == {"yes": 3.0, "no": 1.0}


@given(st.permutations([0.1, 0.2, 0.3, 0.7, -0.4, 1e-9]))
def test_the_order_of_the_evidence_changes_nothing(weights: list[float]) -> None:
    """0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1, and evidence comes as a set, whose order differs between processes."""
    weighed = Model({"yes": {str(weight): weight for weight in weights}})
    assert weighed.sums([str(weight) for weight in weights]) == {"yes": 0.900000001}


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_likelier_a_number_is_old_the_surer_its_news_must_be(one: float, other: float) -> None:
    assert model.least_news(min(one, other)) <= model.least_news(max(one, other))
    assert model.least_news(0) == model.NEWS < model.least_news(1) < 1


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=5))
def test_probabilities_add_up_to_one(names: list[str]) -> None:
    assert sum(TWO.probabilities(names).values()) == pytest.approx(1.0)


def test_one_answer_is_weighed_against_its_contrary() -> None:
    assert Model({"yes": {BIAS: 0.0}}).probabilities([]) == {"yes": 0.5}
    assert Model({"yes": {BIAS: 1000.0}}).probabilities([])["yes"] == pytest.approx(1.0)


def test_reasons_are_the_weightiest_evidence_first() -> None:
    weighed = Model({"yes": {"a": 1.0, "b": -3.0, "c": 2.0}})
    assert weighed.reasons("yes", ["a", "b", "c", "d"], most=2) == [(-3.0, "b"), (2.0, "c")]


def test_the_packaged_weights_answer_every_question() -> None:
    assert set(model.load()) == set(model.QUESTIONS)


def test_weights_without_a_question_are_refused(tmp_path: Path) -> None:
    data = json.loads(model.FILE.read_text(encoding="utf-8"))
    del data["day"]
    with pytest.raises(ValueError, match="no weights for day: run make fit"):
        model.of(data)
