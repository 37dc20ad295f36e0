"""What is shown of an alert: the figures both ways, who says so, the proof; and that no web text can do harm there."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.message import Message, as_notice, as_text, compose
from core import wording
from core.feedback import Feedback, feedback
from core.model import Evidence, Exchange
from tests.alerts.stories import NAMES, NOON, a_claim, a_disputed_event, a_line, a_member, an_alert, an_event
from tests.alerts.wicked import alerts_of_wicked_text, wicked_text

AT_80 = """\
FIRST REPORT
Russia and Ukraine: bodies of the fallen exchanged, 909 for 34
  Russia → Ukraine: 909 bodies (Shamsail Saraliev)
  Ukraine → Russia: 34 bodies (Shamsail Saraliev)
  16 May 2025 · completed · mediated by the Red Cross · citing Shamsail Saraliev
    · confidence 90% · 3 outlets, 3 independent
  “Moscow handed over *909* Ukrainian bodies and took back the remains of *34*
    Russian soldiers.” (Meridian Agency, en)
  Meridian Agency: Hundreds of fallen soldiers go home
    https://outlet-1.example/story
  Дніпро Вісті: Відбулася репатріація тіл полеглих
    https://outlet-2.example/story
  Neva Line
    https://outlet-3.example/story"""


def shown(**changes: object) -> Message:
    return compose(an_alert(an_event(**changes)), NAMES)


def test_an_alert_as_the_desk_reads_it() -> None:
    assert as_text(compose(an_alert(), NAMES), 80) == AT_80


def test_accounts_that_differ_are_shown_with_who_gives_which() -> None:
    text = as_text(compose(an_alert(a_disputed_event(), reason="figure disputed"), NAMES), 160)
    assert "Russia → Ukraine: bodies, figures differ: 1,200 – 1,212 (1,200: Ukraine; 1,212: Vladimir Medinsky)" in text
    assert "! Kyiv 1,200, Moscow 1,212" in text
    assert "“Украине переданы *1212* тел" in text


def test_the_newest_figure_is_proved_first() -> None:
    assert [each.language for each in compose(an_alert(a_disputed_event()), NAMES).quotes] == ["ru", "en", "en"]


def test_a_notice_says_it_all_in_a_sentence_or_two() -> None:
    told = as_notice(compose(an_alert(a_disputed_event(), reason="figure disputed"), NAMES))
    assert told.startswith("Figure disputed: Russia and Ukraine: bodies of the fallen exchanged, 1,200 – 1,212 for 27.")
    assert "13 June 2025, completed" in told


def test_one_direction_alone_is_handed_over() -> None:
    line = a_line("RU", "UA", a_claim(1, None, "One body was returned.", "One"))
    assert shown(ledger=(line,)).headline == "Russia → Ukraine: 1 body handed over"
    assert shown(ledger=(line,), status="postponed").headline == "Russia → Ukraine: handover of 1 body postponed"


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("prisoners", "planned", "exchange of prisoners planned"),
        ("prisoners", "completed", "prisoners exchanged"),
        ("civilians", "postponed", "exchange of civilians postponed"),
        ("mixed", "completed", "prisoners and civilians exchanged"),
    ],
)
def test_the_headline_tells_kind_and_status(kind: str, status: str, words: str) -> None:
    assert shown(kind=kind, status=status, ledger=()).headline == f"Russia and Ukraine: {words}"


def test_what_is_not_known_is_said_not_to_be() -> None:
    line = a_line(None, "UA", low=None, best=None, high=None)
    message = shown(date=None, parties=(), ledger=(line, a_line(None, None, a_claim(5, "UA", "Five."))), members=())
    assert [each.direction for each in message.lines] == ["a side not named → Ukraine", "direction not told"]
    assert message.lines[0].amount == "bodies, number not given"
    assert message.facts[0] == "date not told"
    assert message.headline.startswith("Sides not named")


@pytest.mark.parametrize(
    ("low", "best", "high", "words"),
    [
        (909, 909, 909, "909"),
        (None, 1212, None, "1,212"),
        (1200, 1200, 1212, "1,200 – 1,212"),
        (800, 800, None, "at least 800"),
        (None, 40, 40, "up to 40"),
        (None, None, None, None),
    ],
)
def test_bounds_in_words(low: int | None, best: int | None, high: int | None, words: str | None) -> None:
    assert wording.span(low, best, high) == words


def test_days_and_lists_in_words() -> None:
    assert [wording.day(each) for each in ("2025-06-03", "2025-06", "soon", None)] == [
        *("3 June 2025", "June 2025", "soon", "date not told")
    ]
    assert wording.listed(["A", "B", "A", "C"], 3) == "A, B and C"
    assert wording.listed((f"{each}" for each in range(1_300)), 3) == "0, 1 and 1,298 more"


