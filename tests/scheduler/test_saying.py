"""What goes wrong again and again is said once, and once when it is over."""

from __future__ import annotations

import logging

import pytest

from scheduler.saying import Saying


def test_it_is_said_once_and_once_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    saying = Saying()
    for seconds in (30, 31, 32):
        saying.begin("database", f"file x: locked: for {seconds} seconds")
    saying.over("database")
    saying.over("database")
    saying.begin("database", "file x: locked: for 33 seconds")
    assert [record.getMessage() for record in caplog.records] == [
        "database: file x: locked: for 30 seconds",
        "database: well again after 0 min",
        "database: file x: locked: for 33 seconds",
    ]


def test_what_a_visit_and_a_check_up_find_of_one_trouble_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    saying = Saying()
    saying.begin("database", "file x: no such host; all is tried again")
    saying.begin("database", "file x: no such host")
    assert len(caplog.records) == 1


def test_another_trouble_is_said_and_so_is_that_of_another(caplog: pytest.LogCaptureFixture) -> None:
    saying = Saying()
    for subject, words in (("courier", "HTTP 500"), ("courier", "timed out"), ("herald", "timed out")):
        saying.begin(subject, words)
    assert len(caplog.records) == 3
