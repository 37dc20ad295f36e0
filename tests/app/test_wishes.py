"""What the desk wants of sources, as the monitor heeds it."""

from __future__ import annotations

from datetime import timedelta

from app.wishes import Wishes
from core.model import SourceState
from tests.builders import NOON

LATER = NOON + timedelta(minutes=1)


def test_a_source_is_visited_once_for_each_time_it_is_asked_for() -> None:
    wishes = Wishes()
    asked = {"one": SourceState("one", last_started=NOON, asked=LATER)}
    assert wishes.due(asked) == ["one"]
    assert wishes.due(asked) == []
    assert wishes.due({"one": SourceState("one", last_started=LATER, asked=LATER + timedelta(minutes=1))}) == ["one"]


def test_what_was_asked_before_its_last_visit_was_done() -> None:
    assert Wishes().due({"one": SourceState("one", last_started=LATER, asked=NOON)}) == []


def test_a_paused_source_is_not_visited_and_is_when_it_is_resumed() -> None:
    wishes = Wishes()
    assert wishes.due({"one": SourceState("one", paused=NOON, asked=LATER)}) == []
    assert not wishes.begin("one")
    assert wishes.begin("two")
    assert wishes.due({}) == ["one"]
    assert wishes.begin("one")


def test_no_visit_runs_beside_another_to_the_same_source() -> None:
    wishes = Wishes()
    assert wishes.begin("one")
    assert wishes.due({"one": SourceState("one", asked=LATER)}) == []
    assert not wishes.begin("one")
    wishes.end("one")
    assert wishes.begin("one")