def test_a_sentence_without_a_figure_proves_an_event_without_figures() -> None:
    message = shown(ledger=(), members=(a_member(1, "Neva Line", None, "An exchange took place."),))
    assert [(each.text, each.marks) for each in message.quotes] == [("An exchange took place.", ())]


def test_a_figure_is_marked_as_a_number_of_its_own_even_in_a_very_long_sentence() -> None:
    quote = "1,909 days of war, " + "and on, " * 300 + "until 909 bodies came home."
    (proof, *_) = shown(ledger=(a_line("RU", "UA", a_claim(909, "UA", quote)),)).quotes
    ((start, end),) = proof.marks
    assert (len(proof.text) <= 600, proof.text[start:end], proof.text[start - 6 : start]) == (True, "909", "until ")


def test_two_hundred_reports_are_counted_not_listed() -> None:
    message = shown(members=tuple(a_member(each, f"Outlet {each}", "Title") for each in range(200)))
    assert (len(message.links), message.more_links) == (5, 195)
    assert "and 195 more" in as_text(message)
    assert "200 outlets, 200 independent" in message.facts


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://bank.example@thief.example/",
        "//no.scheme/",
        "https://",
        "https://[broken/",
        "https://long.example/" + "a" * 2_000,
    ],
)
def test_an_address_that_may_not_be_linked(address: str) -> None:
    assert wording.clean_url(address) is None


def test_an_address_is_written_so_that_nothing_in_it_ends_a_link() -> None:
    assert wording.clean_url("https://a.example/x|y>z<\x1b[2J \u202e") == "https://a.example/x%7Cy%3Ez%3C"
    assert wording.clean_url("https://вісті.укр/обмін") == (
        "https://xn--b1a4ad2fc.xn--j1amh/%D0%BE%D0%B1%D0%BC%D1%96%D0%BD"
    )


def test_codes_in_what_is_new_are_shown_as_names() -> None:
    event = an_event(discrepancies=("RU to UA, bodies: RU 1,200, Kots 1,212",))
    message = compose(an_alert(event, reason="confirmed", detail="by UA, told by RBC-UA and UA.example"), NAMES)
    assert message.detail == "by Ukraine, told by RBC-UA and UA.example"
    assert message.discrepancies == ("Russia to Ukraine, bodies: Russia 1,200, Kots 1,212",)
    assert compose(an_alert(event, detail="by UA"), {}).detail == "by UA"


def test_words_keep_the_joiners_of_their_script() -> None:
    assert wording.clean("می\u200cخواهم\u202e") == "می\u200cخواهم"


@given(wicked_text())
def test_clean_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    cleaned = wording.clean(text, 200)
    assert len(cleaned) <= 200
    assert all(unicodedata.category(each)[0] != "C" or each in "\u200c\u200d" for each in cleaned)


@settings(max_examples=25)
@given(alerts_of_wicked_text(), st.sampled_from([20, 80, 160]))
def test_any_alert_fits_its_width(alert, width: int) -> None:  # type: ignore[no-untyped-def]
    lines = as_text(compose(alert, NAMES), width).split("\n")
    assert all(len(each) <= width or each.startswith("    http") for each in lines)
    assert len(as_notice(compose(alert, NAMES))) <= 700


def test_composing_changes_nothing_it_was_given() -> None:
    alert = an_alert()
    kept = replace(alert, event=replace(alert.event, ledger=tuple(alert.event.ledger)))
    compose(alert, {})
    assert alert == kept
    assert isinstance(alert.event.ledger[0].claims[0].evidence, Evidence)


def test_what_the_desk_said_stands_below_the_facts() -> None:
    said = Feedback("1", "event-1", "correct", "Olena (U1)", NOON, "RU", "UA", "bodies", 910)
    message = compose(an_alert(feedback(an_event(), [said])), NAMES)
    assert message.said == ("Figure corrected by Olena (U1)",)
    assert message.lines[0].amount == "910 bodies"
    assert message.headline.endswith("910 for 34")
    assert "Figure corrected by Olena (U1)" in as_text(message)


@pytest.mark.parametrize("reason", ["status changed", "confirmed"])
def test_news_that_is_no_figure_is_proved_by_the_latest_report_that_tells_it(reason: Any) -> None:
    old = replace(a_member(9, "Late", None, "It is planned."), exchange=Exchange("remains", "planned", None, ()))
    event = an_event(members=(a_member(1, "First", None), a_member(2, "Verity", None, "It has happened."), old))
    quotes = compose(an_alert(event, reason=reason), NAMES).quotes
    assert (quotes[0].text, quotes[0].outlet) == ("It has happened.", "Verity")
    assert "909" in quotes[1].text
