"""The rule files -> everything that the detector knows of a language: terms, parties, numbers, date words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import ConfigError
from parsers.dates import DateWords
from parsers.lexicon import HERE, Lexicon, Meaning, as_terms, flag, read, terms_of
from parsers.numbers import NumberWords

# What an operator's own file may hold.
_OWN = (
    "language",
    "terms",
    "mediators",
    "conflict",
    "conflicts",
    "one_side_implies_the_other",
    "on_one_side",
    "understood_in",
    "parties",
    "home_of_language",
    "states",
)
# Vague names ("the army", "the government") stand for a party only where its opponent is named.
PARTY_CLASSES = ("side", "people", "own", "vague", "to", "from")


@dataclass(frozen=True, slots=True)
class Party:
    """A side of conflicts, or any state: its code and its name in English."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Parties at war with one another; the first two are its main ones.

    `implied` where naming one side names the other too ("Kyiv got back 909 of its dead").
    `allies` are those of its parties that fight on one side.
    """

    parties: tuple[str, ...]
    implied: bool = True
    allies: frozenset[str] = frozenset()

    def opponents(self, code: str) -> list[str]:
        """Whom one of its parties fights."""
        return [each for each in self.parties if each != code and not {each, code} <= self.allies]

    def implies(self, code: str) -> bool:
        """Whether naming this main party alone names its opponent: its only one, or the first of those on one side."""
        opponents = self.opponents(code)
        one_side = len(opponents) == 1 or self.allies.issuperset(opponents)
        return self.implied and one_side and code in self.parties[:2]


@dataclass(frozen=True, slots=True)
class Language:
    """All that is known of one language."""

    code: str
    lexicon: Lexicon
    numbers: NumberWords
    dates: DateWords
    prepositions: Mapping[str, frozenset[str]]
    passive_endings: tuple[str, ...]
    completed_endings: tuple[str, ...]
    completed_forms: frozenset[str]
    auxiliaries: frozenset[str]
    passive: frozenset[str]
    month_leads: frozenset[str]
    places: frozenset[str]
    active_endings: tuple[str, ...]
    function_words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """The languages and the parties that the detector knows.

    `home` is the party whose language one is, `understood` the war that is meant in one where nobody is named.
    """

    languages: Mapping[str, Language]
    parties: Mapping[str, Party]
    conflicts: tuple[Conflict, ...] = ()
    home: Mapping[str, str] = field(default_factory=dict)
    understood: Mapping[str, Conflict] = field(default_factory=dict)

    def conflicts_of(self, code: str) -> list[Conflict]:
        """The conflicts that a party belongs to, in the order of the files."""
        return [conflict for conflict in self.conflicts if code in conflict.parties]

    def rivals(self, code: str) -> list[str]:
        """Whom a party fights in any of its conflicts."""
        every = (rival for conflict in self.conflicts_of(code) for rival in conflict.opponents(code))
        return list(dict.fromkeys(every))


@cache
def load(extra: tuple[Path, ...] = ()) -> Rules:
    """The packaged rules, and an operator's own files after them. Raises ConfigError with file and key."""
    languages = {data["language"]: data for data in map(read, sorted((HERE / "languages").glob("*.yaml")))}
    parties: dict[str, Party] = {}
    home: dict[str, str] = {}
    conflicts: list[tuple[str, Mapping[str, Any]]] = []
    states: dict[str, Mapping[str, Any]] = {}
    for path in [*sorted((HERE / "conflicts").glob("*.yaml")), *extra]:
        data = read(path)
        if path in extra:
            _check_own(data, path.name, languages)
        if "language" in data:
            _extend(languages, data)
        conflicts += [(path.name, item) for item in data.get("conflicts") or [data] if "conflict" in item]
        states.update(data.get("states") or {})
    fought: list[Conflict] = []
    understood: dict[str, Conflict] = {}
    for file, item in conflicts:
        home.update(item.get("home_of_language") or {})
        members = item.get("parties") or {}
        allies = frozenset(as_terms(item.get("on_one_side") or [], f"{file}: on_one_side"))
        if not allies <= members.keys():
            raise ConfigError([f"{file}: on_one_side: {min(allies - members.keys())} is no party of the conflict"])
        fought.append(Conflict(tuple(members), bool(item.get("one_side_implies_the_other", True)), allies))
        understood.update(
            dict.fromkeys(as_terms(item.get("understood_in") or [], f"{file}: understood_in"), fought[-1])
        )
        parties.update({code: Party(code, str(party.get("name", code))) for code, party in members.items() if party})
    for code, state in states.items():
        parties.setdefault(code, Party(code, str(state.get("name", code))))
    _check_named(conflicts, parties)
    speech = {code: _language(data, conflicts, states) for code, data in languages.items()}
    return Rules(speech, parties, tuple(fought), home, understood)


def _check_named(conflicts: Iterable[tuple[str, Mapping[str, Any]]], parties: Mapping[str, Party]) -> None:
    """A conflict may name a party whose words another one has, or the states; somewhere it must have them."""
    nameless = [
        f"{file}: parties.{code}: no name and no words, here or in another conflict or among the states"
        for file, item in conflicts
        for code in item.get("parties") or {}
        if code not in parties
    ]
    if nameless:
        raise ConfigError(nameless)


