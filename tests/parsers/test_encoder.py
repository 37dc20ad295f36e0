"""Articles are read by the encoder: what it is given, what it answers, and what becomes of score, status and day."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from core.model import Rejection, Report
from parsers import encoder, model
from parsers.detect import Detector, Inquiry, inquire
from parsers.encoder import Encoder, apart
from parsers.explain import explain
from parsers.pieces import AGES, BEGINS, ENDS, FIRST, MOST, NEITHER, SECOND, THIRD, UNKNOWN, pieces_of, read
from tests.parsers.samples import PUBLISHED, WITHOUT_WORDS, each_report, sentences_of

SIDES = ("RU", "UA")
FRIDAY = "2025-06-13"
PIECES = [BEGINS, ENDS, UNKNOWN, "russia", "ukraine", "israel", "60", "free", "##d", ".", "friday"]
KNOWN = {piece: row for row, piece in enumerate(PIECES)}
CLASSES = {"free": 0, "side": 1}
SPELLED = {"pri": 0, "##son": 1, "##ers": 2, "prison": 3, "cafe": 4, "-": 5, "1": 6, "##212": 7, ",": 8}
DOUBTFUL_REPORT = (
    "Doctors in Kyiv look after the marines who came back from captivity at noon. Moscow got as many, it says."
)
DOUBTFUL = (
    "Thousands marched in Kyiv on Friday for the prisoners of war whom Russia holds. 12 who came home in spring spoke "
    "to the crowd."
)


def test_a_piece_is_given_with_its_class_its_side_and_its_part_of_the_article() -> None:
    article = read(sentences_of("Ukraine", "Russia freed 60. Israel."), SIDES, PUBLISHED, KNOWN, CLASSES)
    spelled = [PIECES[row] for row in article.pieces]
    assert spelled == [BEGINS, "ukraine", ENDS, "russia", "free", "##d", "60", ".", "israel", "."]
    assert article.roles.tolist() == [NEITHER, SECOND, NEITHER, FIRST, *[NEITHER] * 4, THIRD, NEITHER]
    assert article.parts.tolist() == [0, 1, 0, *[2] * 7]
    assert [spelled[i] for i in article.classes[:, CLASSES["free"]].nonzero()[0]] == ["free", "##d"]
    assert [spelled[i] for i in article.classes[:, CLASSES["side"]].nonzero()[0]] == ["ukraine", "russia", "israel"]


def test_a_piece_is_given_with_how_far_off_its_day_is_and_a_weekday_may_be_the_last_or_the_next() -> None:
    article = read(sentences_of(None, "Russia freed 60. Ukraine freed 60 on Friday."), SIDES, PUBLISHED, KNOWN, CLASSES)
    assert [PIECES[row] for row, age in zip(article.pieces, article.ages, strict=True) if age] == ["friday"]
    last, following = article.days
    assert (last.value, following.value) == (FRIDAY, "2025-06-20")
    assert last.place == following.place == article.ages.argmax()
    assert 0 < article.ages[last.place] < last.age < following.age < AGES


@given(st.text(), st.text())
def test_any_article_can_be_read(title: str, text: str) -> None:
    article = read(sentences_of(title, text), SIDES, PUBLISHED, KNOWN, CLASSES)
    assert len(article.pieces) == len(article.roles) == len(article.parts) == len(article.classes) <= MOST
    assert len(article.ages) == len(article.pieces)
    assert article.pieces[0] == KNOWN[BEGINS]


@pytest.mark.parametrize("text", ["Russia freed 60. " * 500, "Russia freed 60 " * 500])
def test_of_a_long_article_only_so_much_is_read(text: str) -> None:
    assert MOST - 5 <= len(read(sentences_of(None, text), SIDES, PUBLISHED, KNOWN, CLASSES).pieces) <= MOST


def test_of_a_long_article_the_headline_the_beginning_and_the_numbers_are_read() -> None:
    filler = "Ukraine, Ukraine. " * 200
    title, text = "Israel", f"Russia free. {filler}Friday. Russia freed 60 prisoners of Ukraine. {filler}"
    scene = inquire(Detector.load().by_evidence(), title, text, PUBLISHED, "en").scene
    assert scene is not None
    article = read(scene.sentences, SIDES, PUBLISHED, KNOWN, CLASSES, scene.candidates)
    spelled = [PIECES[row] for row in article.pieces]
    assert spelled[:5] == [BEGINS, "israel", ENDS, "russia", "free"]
    ((first, last),) = article.numbers[0].places
    assert spelled[first:last] == ["60"]
    assert "friday" not in spelled
    assert len(spelled) <= MOST


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("prisoners", ["prison", "##ers"]),
        ("prison-prison", ["prison", "-", "prison"]),
        ("café", ["cafe"]),
        ("1212", ["1", "##212"]),
        ("пленные", [UNKNOWN]),
        ("prisonx", [UNKNOWN]),
    ],
)
def test_a_word_is_spelled_by_its_longest_known_pieces(word: str, pieces: list[str]) -> None:
    assert list(pieces_of(word, SPELLED)) == pieces


@given(st.text())
def test_any_word_is_spelled_by_known_pieces(word: str) -> None:
    assert {*pieces_of(word, SPELLED)} <= {*SPELLED, UNKNOWN}


def test_the_nearest_pieces_are_told_apart_and_the_farthest_are_alike() -> None:
    away = apart(300)
    assert away[0, :8].tolist() == [0, *range(encoder.STEPS + 1, encoder.STEPS + 8)]
    assert away[7, :8].tolist() == [7, 6, 5, 4, 3, 2, 1, 0]
    assert len({*away[299, :100].tolist()}) == 1


@each_report
def test_a_report_is_read_as_one(language: str, title: str, text: str) -> None:
    assert encoder.load().ask(sentences_of(title, text, language), SIDES, PUBLISHED, (), language).report > 1


@pytest.mark.parametrize(
    "text",
    [
        "The museum in Moscow has returned 40 paintings to Kyiv. They had hung in its cellar since the war, when a "
        "Russian officer carried them off; a curator and the ambassador of Ukraine signed for the crates.",
        "A court in Kyiv sentenced a Russian soldier to 12 years for shooting prisoners. The widow of one of the dead "
        "said that Russia should hand over the officer who gave the order.",
    ],
)
def test_what_only_sounds_like_a_report_is_not_read_as_one(text: str) -> None:
    assert encoder.load().ask(sentences_of(None, text), SIDES, PUBLISHED).report < -1


@pytest.mark.parametrize("text", [*WITHOUT_WORDS, "a" * 100_000, "Russia freed 60. " * 500])
def test_any_article_has_an_answer(text: str) -> None:
    detector = Detector.load()
    scene = inquire(
        detector.by_evidence(), None, "Russia freed 60 prisoners of Ukraine. " + text, PUBLISHED, "en"
    ).scene
    assert scene is not None
    answer = encoder.load().ask(scene.sentences, SIDES, PUBLISHED, scene.candidates)
    assert np.isfinite(
        [answer.report, *answer.status.values(), *(each for of in answer.numbers.values() for each in of)]
    ).all()


def asked(text: str) -> tuple[Inquiry, Inquiry]:
    """An article with the encoder, and by its evidence alone."""
    whole = Detector.load()
    bare = whole.by_evidence()
    with_it, without = (inquire(each, None, text, PUBLISHED, "en") for each in (whole, bare))
    return with_it, without


def test_what_the_evidence_rules_out_is_not_asked() -> None:
    told, _ = asked("A court in Kyiv sentenced a captured Russian soldier to 12 years in prison. He was flown to Lviv.")
    assert isinstance(told.verdict, Rejection)
    assert told.read is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Russia and Ukraine exchanged 60 prisoners of war each on Friday, the Kremlin said.", "completed"),
        ("Russia and Ukraine agreed on Friday to exchange 60 prisoners of war each next week.", "planned"),
        ("Kyiv called off Friday's exchange of 60 prisoners of war each, Moscow's negotiator complained.", "postponed"),
    ],
)
def test_what_is_done_planned_or_put_off_is_read_as_such(text: str, status: str) -> None:
    read = encoder.load().ask(sentences_of(None, text), SIDES, PUBLISHED).status
    assert max(read, key=lambda each: read[each]) == status


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Russia and Ukraine exchanged 60 prisoners of war each on Friday. On 2 June they had freed 48.", FRIDAY),
        ("Россия и Украина обменяли в пятницу по 60 военнопленных. 2 июня стороны отдали по 48 человек.", FRIDAY),
        ("Росія та Україна у п'ятницю обміняли по 60 військовополонених. 2 червня сторони віддали по 48.", FRIDAY),
        ("Russia and Ukraine have exchanged 60 prisoners of war each. The last exchange was on 2 June.", None),
    ],
)
def test_the_day_of_the_exchange_is_read_as_such(text: str, day: str | None) -> None:
    language = "en" if text.isascii() else "uk" if "і" in text else "ru"
    read = encoder.load().ask(sentences_of(None, text, language), SIDES, PUBLISHED, (), language).days
    assert sum(read.values()) == pytest.approx(1)
    assert max(read, key=lambda each: read[each]) == day


def test_without_a_day_of_publication_no_day_is_read() -> None:
    told = sentences_of(None, "Russia and Ukraine exchanged 60 prisoners of war each on 13 June 2025.")
    assert encoder.load().ask(told, SIDES, None).days == {None: 1.0}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Russia and Ukraine exchanged 60 prisoners of war each on Friday, officials said.", "completed"),
        ("Russia and Ukraine will exchange 60 prisoners of war each on Friday, officials said.", "planned"),
    ],
)
def test_whether_a_weekday_is_the_last_or_the_next_one_the_status_tells(text: str, status: str) -> None:
    told = inquire(Detector.load(), None, text, PUBLISHED, "en")
    assert told.status == status
    assert told.days[0].value == (FRIDAY if status == "completed" else "2025-06-20")


@pytest.mark.parametrize("day", ["31.12.9999", "31 December 9999", "9999-12-31", "1.1.0001", "the 15th of June 1925"])
def test_a_day_that_cannot_be_that_of_an_exchange_is_none(day: str) -> None:
    text = f"Russia and Ukraine exchanged 60 prisoners of war each on Friday. The permit is valid until {day}."
    told = inquire(Detector.load(), None, text, PUBLISHED, "en")
    assert told.days[0].value == FRIDAY


def test_what_is_read_of_an_earlier_day_speaks_for_no_day_a_week_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only of a weekday it is open whether the last or the next is meant."""
    text = "Russia and Ukraine will exchange 60 prisoners of war each on 18 June. They met on 11 June."
    sure = {"completed": -20.0, "planned": 20.0, "postponed": -20.0}
    told = []
    for day in ("2025-06-11", "2025-06-18"):
        answer = encoder.Answer(5.0, sure, {None: 0.0, day: 1.0})
        monkeypatch.setattr(Encoder, "ask", lambda *_, answer=answer: answer)
        told.append(inquire(Detector.load(), None, text, PUBLISHED, "en").days[0])
    assert told[0].value == told[1].value == "2025-06-18"
    assert told[0].probability < told[1].probability


