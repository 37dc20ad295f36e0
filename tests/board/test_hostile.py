"""Whatever an address, an article or a click holds: nothing is raised, nothing is lost, nothing runs."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from board import cases
from board.access import Gate
from board.asking import Filters, article_place, cursor, event_place
from board.changes import change
from board.drawing import bars, curves, spark
from board.figures import as_csv, months, series
from board.rendering import environment
from core.config import Board
from core.wording import parts, places, visible
from storage.browse import ArticlePlace, EventPlace, Sum
from storage.store import Store
from tests.board.house import NAMES, Rules, told
from tests.builders import NOON, make_transfer

MOMENTS = st.integers(0, 2**34).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
DAYS = st.dates().map(lambda each: each.isoformat()).filter(lambda each: len(each) == 10)


@given(st.dictionaries(st.sampled_from(list(Filters.__dataclass_fields__)), st.text()))
def test_any_address_gives_filters(given_: dict[str, str]) -> None:
    filters = Filters.of(given_)
    filters.wanted(NAMES)
    assert "&amp;" not in filters.query()


@given(DAYS, MOMENTS, st.text())
def test_a_place_is_found_again(day: str, at: datetime, name: str) -> None:
    place = EventPlace(day, at, name)
    if len(cursor(place)) < 600:
        assert event_place(cursor(place)) == place
    article = ArticlePlace(at, name)
    if len(cursor(article)) < 600:
        assert article_place(cursor(article)) == article


@given(st.text())
def test_what_is_no_place_is_none(words: str) -> None:
    assert event_place(words) is None
    assert article_place(words) is None


@given(st.text(max_size=400), st.text(max_size=400))
def test_a_change_holds_both_texts(was: str, became: str) -> None:
    runs = change(NOON, was, became).runs
    for text, kinds in ((was, ("same", "gone")), (became, ("same", "new"))):
        told_of = " ".join(words for kind, words in runs if kind in kinds)
        if "…" not in told_of:
            assert told_of.split() == visible(text).split()


@given(st.text(), st.lists(st.text(max_size=5), max_size=4))
def test_marking_figures_loses_no_word(text: str, figures: list[str]) -> None:
    assert "".join(piece for piece, _ in parts(text, places(text, figures))) == text


@given(st.text())
def test_nothing_of_a_text_is_markup(text: str) -> None:
    shown = environment().from_string("{{ text }}|{{ text|clean }}").render(text=text)
    assert not re.search(r"[<>\"'\x00-\x08\x0b-\x1f\x7f\u202e]", shown)


SUMS = st.lists(
    st.builds(
        Sum,
        st.sampled_from(["2025-06-13", "2025-06", "2025-06-14", "2022-01-01", "2025"]),
        st.sampled_from([None, "RU", "<script>"]),
        st.sampled_from([None, "UA"]),
        st.sampled_from(["bodies", "prisoners", "persons"]),
        st.none() | st.integers(0, 10**9),
        st.integers(0, 10**9),
        st.none() | st.integers(0, 10**9),
    ),
    max_size=20,
)


@given(SUMS)
def test_any_sums_can_be_drawn(sums: list[Sum]) -> None:
    every = months(sums)
    for group in ("bodies", "people"):
        drawn = series(sums, group, NAMES)  # type: ignore[arg-type]
        assert "<script>" not in bars(drawn, every, "<script>") + curves(drawn, every, "x")
    as_csv(sums)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=9), st.text())
def test_any_week_has_a_sparkline(values: list[int], label: str) -> None:
    assert spark(values, label).count("<rect") == len(values)


@given(st.text())
def test_no_form_and_no_session_can_be_made_up(made_up: str) -> None:
    gate = Gate(Board(write_token="w" * 30), "Olena")  # type: ignore[arg-type]
    assert gate.enter(made_up, "Eve") is None or made_up == "w" * 30


def test_case_files_stay_in_their_folder(tmp_path: Path) -> None:
    explained = Rules().explain("../../etc", "x" * 200, None, "en")
    file = cases.write(tmp_path / "cases", explained, {}, "none", "../Eve\x1b[31m", NOON)
    assert file.parent == tmp_path / "cases"
    assert "\x1b" not in file.read_text()


def test_terminals_and_pages_get_no_escape_sequences(browse: TestClient, store: Store) -> None:
    wicked = "\x1b]0;owned\x07\x1b[2J\u202eBodies\u200b"
    event_id = told(store, 1, make_transfer(claimed_by=wicked), title=wicked)
    told(store, 2, make_transfer(count=1212, claimed_by=wicked))
    for path in ("/events", f"/events/{event_id}", "/events.csv", "/events.atom", "/why?article=article-1"):
        page = browse.get(path).text
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202e]", page), path
