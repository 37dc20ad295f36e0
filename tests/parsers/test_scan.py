"""The scan never loses what the detector would report, in whatever encoding, and both of its engines answer alike."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import Article, Page, Report, Unreadable
from parsers import rules, scan
from parsers.detect import Detector
from parsers.extract import extract
from parsers.letters import Letters
from parsers.necessary import necessary
from tests.parsers.rendered import cases, every_page, page, shapes

EXTRACTED_EVERY = 50


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load().by_evidence()


@pytest.fixture(scope="module")
def plain() -> scan.Scan:
    return scan.Scan.load(rules.load(), fast=False)


@pytest.fixture(scope="module")
def fast() -> scan.Scan:
    pytest.importorskip("hyperscan", reason="the fast engine is an extra")
    return scan.Scan.load(rules.load())


@pytest.fixture(scope="module")
def reported(detector: Detector) -> list[dict[str, Any]]:
    return [case for case in cases() if case["relevant"] and isinstance(verdict_of(detector, case), Report)]


def verdict_of(detector: Detector, case: dict[str, Any]) -> object:
    published = date.fromisoformat(case["published"]) if case["published"] else None
    return detector.detect(case["title"], case["text"], published, case["lang"])


Verdict = Callable[[str | None, str, datetime | None, str | None], object]


@pytest.fixture(scope="module")
def verdict(detector: Detector) -> Verdict:
    """The detector, asked once about a text: the same one comes out of most of an article's pages."""
    return cache(detector.detect)


def reports(verdict: Verdict, body: bytes, content_type: str) -> bool:
    fetched = Page("http://a.example/1", "http://a.example/1", "a", 200, body, datetime(2026, 1, 1, tzinfo=UTC))
    article = extract(fetched, "a")
    if isinstance(article, Unreadable):
        return False
    assert isinstance(article, Article)
    return isinstance(verdict(article.title, article.text, article.published, article.language), Report)


def test_every_labelled_report_passes_in_one_encoding_or_spelling_after_another(
    reported: list[dict[str, Any]], fast: scan.Scan
) -> None:
    """Each report in one of them, each of them with hundreds of reports; `make recall` tries every report in all."""
    tried: Counter[str] = Counter()
    lost: list[tuple[str, str]] = []
    for number, case in enumerate(reported):
        made = list(shapes(case).items())
        name, make = made[number % len(made)]
        body, content_type = make()
        tried[name] += 1
        if not fast.may_report(body, content_type):
            lost.append((case["id"], name))
    assert len(reported) > 500
    assert min(tried.values()) > 10
    assert lost == []


def test_what_is_found_in_pages_with_the_scan_is_what_is_found_without(verdict: Verdict, plain: scan.Scan) -> None:
    found_without, found_with = set(), set()
    for case in islice(cases(), 0, None, EXTRACTED_EVERY):
        for name, body, content_type in every_page(case):
            if reports(verdict, body, content_type):
                found_without.add((case["id"], name))
                if plain.may_report(body, content_type):
                    found_with.add((case["id"], name))
    assert len(found_without) > 100
    assert found_with == found_without


def test_letters_written_as_escapes_in_json_are_read(reported: list[dict[str, Any]], plain: scan.Scan) -> None:
    for case in reported[::10]:
        told = json.dumps({"@type": "NewsArticle", "headline": case["title"], "articleBody": "\n" + case["text"]})
        body = f'<html><body><script type="application/ld+json">{told}</script></body></html>'.encode()
        assert plain.may_report(body, "text/html"), case["id"]


def test_a_page_that_names_the_two_sides_without_any_transfer_does_not_pass(plain: scan.Scan) -> None:
    told = {
        "title": "Talks in Istanbul",
        "text": "Russia and Ukraine sat at one table.\n\nNobody spoke of the weather.",
    }
    assert not plain.may_report(page(told))