def test_the_day_is_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Russia and Ukraine exchanged 60 prisoners of war each. They met on Thursday and again on Friday."
    told = {}
    for day in ("2025-06-12", FRIDAY):
        answer = encoder.Answer(5.0, {"completed": 0.0, "planned": 0.0, "postponed": 0.0}, {day: 1.0})
        monkeypatch.setattr(Encoder, "ask", lambda *_, answer=answer: answer)
        told[day] = inquire(Detector.load(), None, text, PUBLISHED, "en").days
    for day, days in told.items():
        assert days[0].value == day
        assert {choice.value for choice in days} == {"2025-06-12", FRIDAY}


def test_the_status_is_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = Detector.load()
    told = inquire(detector, None, DOUBTFUL_REPORT, PUBLISHED, "en")
    assert told.status == "completed"
    unlike = encoder.Answer(5.0, {"completed": -20.0, "planned": -20.0, "postponed": 20.0}, {None: 1.0})
    monkeypatch.setattr(Encoder, "ask", lambda *_: unlike)
    told = inquire(detector, None, DOUBTFUL_REPORT, PUBLISHED, "en")
    assert told.status == "postponed"
    assert isinstance(told.verdict, Report)
    assert {exchange.status for exchange in told.verdict.exchanges} == {"postponed"}


