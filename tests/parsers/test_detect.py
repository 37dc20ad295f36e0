"""Given this article, this report: the difficulties that the first desk named, one test each."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import Exchange, Rejection, Report
from parsers.detect import Detector
from parsers.model import SURE

DETECTOR = Detector.load()
PUBLISHED = date(2025, 6, 15)


def report(text: str, title: str | None = None, language: str | None = None) -> Report:
    """The report that an article makes; the test fails where it makes none."""
    found = DETECTOR.detect(title, text, PUBLISHED, language)
    assert isinstance(found, Report), found
    return found


def transfers(exchange: Exchange) -> set[tuple[str | None, str | None, int | None, str]]:
    """An exchange's transfers, as tuples."""
    return {(t.giver, t.receiver, t.count.best if t.count else None, t.what) for t in exchange.transfers}


TWO_WAY = """Moscow has given Kyiv 909 Ukrainian bodies and got the remains of 34 Russian soldiers in return, \
Duma member Shamsail Saraliev said on Saturday.

The International Committee of the Red Cross helped with the transfer.

Earlier exchanges:

• January 2025: 757 Ukrainian bodies for 49 Russian soldiers

• March 2025: 909 Ukrainians for 43 Russians

The two governments have also agreed to swap 1,000 prisoners of war each."""


def test_both_directions_have_their_figures() -> None:
    first = report(TWO_WAY).exchanges[0]
    assert (first.kind, first.status, first.date) == ("remains", "completed", "2025-06-14")
    assert transfers(first) == {("RU", "UA", 909, "bodies"), ("UA", "RU", 34, "bodies")}


def test_mediators_and_sources_are_named() -> None:
    first = report(TWO_WAY).exchanges[0]
    assert first.mediators == ("ICRC",)
    assert "Shamsail Saraliev" in first.sources


def test_earlier_months_are_background() -> None:
    found = report(TWO_WAY)
    earlier = {t[:3] for exchange in found.background for t in transfers(exchange)}
    assert {("RU", "UA", 757), ("UA", "RU", 49), ("UA", "RU", 43)} <= earlier


def test_an_agreed_exchange_of_another_kind_is_none_of_the_handover() -> None:
    found = report(TWO_WAY)
    planned = next(e for e in (*found.exchanges, *found.background) if e.kind == "prisoners")
    assert {t[:3] for t in transfers(planned)} == {("RU", "UA", 1000), ("UA", "RU", 1000)}
    assert planned in found.background or planned.status == "planned"


def test_every_figure_carries_the_sentence_that_proves_it() -> None:
    for exchange in report(TWO_WAY).exchanges:
        for transfer in exchange.transfers:
            assert transfer.count is not None
            assert TWO_WAY[transfer.evidence.start : transfer.evidence.end] == transfer.evidence.quote
            assert TWO_WAY[transfer.count.start : transfer.count.end] == transfer.count.text
            assert transfer.count.text in transfer.evidence.quote


def test_a_garbled_direction_is_flagged_and_not_repeated() -> None:
    found = report(
        "Russia returned 1,200 bodies of Ukrainian soldiers to Ukraine on Friday.\n\n"
        "A day earlier, he claimed, Ukraine had already handed over 1,212 bodies of Ukrainian servicemen to Russia."
    )
    told = [*found.exchanges, *found.background]
    garbled = [exchange for exchange in told if "direction garbled" in exchange.flags]
    figures = {t for exchange in garbled for t in transfers(exchange)}
    assert ("RU", "UA", 1212, "bodies") in figures
    assert ("UA", "RU", 1212, "bodies") not in figures


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "uk",
            "У п'ятницю до України повернули тіла 1212 полеглих захисників, повідомив Координаційний штаб.",
            ("RU", "UA", 1212, "bodies"),
        ),
        (
            "uk",
            "З російського полону повернулися двісті п’ятеро українських військових.",
            ("RU", "UA", 205, "prisoners"),
        ),
        (
            "ru",
            "Из украинского плена вернулись 157 российских военнослужащих, сообщило Минобороны РФ.",
            ("UA", "RU", 157, "prisoners"),
        ),
        ("ru", "Украине переданы тела 1200 военных. Взамен Россия получила 27 погибших.", ("UA", "RU", 27, "bodies")),
        (
            "en",
            "Azerbaijan handed eight Armenian prisoners of war over to Yerevan on Friday.",
            ("AZ", "AM", 8, "prisoners"),
        ),
    ],
)
def test_direction_follows_whose_people_they_are(language: str, text: str, expected: tuple[str, str, int, str]) -> None:
    told = {t for exchange in report(text, language=language).exchanges for t in transfers(exchange)}
    assert expected in told


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            "Thailand returned 18 captured Cambodian soldiers to Cambodia on Friday in a prisoner swap.",
            ("TH", "KH", 18, "prisoners"),
        ),
        (
            "ru",
            "Таджикистан передал Киргизии пятерых пленных, взамен отпущены двое таджиков. Обмен прошел в пятницу.",
            ("TJ", "KG", 5, "prisoners"),
        ),
    ],
)
def test_two_named_states_are_the_sides_of_a_conflict_that_no_file_knows(
    language: str, text: str, expected: tuple[str, str, int, str]
) -> None:
    assert expected in {t for exchange in report(text, language=language).exchanges for t in transfers(exchange)}


