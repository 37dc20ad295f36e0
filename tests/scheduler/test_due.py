"""When a source is next due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler.due import LONGEST_BACK_OFF, Rhythm, backed_off, next_due

NOW = datetime(2025, 6, 13, 12, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)
EVERY_TEN = Rhythm(TEN_MINUTES)


def test_a_source_never_visited_is_due_within_a_tenth_of_its_interval() -> None:
    due = next_due("a", EVERY_TEN, None, 0, NOW)
    assert NOW <= due <= NOW + timedelta(minutes=1)


def test_the_same_source_visit_and_seed_give_the_same_moment() -> None:
    one, two = (next_due("a", EVERY_TEN, NOW, 0, NOW) for _ in range(2))
    assert one == two
    assert one != next_due("a", Rhythm(TEN_MINUTES, seed="another"), NOW, 0, NOW)
    assert one != next_due("b", EVERY_TEN, NOW, 0, NOW)


def test_without_jitter_the_interval_is_exact() -> None:
    assert next_due("a", Rhythm(TEN_MINUTES, jitter=0), NOW, 0, NOW) == NOW + TEN_MINUTES


def test_sources_of_one_start_are_spread() -> None:
    due = {next_due(f"outlet {i}", EVERY_TEN, None, 0, NOW) for i in range(40)}
    assert len(due) == 40


def test_an_overdue_source_is_due_now() -> None:
    assert next_due("a", EVERY_TEN, NOW - timedelta(days=2), 0, NOW) == NOW


def test_problems_double_the_wait_up_to_six_hours() -> None:
    waits = [backed_off(TEN_MINUTES, problems) for problems in range(9)]
    assert waits[:4] == [timedelta(minutes=m) for m in (10, 20, 40, 80)]
    assert waits[-1] == LONGEST_BACK_OFF
    assert backed_off(TEN_MINUTES, 10**9) == LONGEST_BACK_OFF


def test_a_daily_source_is_not_asked_more_often_for_failing() -> None:
    assert backed_off(timedelta(days=1), 3) == timedelta(days=1)


@given(st.integers(10, 10**6), st.integers(0, 10**6), st.one_of(st.none(), st.integers(-(10**6), 10**6)), st.text())
def test_never_in_the_past_and_never_later_than_the_longest_wait(
    seconds: int, problems: int, since: int | None, name: str
) -> None:
    interval = timedelta(seconds=seconds)
    last = None if since is None else NOW + timedelta(seconds=since)
    due = next_due(name, Rhythm(interval), last, problems, NOW)
    longest = max(interval, LONGEST_BACK_OFF) * 1.1
    assert NOW <= due <= max(NOW, last or NOW) + longest