def test_words_in_scripts_styles_and_tags_do_not_count(plain: scan.Scan) -> None:
    body = (
        b"<html><body class='ukraine russia prisoners exchange'><script>var swap = 'Ukraine and Russia exchanged "
        b"prisoners of war';</script><style>.ukraine { content: 'prisoners returned' }</style>"
        b"<p>Cats sleep in the sun.</p></body></html>"
    )
    assert not plain.may_report(body)


@pytest.mark.parametrize(
    "body",
    [
        b"<!-- <script> --><p>TEXT</p><script>var a;</script>",
        b"<script src='a.js'/><p>TEXT</p><script>var a;</script>",
        b"<p>TEXT</p><script>never closed",
        b"<script>never closed <p>TEXT</p>",
        b"<p title='a > b'>TEXT</p>",
        b"1 < 2 <p>TEXT</p>",
        b"<p>TEXT",
        b"TEXT",
    ],
)
def test_what_cannot_be_taken_apart_for_certain_stays(body: bytes, plain: scan.Scan) -> None:
    assert plain.may_report(body.replace(b"TEXT", b"Ukraine and Russia exchanged prisoners of war on Friday."))


CYRILLIC = "абвгдеєжзиіїйклмнопрстуфхцчшщъыьэюя"


@pytest.mark.parametrize("more", ["", "".join(map(chr, range(0x561, 0x587)))], ids=["room", "no room for capitals"])
def test_capitals_are_read_as_small_letters(more: str) -> None:
    letters = Letters(CYRILLIC + "éß" + more)
    for code in (*range(0xD800), *range(0xE000, 0x10000)):
        assert letters.of_text(f"a{chr(code)}z") == letters.of_text(f"a{chr(code)}z".lower()), hex(code)
    assert letters.of_text("ОБМІН ЁЛКИ") == letters.of_text("обмін елки")


@pytest.mark.parametrize("inside", ["<b>", "</b><i>", "<B>", "</SPAN><!-- a --><span x='y'>", "<b>&shy;</b>", "<wbr>"])
def test_words_with_tags_inside_are_read_whole(inside: str) -> None:
    assert b" prisoners " in Letters("é").of_page(f"<p>the priso{inside}ners came</p>".encode())


@pytest.mark.parametrize("between", ["<br>", "</b> <b>", "</p><p>", "<b></p>", "<B >.<i>"])
def test_tags_between_words_divide_them(between: str) -> None:
    assert Letters("é").of_page(f"one{between}two".encode()) == b" one two "


ODD = st.text(
    alphabet=st.sampled_from("aeiouzßſİıKxукраинёіїй'’-<>/&;#\\u\u00ad\u200b\u0301\u0306 1M23\n"), max_size=60
)
WORDS = st.sampled_from(
    [
        "Ukraine",
        "РОССИЯ",
        "exchange",
        "prisoners",
        "обмін",
        "полонених",
        "тіла",
        "handed over",
        "M23",
        "DRC",
        "\U0001f1fa\U0001f1e6",
        "\U0001f1f7",
        "U.S.",
        "hand it all over",
    ]
)


@settings(max_examples=300)
@given(st.lists(st.one_of(ODD, WORDS), max_size=12).map("".join) | st.lists(WORDS | ODD, max_size=12).map(" ".join))
def test_both_engines_answer_alike_whatever_the_text(text: str) -> None:
    pytest.importorskip("hyperscan", reason="the fast engine is an extra")
    body = text.encode()
    assert ENGINES[0].may_report(body) == ENGINES[1].may_report(body)


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    ENGINES[0].may_report(body, "text/html; charset=nonsense")
    ENGINES[0].may_report(b"\xff\xfe" + body)


ENGINES = (scan.Scan.load(rules.load(), fast=False), scan.Scan.load(rules.load()))


