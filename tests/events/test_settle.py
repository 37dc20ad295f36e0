"""Which event a group is from one day to the next."""

from __future__ import annotations

from core.model import Member
from events.match import Group, Join, group
from events.settle import Changes, Merged, settle
from tests.builders import make_member


def made(*members: Member) -> Group:
    return Group("RU-UA-dead", members, tuple(Join(member.key, "2025-06-13", "a reason") for member in members))


def keys(*numbers: int) -> set[str]:
    return {make_member(number).key for number in numbers}


def ids(changes: Changes) -> list[str]:
    return [event.id for event in changes.events]


def test_a_new_group_gets_a_name_that_says_whose_what_and_when() -> None:
    assert ids(settle(group([make_member(1)]), {}, lambda _: False)) == ["RU-UA-dead-2025-06-13"]
    assert ids(settle(group([make_member(1, date=None)]), {}, lambda _: False)) == ["RU-UA-dead-2025-06-13"]


def test_a_name_that_is_taken_is_numbered() -> None:
    taken = {"RU-UA-dead-2025-06-13", "RU-UA-dead-2025-06-13-2"}
    changes = settle([made(make_member(1)), made(make_member(2))], {}, taken.__contains__)
    assert ids(changes) == ["RU-UA-dead-2025-06-13-3", "RU-UA-dead-2025-06-13-4"]


def test_an_event_keeps_its_id_when_its_date_changes() -> None:
    before = {"RU-UA-dead-2025-06-14": keys(1)}
    changes = settle([made(make_member(1, date=None), make_member(2))], before, lambda _: True)
    assert [(event.id, event.date) for event in changes.events] == [("RU-UA-dead-2025-06-14", "2025-06-13")]


def test_an_event_with_the_same_members_is_no_change() -> None:
    assert settle([made(make_member(1))], {"one": keys(1)}, lambda _: True) == Changes((), ())


def test_of_two_events_that_are_one_the_first_seen_stays() -> None:
    changes = settle([made(*map(make_member, (1, 2, 3)))], {"old": keys(1), "new": keys(2, 3)}, lambda _: True)
    assert ids(changes) == ["old"]
    assert {member.joined for member in changes.events[0].members} == {"a reason"}
    assert changes.merged == (Merged("new", "old", "a reason"),)


def test_an_event_that_falls_apart_goes_on_where_most_of_it_is() -> None:
    groups = [made(make_member(1)), made(make_member(2), make_member(3))]
    changes = settle(groups, {"one": keys(1, 2, 3)}, lambda name: name == "one")
    assert ids(changes) == ["RU-UA-dead-2025-06-13", "one"]
    assert changes.merged == ()
