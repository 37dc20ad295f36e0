"""When a source is next due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import CrawlResult
from scheduler.due import LONGEST_BACK_OFF, Rhythm, adapted, backed_off, next_due, trouble

NOW = datetime(2025, 6, 13, 12, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)
EVERY_TEN = Rhythm(TEN_MINUTES)
BOUNDED = Rhythm(TEN_MINUTES, shortest=timedelta(minutes=1), longest=timedelta(minutes=40))


def visit(links: int = 30, new: int = 0, problem: str | None = None) -> CrawlResult:
    """A visit that found so many links, so many of them new, or that failed."""
    return CrawlResult("a", NOW, NOW, links, new, problem=problem)


def test_a_source_never_visited_is_due_within_a_tenth_of_its_interval() -> None:
    due = next_due("a", EVERY_TEN, None, [], NOW)
    assert NOW <= due <= NOW + timedelta(minutes=1)


def test_the_same_source_visit_and_seed_give_the_same_moment() -> None:
    one, two = (next_due("a", EVERY_TEN, NOW, [], NOW) for _ in range(2))
    assert one == two
    assert one != next_due("a", Rhythm(TEN_MINUTES, seed="another"), NOW, [], NOW)
    assert one != next_due("b", EVERY_TEN, NOW, [], NOW)


def test_without_jitter_the_interval_is_exact() -> None:
    assert next_due("a", Rhythm(TEN_MINUTES, jitter=0), NOW, [], NOW) == NOW + TEN_MINUTES


def test_sources_of_one_start_are_spread() -> None:
    due = {next_due(f"outlet {i}", EVERY_TEN, None, [], NOW) for i in range(40)}
    assert len(due) == 40


def test_an_overdue_source_is_due_now() -> None:
    assert next_due("a", EVERY_TEN, NOW - timedelta(days=2), [], NOW) == NOW


def test_problems_double_the_wait_up_to_six_hours() -> None:
    waits = [backed_off(TEN_MINUTES, problems) for problems in range(9)]
    assert waits[:4] == [timedelta(minutes=m) for m in (10, 20, 40, 80)]
    assert waits[-1] == LONGEST_BACK_OFF
    assert backed_off(TEN_MINUTES, 10**9) == LONGEST_BACK_OFF


def test_a_daily_source_is_not_asked_more_often_for_failing() -> None:
    assert backed_off(timedelta(days=1), 3) == timedelta(days=1)


def visits(*new: int, minutes: float = 10, links: int = 30) -> list[CrawlResult]:
    """Visits that far apart, the last of them now, which found so many new links each."""
    begun = [NOW - timedelta(minutes=minutes) * number for number in reversed(range(len(new)))]
    return [CrawlResult("a", when, when, links, count) for when, count in zip(begun, new, strict=True)]


def test_a_source_of_a_hundred_articles_a_day_is_visited_at_its_interval() -> None:
    assert adapted(BOUNDED, visits(*[0, 1, 1] * 10, minutes=9.6)) == pytest.approx(TEN_MINUTES, rel=0.03)


def test_where_four_times_as_much_comes_it_is_visited_twice_as_often() -> None:
    some, much = (adapted(BOUNDED, visits(*[new] * 30)) for new in (2, 8))
    assert some / much == pytest.approx(2, rel=0.02)


def test_where_nothing_comes_the_interval_grows_to_the_longest() -> None:
    waits = [adapted(BOUNDED, visits(*[0] * count)) for count in range(2, 30)]
    assert waits == sorted(waits)
    assert TEN_MINUTES < waits[0] < waits[-1] == timedelta(minutes=40)


def test_where_much_comes_the_interval_shrinks_to_the_shortest() -> None:
    assert adapted(BOUNDED, visits(0, 28, 28, minutes=1)) == timedelta(minutes=1)


def test_what_came_long_ago_counts_less_than_what_came_just_now() -> None:
    busy_then, busy_now = visits(9, 9, 0, 0, minutes=300), visits(9, 0, 0, 9, minutes=300)
    assert adapted(BOUNDED, busy_now) < adapted(BOUNDED, busy_then)


def test_where_less_than_a_third_is_known_the_next_visit_comes_twice_as_soon() -> None:
    assert adapted(BOUNDED, visits(0, 19, minutes=40)) > timedelta(minutes=4)
    assert adapted(BOUNDED, visits(0, 3, links=4, minutes=9)) == timedelta(minutes=4.5)


def test_the_first_visit_finds_what_has_gathered_and_says_nothing_of_the_rhythm() -> None:
    assert adapted(BOUNDED, []) == adapted(BOUNDED, visits(30)) == TEN_MINUTES
    assert adapted(BOUNDED, visits(30, 0)) == adapted(BOUNDED, visits(0, 0))


def test_an_unchanged_answer_brings_nothing_and_a_failure_says_nothing_of_the_rhythm() -> None:
    assert adapted(BOUNDED, visits(0, 0, links=0)) == adapted(BOUNDED, visits(0, 0))
    assert adapted(BOUNDED, [visit(problem="HTTP 404")] * 5) == TEN_MINUTES


def test_without_bounds_the_interval_is_fixed() -> None:
    assert adapted(EVERY_TEN, visits(30, 30, 0)) == TEN_MINUTES


def test_a_failure_weighs_as_much_as_it_tells() -> None:
    assert trouble([visit(problem="HTTP 404"), visit(problem="name not found")]) == 2
    assert trouble([visit(problem="HTTP 500"), visit(problem="timed out")]) == 0.75
    assert trouble([visit(problem="HTTP 404"), visit()]) == 0


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.sampled_from([None, "HTTP 500", "timed out"]))))
def test_the_interval_keeps_to_its_bounds(given_visits: list[tuple[int, int, str | None]]) -> None:
    told = [visit(links, min(links, new), problem) for links, new, problem in given_visits]
    assert timedelta(minutes=1) <= adapted(BOUNDED, told) <= timedelta(minutes=40)


@given(st.integers(10, 10**6), st.integers(0, 10**6), st.one_of(st.none(), st.integers(-(10**6), 10**6)), st.text())
def test_never_in_the_past_and_never_later_than_the_longest_wait(
    seconds: int, problems: int, since: int | None, name: str
) -> None:
    interval = timedelta(seconds=seconds)
    last = None if since is None else NOW + timedelta(seconds=since)
    due = next_due(name, Rhythm(interval), last, [visit(problem="HTTP 404")] * min(problems, 30), NOW)
    longest = max(interval, LONGEST_BACK_OFF) * 1.1
    assert NOW <= due <= max(NOW, last or NOW) + longest


def test_a_visit_in_the_future_by_a_clock_that_was_ahead_is_one_of_now() -> None:
    rhythm = Rhythm(timedelta(minutes=10), jitter=0)
    assert next_due("a", rhythm, NOW + timedelta(days=1000), [], NOW) == NOW + timedelta(minutes=10)