def _check_own(data: Mapping[str, Any], file: str, languages: Mapping[str, Mapping[str, Any]]) -> None:
    """An operator's file says what it adds to; anything that would be passed over in silence is an error."""
    problems = [
        f"{file}: unknown key {key!r}; allowed are {', '.join(_OWN)}"
        for key in data
        if key not in _OWN and "numbers" not in data
    ]
    language = data.get("language")
    if ("terms" in data or "mediators" in data) and not isinstance(language, str):
        problems.append(f"{file}: terms need a language: a code such as 'en' at the top of the file")
    elif isinstance(language, str) and language not in languages and "numbers" not in data:
        known = ", ".join(sorted(languages))
        problems.append(f"{file}: no language {language!r} ({known}); a new one needs every section of en.yaml")
    elif isinstance(language, str) and language in languages:
        classes = set(languages[language]["terms"])
        for cls in data.get("terms") or {}:
            if cls not in classes:
                near = difflib.get_close_matches(cls, classes, n=1)
                problems.append(f"{file}: terms.{cls}: no such class{f'; did you mean {near[0]}?' if near else ''}")
    if not any(key in data for key in ("terms", "mediators", "conflict", "conflicts", "states")):
        problems.append(f"{file}: adds nothing; terms, mediators, conflicts or states are wanted")
    if problems:
        raise ConfigError(problems)


def _extend(languages: dict[str, dict[str, Any]], more: Mapping[str, Any]) -> None:
    """Add a file's terms and mediators to its language, or the whole language where it is new."""
    known = languages.setdefault(more["language"], {"language": more["language"], **more, "terms": {}, "mediators": {}})
    for section in ("terms", "mediators"):
        for key, terms in (more.get(section) or {}).items():
            as_terms(terms, f"{more['language']}: {section}.{key}")
            known[section] = {**(known.get(section) or {}), key: [*(known.get(section) or {}).get(key, []), *terms]}


def _language(
    data: Mapping[str, Any],
    conflicts: Iterable[tuple[str, Mapping[str, Any]]],
    states: Mapping[str, Mapping[str, Any]],
) -> Language:
    code = data["language"]
    lexicon = Lexicon(
        abbreviations=frozenset(data.get("abbreviations") or ()), elisions=tuple(data.get("elisions") or ())
    )
    for cls, term in terms_of(data, f"{code}.yaml"):
        lexicon.add(term, Meaning(cls))
    for section, cls in (
        ("months", "month"),
        ("weekdays", "weekday"),
        ("relative_days", "relative_day"),
        ("relative_months", "relative_month"),
        ("relative_years", "relative_year"),
        ("seasons", "season"),
        ("holidays", "holiday"),
        ("mediators", "mediator"),
    ):
        for value, terms in (data.get(section) or {}).items():
            for term in as_terms(terms, f"{code}.yaml: {section}.{value}"):
                lexicon.add(term, Meaning(cls, value))
    for file, conflict in conflicts:
        for party, entry in (conflict.get("parties") or {}).items():
            _add_party(lexicon, party, (entry or {}).get(code) or {}, f"{file}: {party}.{code}")
            if entry and (emblem := flag(party)):
                lexicon.add(emblem, Meaning("side", party))
    for state, names in states.items():
        if emblem := flag(state):
            lexicon.add(emblem, Meaning("state", state))
        for key, cls in (("side", "state"), ("people", "national")):
            for term in as_terms((names.get(code) or {}).get(key) or [], f"states: {state}.{code}.{key}"):
                lexicon.add(term, Meaning(cls, state))
    prepositions = {k: frozenset(v) for k, v in (data.get("prepositions") or {}).items()}
    numbers = NumberWords.read(data.get("numbers") or {})
    return Language(
        code,
        lexicon,
        numbers,
        DateWords.read(data, numbers.values, numbers.ordinal_endings),
        prepositions,
        tuple(data.get("passive_endings") or ()),
        tuple(data.get("completed_endings") or ()),
        frozenset(data.get("completed_forms") or ()),
        frozenset(data.get("auxiliaries") or ()),
        frozenset((data.get("terms") or {}).get("passive") or ()),
        frozenset(data.get("month_leads") or ()),
        prepositions.get("place", frozenset()),
        tuple(data.get("active_endings") or ()),
        frozenset(data.get("function_words") or ()),
    )


def _add_party(lexicon: Lexicon, party: str, entry: Mapping[str, Any], where: str) -> None:
    unknown = set(entry) - {*PARTY_CLASSES, "officials"}
    if unknown:
        raise ConfigError(
            [f"{where}: unknown key {sorted(unknown)[0]!r}; allowed are {', '.join((*PARTY_CLASSES, 'officials'))}"]
        )
    for cls in PARTY_CLASSES:
        for term in as_terms(entry.get(cls) or [], f"{where}.{cls}"):
            lexicon.add(term, Meaning(cls, party))
    for name, terms in (entry.get("officials") or {}).items():
        for term in as_terms(terms, f"{where}.officials.{name}"):
            lexicon.add(term, Meaning("official", (party, name)))