def test_where_nothing_can_be_compiled_python_alone_tells_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numba raises when it finds no folder to keep in what it compiled."""

    def imported(name: str) -> object:
        if name == "parsers.one_pass":
            raise RuntimeError("cannot cache function")
        return import_module(name)

    monkeypatch.setattr(scan, "import_module", imported)
    monkeypatch.setattr(scan, "_NUMBA", object())
    assert scan.Scan.load(rules.load()).may_report(b"<p>Ukraine and Russia exchanged prisoners of war on Friday.</p>")


def test_both_engines_answer_alike_on_every_labelled_article(plain: scan.Scan, fast: scan.Scan) -> None:
    bodies = [page(case) for case in cases()]
    assert [plain.may_report(body) for body in bodies] == [fast.may_report(body) for body in bodies]


FLAGGED = "\U0001f1fa\U0001f1e6\U0001f1f7\U0001f1fa 205 prisoners of war were exchanged on Friday, 205 for 205."


def test_a_flag_names_a_side_for_the_detector_and_for_both_engines(
    detector: Detector, plain: scan.Scan, fast: scan.Scan
) -> None:
    verdict = detector.detect(None, FLAGGED, date(2025, 6, 15), "en")
    assert isinstance(verdict, Report)
    assert {party for exchange in verdict.exchanges for party in exchange.parties} == {"UA", "RU"}
    escaped = "".join(f"\\u{ord(half):04x}" for half in ("\ud83c", "\uddfa", "\ud83c", "\udde6"))
    bodies = [
        f"<p>{FLAGGED}</p>",
        f"<p>&#127482;&#127462;{FLAGGED[2:]}</p>",
        f'<script type="application/ld+json">{{"articleBody": "{escaped} {FLAGGED[4:]}"}}</script>',
    ]
    for body in bodies:
        assert plain.may_report(body.encode()), body
        assert fast.may_report(body.encode()), body
    assert not plain.may_report(f"<p>{FLAGGED[4:]}</p>".encode())


@pytest.mark.parametrize("damage", [b"", b"nothing of the kind", "cut", "flipped", "other"])
def test_automata_that_are_kept_are_those_of_the_terms_and_whole(tmp_path: Path, damage: bytes | str) -> None:
    hyperscan = pytest.importorskip("hyperscan", reason="the fast engine is an extra")
    condition, kept = necessary(rules.load()), tmp_path / "__pycache__" / "terms"
    words = condition.letters.of_text("Ukraine and Russia exchanged 300 prisoners of war")
    expected = scan.PlainFinder(condition)(words)
    first = scan.FastFinder(condition, kept)
    whole = kept.read_bytes()
    if isinstance(damage, bytes):
        kept.write_bytes(damage)
    elif damage == "cut":
        kept.write_bytes(whole[:-1])
    elif damage == "flipped":
        kept.write_bytes(whole[:-500] + bytes((whole[-500] ^ 1,)) + whole[-499:])
    else:
        other = hyperscan.Database()
        other.compile(expressions=[b"nothing"], ids=[0], elements=1, flags=[0])
        kept.write_bytes(bytes(32) + hyperscan.dumpb(other))
    second = scan.FastFinder(condition, kept)
    assert first(words) == second(words) == expected
    assert kept.read_bytes() == whole
    assert [file.name for file in kept.parent.iterdir()] == ["terms"]


def test_automata_that_are_kept_are_not_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hyperscan = pytest.importorskip("hyperscan", reason="the fast engine is an extra")
    condition, kept = necessary(rules.load()), tmp_path / "terms"
    words = condition.letters.of_text("Ukraine and Russia exchanged 300 prisoners of war")
    expected = scan.FastFinder(condition, kept)(words)
    monkeypatch.setattr(hyperscan, "Database", None)
    assert scan.FastFinder(condition, kept)(words) == expected != 0


def test_automata_are_compiled_where_nothing_can_be_kept(tmp_path: Path) -> None:
    pytest.importorskip("hyperscan", reason="the fast engine is an extra")
    condition = necessary(rules.load())
    (tmp_path / "file").write_bytes(b"")
    assert scan.FastFinder(condition, tmp_path / "file" / "terms")(b" ") == 0
