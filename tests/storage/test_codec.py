"""Whatever a report, a rejection or an event holds comes back from its JSON as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import Event, Rejection, Report
from storage.codec import dump_detection, dumps, load_detection, loads, words
from tests.builders import make_rejection, make_report

st.register_type_strategy(
    datetime,
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
st.register_type_strategy(float, st.floats(allow_nan=False))
whole = settings(derandomize=True, max_examples=60)


@whole
@given(st.from_type(Report) | st.from_type(Rejection))
def test_a_detection_comes_back_whole(detection: Report | Rejection) -> None:
    assert load_detection(dump_detection(detection)) == detection


@whole
@given(st.from_type(Event))
def test_an_event_comes_back_whole(event: Event) -> None:
    assert loads(Event, dumps(event)) == event


def test_words_come_back_in_their_order() -> None:
    assert words(dumps(("ICRC", "ОАЕ", "ICRC"))) == ("ICRC", "ОАЕ", "ICRC")


def test_what_a_later_version_wrote_can_be_read() -> None:
    text = json.loads(dump_detection(make_report()))
    text["report"]["mood"] = "grave"
    assert load_detection(json.dumps(text)) == make_report()


def test_what_an_earlier_version_did_not_write_takes_its_default() -> None:
    text = json.loads(dump_detection(make_rejection(score=0.0)))
    del text["rejection"]["score"]
    assert load_detection(json.dumps(text)) == make_rejection(score=0.0)