def test_any_army_is_a_side_only_where_its_opponent_is_named() -> None:
    told = "the army handed over the bodies of 41 fighters on Friday and received 12 prisoners in return, it said."
    found = DETECTOR.detect("Bodies and prisoners exchanged", f"At the bridge {told}", PUBLISHED)
    assert isinstance(found, Rejection)
    assert found.gate in {"words", "sides"}
    news = report(f"To the Rapid Support Forces, {told}", "Bodies and prisoners exchanged in Darfur").exchanges
    assert ("SD", "RSF", 41, "bodies") in set().union(*map(transfers, news))


def test_handing_over_to_another_state_is_no_exchange() -> None:
    text = "Germany handed 41 detainees over to Poland on Friday. They are wanted there for theft."
    found = DETECTOR.detect(None, text, PUBLISHED, "en")
    assert isinstance(found, Rejection)
    assert found.gate == "sides"


def test_what_is_surely_a_report_is_told_though_no_sentence_tells_it_plainly() -> None:
    found = report(
        "Russia's defence ministry confirmed the second stage of the exchange with Ukraine on Thursday with no figure. "
        "The men, most of them under 25 or badly hurt, are being looked after in Belarus. Kyiv's headquarters for the "
        "treatment of prisoners said its own were on their way to hospitals.",
        "Seriously ill soldiers come home under Istanbul deal",
    )
    assert found.score >= SURE
    assert all(count is None for *_, count, _ in transfers(found.exchanges[0]))


def test_a_pair_of_equal_numbers_goes_both_ways() -> None:
    found = report("Росія та Україна провели обмін полоненими у форматі 205 на 205 за посередництва ОАЕ.")
    assert transfers(found.exchanges[0]) == {("RU", "UA", 205, "prisoners"), ("UA", "RU", 205, "prisoners")}
    assert found.exchanges[0].mediators == ("UAE",)


def test_an_exchange_of_so_many_is_told_though_nobody_says_of_whom() -> None:
    found = report("Moscow and Kyiv have made another swap today, 50 for 50. Both defence ministries confirm it.")
    assert {(giver, to, count) for giver, to, count, _ in transfers(found.exchanges[0])} == {
        ("RU", "UA", 50),
        ("UA", "RU", 50),
    }


def test_a_refusal_is_postponed() -> None:
    found = report(
        "Россия отложила передачу 500 украинских военнопленных Киеву, обмен сорван.", "Обмен пленными отложен"
    )
    assert found.exchanges[0].status == "postponed"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "Exchange of fire near Kupiansk",
            "Russian and Ukrainian gunners exchanged fire on Tuesday. 43 bodies lay in the field.",
        ),
        ("Dollar at 41.45", "The National Bank returned $212 mln to the market and received 27 mln in exchange."),
        ("Swap deal", "Villa handed over a midfielder to Everton and got 5 million in return."),
        (None, "Обмін ударами між двома країнами не вщухає: загинули 5 осіб."),
        (None, "Курс валют: обменные пункты вернули 1000 долларов."),
        (None, ""),
        (None, "word"),
    ],
)
def test_ordinary_news_is_rejected_at_a_named_gate(title: str | None, text: str) -> None:
    found = DETECTOR.detect(title, text, PUBLISHED)
    assert isinstance(found, Rejection)
    assert found.gate in {"words", "sides", "news", "score"}
    assert found.reason


@settings(max_examples=150)
@given(st.text(max_size=300), st.text(max_size=1500))
def test_no_text_raises(title: str, text: str) -> None:
    DETECTOR.detect(title, text, PUBLISHED)


HEAP = """Russia Ukraine returned handed over to Kyiv 909 bodies prisoners for each 34 on Friday , . : of the
Україна передала полонених 205 на повернули двісті-триста тисяч обмін Россия вернула взамен столько же по 303 пленных
\x00 \ud800 \u202e ~ *"""
WORDS = st.sampled_from(HEAP.split())


@settings(max_examples=300)
@given(st.lists(WORDS, max_size=60).map(" ".join))
def test_no_heap_of_exchange_words_raises(text: str) -> None:
    DETECTOR.detect(None, text, PUBLISHED)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        (
            "Ukraine brought home 150 prisoners on Friday: 80 soldiers, 40 sailors and 20 border guards.",
            "breakdown does not add up: 80 + 40 + 20 = 140, not 150",
        ),
        (
            "Ukraine received 250 bodies of its soldiers on Friday. By direction:\n— Donetsk 206\n— Bakhmut 17\n"
            "— Zaporizhzhia 14\n— Kharkiv 3",
            "breakdown does not add up: 206 + 17 + 14 + 3 = 240, not 250",
        ),
        ("Ukraine brought home 150 prisoners on Friday: 80 soldiers, 40 sailors and 30 border guards.", None),
        ("Ukraine brought home 150 prisoners on Friday, among them 12 officers, 3 medics and 5 sailors.", None),
    ],
)
def test_a_breakdown_that_does_not_add_up_is_reported(text: str, flag: str | None) -> None:
    first = report(text).exchanges[0]
    assert first.flags == ((flag,) if flag else ())


def test_two_numbers_that_add_up_to_a_third_are_its_parts() -> None:
    told = Detector.load().detect(
        None,
        "Russia and Ukraine exchanged 270 servicemen and 120 civilians each on Friday, the defence ministry in Moscow "
        "said. Kyiv confirmed that 390 Ukrainians had been brought home.",
        date(2025, 5, 24),
        "en",
    )
    assert isinstance(told, Report)
    figures = {(t.giver, t.receiver, t.count.best) for e in told.exchanges for t in e.transfers if t.count}
    assert figures == {("RU", "UA", 390), ("UA", "RU", 390)}
