"""Who counts as a source of its own."""

from __future__ import annotations

from itertools import permutations

from alerts.independence import independent
from tests.alerts.stories import a_member, an_event

WIRE = "The bodies of 909 fallen soldiers were handed over on Friday, the staff said."
OTHER = "On Friday 909 of the fallen came home in nine lorries, officials in Kyiv told us."


def test_copies_of_one_sentence_are_one_source_in_whatever_order_they_came() -> None:
    told = [
        a_member(1, "Wire", None, WIRE),
        a_member(2, "Copyist", None, WIRE.replace(",", "").upper()),
        a_member(3, "Copyist", None, OTHER),
        a_member(4, "Follower", None, OTHER),
        a_member(5, "Somebody", None, "909 bodies were handed over."),
        a_member(6, "Somebody else", None, "909 bodies were handed over."),
    ]
    assert {independent(an_event(members=order)) for order in permutations(told)} == {3}


def test_an_event_without_reports_has_no_source() -> None:
    assert independent(an_event(members=())) == 0
