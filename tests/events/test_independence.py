"""Who counts as a source of its own."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from hypothesis import given
from hypothesis.strategies import text

from events.copies import copied, sketch
from events.independence import independent
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


def test_a_text_that_is_cut_and_given_another_lead_is_still_the_wire_s() -> None:
    wire = " ".join(f"Sentence {n} of the agency tells in its words what it saw at the crossing." for n in range(9))
    cut = "Our own lead stands before it. " + wire[: len(wire) * 2 // 3]
    own = " ".join(f"Paragraph {n}: nobody but our man at the border counted the lorries then." for n in range(9))
    told = [
        replace(a_member(number, f"Outlet {number}", None, f"{number} bodies."), sketch=sketch(text))
        for number, text in enumerate((wire, cut, own, "A few words only."), start=1)
    ]
    assert {independent(an_event(members=order)) for order in permutations(told)} == {3}


@given(text(max_size=400), text(max_size=400))
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    assert copied(sketch(one), sketch(other)) == copied(sketch(other), sketch(one))
    assert copied(sketch(one), sketch(one)) == bool(sketch(one))


def test_an_event_without_reports_has_no_source() -> None:
    assert independent(an_event(members=())) == 0