@pytest.mark.parametrize(
    "text", [DOUBTFUL, "On Friday Ukraine brought home the bodies of 909 soldiers, and Russia received 41."]
)
def test_the_score_is_of_both(text: str) -> None:
    told, bare = asked(text)
    assert bare.verdict.score > encoder.ASKED
    assert told.read is not None
    odds = math.log(bare.verdict.score / (1 - bare.verdict.score))
    assert told.verdict.score == pytest.approx(model.logistic(odds + told.read.report), abs=0.01)


def test_a_verdict_says_what_the_encoder_made_of_it() -> None:
    told, bare = asked(DOUBTFUL)
    assert isinstance(told.verdict, Rejection)
    assert isinstance(bare.verdict, Rejection)
    assert told.verdict.reason == f"{encoder.AGAINST}; {bare.verdict.reason}"
    told, _ = asked(DOUBTFUL_REPORT)
    assert isinstance(told.verdict, Report)
    assert told.verdict.reasons[0] == encoder.FOR


def test_explain_says_what_was_read_and_where() -> None:
    told = explain(Detector.load(), None, DOUBTFUL, PUBLISHED, "en")
    assert "the encoder is asked" in told
    assert "read by the encoder" in told


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Ukraine brings home 909 fallen soldiers",
            "Russia handed over the bodies of 909 fallen soldiers to Ukraine on Friday, the headquarters in Kyiv said. "
            "In return Moscow received 41 bodies. In May the two sides had exchanged 1,000 prisoners each.",
        ),
        (
            "uk",
            "Україна повернула тіла 909 полеглих воїнів",
            "У п'ятницю росія передала Україні тіла 909 полеглих воїнів, повідомив Координаційний штаб. Натомість "
            "російській стороні віддали 41 тіло. У травні сторони обмінялися полоненими у форматі 1000 на 1000.",
        ),
    ],
)
def test_it_hears_of_each_number_what_becomes_of_it(language: str, title: str, text: str) -> None:
    inquiry = inquire(Detector.load(), title, text, PUBLISHED, language)
    assert inquiry.read is not None
    heard = inquiry.read.numbers
    assert min(heard[909].news, heard[41].news) > 0 > heard[1000].news
    assert heard[1000].background > 0 > max(heard[909].background, heard[41].background)
    assert heard[909].dead > 0
    assert inquiry.sides is not None
    to_ukraine = inquiry.sides.index("UA")
    assert heard[909][to_ukraine] > heard[909][1 - to_ukraine]
    assert heard[41][to_ukraine] < heard[41][1 - to_ukraine]
    assert isinstance(inquiry.verdict, Report)
    told = {(t.giver, t.receiver, t.count.best) for e in inquiry.verdict.exchanges for t in e.transfers if t.count}
    assert told == {("RU", "UA", 909), ("UA", "RU", 41)}


