"""`check lexicon FILE`: an operator's file of rules is refused with its errors, or tried on the labelled articles."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from app.lexicon import _lines, check_lexicon
from core.config import load
from core.errors import ConfigError, InputError
from core.model import Report
from parsers import rules
from parsers.detect import Detector

OWN = """
language: en
terms:
  give: [relinquished]
conflict: kestria
parties:
  KESTRIA:
    name: Kestria
    en: {side: [kestria], people: [kestrian, kestrians]}
  ORLUND:
    name: Orlund
    en: {side: [orlund], people: [orlundish]}
"""


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_tried_on_the_labelled_articles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    every_tenth = list(islice(_lines(), 0, None, 10))
    monkeypatch.setattr("app.lexicon._lines", lambda: iter(every_tenth))
    check_lexicon(file(tmp_path, OWN))
    told = capsys.readouterr().out
    assert f"{len(every_tenth)} labelled articles" in told
    assert "as packaged" in told
    assert "with the file" in told
    assert "told anew" in told


def test_parties_of_an_own_conflict_are_sides(tmp_path: Path) -> None:
    detector = Detector.load((file(tmp_path, OWN),))
    found = detector.detect(
        "Kestria returns bodies of 40 soldiers to Orlund",
        "Kestria on Friday handed over the bodies of 40 Orlundish soldiers to Orlund, officials in Kestria said.",
        None,
        "en",
    )
    assert isinstance(found, Report)
    assert [(t.giver, t.receiver) for t in found.exchanges[0].transfers] == [("KESTRIA", "ORLUND")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("foo: 1", "unknown key 'foo'"),
        ("language: en\nterms:\n  giv: [a]", "no such class; did you mean give?"),
        ("terms:\n  give: [a]", "terms need a language"),
        ("language: xx\nterms:\n  give: [a]", "no language 'xx'"),
        ("language: en\nterms:\n  give: handed", "a list of words is wanted"),
        ("conflict: a\non_one_side: [X, IL]\nparties: {IL: {}, SY: {}}", "on_one_side: X is no party"),
        ("terms: [1", "own.yaml"),
        ("", "a mapping is wanted"),
    ],
)
def test_a_wrong_file_is_refused_in_words(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        check_lexicon(file(tmp_path, text))
    assert told in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        check_lexicon(tmp_path / "none.yaml")


def test_the_configuration_names_own_rules_from_where_it_lies(tmp_path: Path) -> None:
    own = file(tmp_path, OWN)
    (tmp_path / "config.yaml").write_text("rules: [own.yaml]\n", encoding="utf-8")
    assert load(tmp_path / "config.yaml", {}).rules == (own.resolve(),)
    own.unlink()
    with pytest.raises(ConfigError, match=r"rules\[0\]: no such file"):
        load(tmp_path / "config.yaml", {})


def test_a_party_may_be_in_several_conflicts() -> None:
    known = rules.load()
    assert {"HAMAS", "HEZBOLLAH", "SY"} <= set(known.rivals("IL"))
    assert known.parties["SY"].name == "Syria's government"


def test_a_party_without_words_anywhere_is_an_error(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("conflict: a\nparties: {RU: {}, NOBODY: {}}\n", "utf-8")
    with pytest.raises(ConfigError, match=r"own.yaml: parties.NOBODY: no name and no words"):
        rules.load((own,))