def test_an_article_in_a_language_without_glosses_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parsers.gloss.languages", lambda: [])
    text = "Росія та Україна у п'ятницю обміняли по 60 військовополонених, повідомив штаб."
    inquiry = inquire(Detector.load(), None, text, PUBLISHED, "uk")
    assert isinstance(inquiry.verdict, Report)
    assert inquiry.read is None


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, ...]:
    """Copies of the encoder's files, to be spoiled."""
    packaged = (encoder.FILE, encoder.MATRICES, encoder.PIECES)
    copied = tuple(tmp_path / file.name for file in packaged)
    for file, copy in zip(packaged, copied, strict=True):
        copy.write_bytes(file.read_bytes())
    return copied


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("content", [b"", b"no weights", None])
def test_a_missing_or_cut_off_encoder_is_one_clear_error_at_the_start(
    files: tuple[Path, ...], which: int, content: bytes | None
) -> None:
    files[which].unlink()
    if content is not None:
        files[which].write_bytes(content)
    with pytest.raises(ConfigError, match=r"^encoder\.[.a-z]+: [^\n]+$"):
        Encoder(*files)


@pytest.mark.parametrize("which", range(3))
def test_a_spoiled_encoder_is_one_clear_error_when_it_is_asked(files: tuple[Path, ...], which: int) -> None:
    content = bytearray(files[which].read_bytes())
    content[len(content) // 2] ^= 255
    files[which].write_bytes(content)
    with pytest.raises(ConfigError, match=r"^encoder\.[.a-z]+: [^\n]+$"):
        Encoder(*files).ask(sentences_of(None, "Russia freed 60."), SIDES, PUBLISHED)
