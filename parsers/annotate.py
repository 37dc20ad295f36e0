"""A title and a text -> sentences with the terms, counts and days that the rules know in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from parsers import dates, numbers
from parsers.lexicon import FLAG, Mention, unelided
from parsers.rules import Language
from parsers.text import Text, normalise, sentences

_TOKEN = re.compile(
    r"\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})(?!\d)|\d{4}-\d\d-\d\d(?!\d)"
    r"|\d{1,3}(?:[ ,.']\d{3})+(?![\d])|\d+[.,]\d{1,2}(?!\d)|\d+"
    rf"|[^\W\d_]+(?:['-][^\W\d_]+)*|{FLAG}|[^\w\s]"
)
_WORD = re.compile(rf"[^\W\d_]+(?:['-][^\W\d_]+)*|\d+|{FLAG}")
# More than this of a text is not read: no news article is longer, and hostile input stays cheap.
LONGEST = 100_000
THINGS = ("body", "prisoner", "civilian", "captivity")
TRANSFERS = ("give", "free", "return", "receive", "retrieve", "come", "swap")
EXCHANGES = ("swap", "reverse")


@dataclass(slots=True)
class Sentence:
    """A sentence's tokens (lower case, with clean offsets) and what was found among them."""

    part: Literal["title", "text"]
    number: int
    start: int
    end: int
    words: list[str]
    starts: list[int]
    ends: list[int]
    mentions: list[Mention]
    counts: list[numbers.Count]
    days: list[dates.Day]
    paragraph: int = 0
    leads: dict[Mention, str] = field(default_factory=dict)
    _by_class: dict[str, list[Mention]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for m in self.mentions:
            self._by_class.setdefault(m.cls, []).append(m)

    def adopt(self, parties: frozenset[str], **roles: str) -> None:
        """Take what is of some classes, and of these parties, for what the roles say from now on."""
        adopted = (m._replace(cls=roles[m.cls]) if m.cls in roles and m.value in parties else m for m in self.mentions)
        self.mentions = list(dict.fromkeys(adopted))
        self._by_class.clear()
        self.__post_init__()

    def of(self, *classes: str) -> list[Mention]:
        """The mentions of some classes, in order."""
        if len(classes) == 1:
            return self._by_class.get(classes[0], [])
        return [m for m in self.mentions if m.cls in classes]

    def has(self, *classes: str) -> bool:
        """Whether any of the classes is mentioned."""
        return not self._by_class.keys().isdisjoint(classes)


@dataclass(slots=True)
class Annotated:
    """An article as the rules see it."""

    title: Text
    text: Text
    sentences: list[Sentence]

    def raw(self, sentence: Sentence) -> tuple[int, int, str]:
        """A sentence's raw offsets and wording."""
        source = self.title if sentence.part == "title" else self.text
        start, end = source.offset(sentence.start), source.offset(sentence.end)
        return start, end, source.raw[start:end]


def readable(title: str | None, text: str) -> tuple[Text, Text]:
    """What is read of an article: its title and its text, normalised."""
    return normalise((title or "")[:LONGEST]), normalise(text[:LONGEST])


def may_mention(head: Text, body: Text, language: Language, groups: Iterable[frozenset[str]]) -> bool:
    """Whether an article may have terms of each group of classes: quick, and never no where `annotate` finds them."""
    words = set(_WORD.findall(_one_e(f"{head.clean}\n{body.clean}".lower())))
    if language.lexicon.elisions:
        words = {unelided(word, language.lexicon.elisions) for word in words}
    return language.lexicon.covers(words, groups)


def _one_e(lower: str) -> str:
    """Small letters with one letter for the two that Russian prints for one: the rules have no ё."""
    return lower.replace("ё", "е")


def annotate(head: Text, body: Text, language: Language, published: date | None) -> Annotated:
    """Find everything the rules know; never raises, whatever the text."""
    found = [*_sentences("title", head, language, published), *_sentences("text", body, language, published)]
    return Annotated(head, body, found)


def _sentences(
    part: Literal["title", "text"], text: Text, language: Language, published: date | None
) -> Iterable[Sentence]:
    lower = text.clean.lower()
    if len(lower) != len(text.clean):
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text.clean)
    lower = _one_e(lower)
    paragraph = 0
    last = 0
    for number, (start, end) in enumerate(sentences(text.clean, language.lexicon.abbreviations)):
        paragraph += text.clean.find("\n", last, start) >= 0
        last = end
        yield _sentence(part, number, paragraph, lower, start, end, language, published)


def _sentence(
    part: Literal["title", "text"],
    number: int,
    paragraph: int,
    lower: str,
    start: int,
    end: int,
    language: Language,
    published: date | None,
) -> Sentence:
    tokens = list(_TOKEN.finditer(lower, start, end))
    words = [token.group() for token in tokens]
    starts, ends = [token.start() for token in tokens], [token.end() for token in tokens]
    if language.lexicon.elisions:
        words = [unelided(word, language.lexicon.elisions) for word in words]
        starts = [end - len(word) for end, word in zip(ends, words, strict=True)]
    mentions = language.lexicon.mentions(words)
    classes = {m.cls for m in mentions}
    if "month" in classes:
        mentions = [m for m in mentions if m.cls != "month" or _is_month(words, m, language)]
    if "from" in classes or "exchange_other" in classes:
        hidden = [m for m in mentions if m.cls in ("from", "exchange_other")]
        mentions = [m for m in mentions if m in hidden or not _inside(m, hidden)]
    counts = numbers.counts(words, starts, ends, language.numbers)
    dated = not classes.isdisjoint(dates.CLASSES) or any(word[0].isdigit() for word in words)
    dated = dated or not language.dates.marks.isdisjoint(words)
    days = dates.days(words, mentions, published, language.dates) if dated else []
    if not counts:
        return Sentence(part, number, start, end, words, starts, ends, mentions, [], days, paragraph)
    counts = [c for c in counts if not _in_days(c, days)]
    counts = [c for c in counts if not (c.best <= 31 and c.digits and _beside_month(c, mentions))]
    counts = [c for c in counts if not any(m.first < c.first < m.last and m.cls == "body" for m in mentions)]
    counts = numbers.joined(list(_after_months(counts, words, mentions)), words, starts, ends, language.numbers)
    counts = [_with_bound(c, mentions) for c in counts]
    return Sentence(part, number, start, end, words, starts, ends, mentions, counts, days, paragraph)


def _is_month(words: list[str], mention: Mention, language: Language) -> bool:
    """A month name needs a number beside it or a word such as "in" before it ("may" is a verb too)."""
    before = words[mention.first - 1] if mention.first else ""
    after = words[mention.last] if mention.last < len(words) else ""
    numbered = before[:1].isdigit() or after[:1].isdigit() or language.dates.day_before(words, mention.first)[0]
    return bool(numbered) or before in language.month_leads or not language.month_leads


def _inside(mention: Mention, spans: list[Mention]) -> bool:
    return mention.cls in ("to", "side", "people", "swap", "body", "swap_verb") and any(
        s.first <= mention.first < s.last for s in spans
    )


def _in_days(count: numbers.Count, days: list[dates.Day]) -> bool:
    return any(day.first <= count.first < day.last for day in days)


def _beside_month(count: numbers.Count, mentions: list[Mention]) -> bool:
    return any(m.cls == "month" and (m.last == count.first or m.first == count.last) for m in mentions)


def _after_months(counts: list[numbers.Count], words: list[str], mentions: list[Mention]) -> Iterable[numbers.Count]:
    """ "March 28 909 bodies" is read as one grouped number; the day belongs to the month before it."""
    months = {m.last for m in mentions if m.cls == "month"}
    for count in counts:
        day, _, rest = words[count.first].partition(" ")
        if count.first in months and rest and int(day) <= 31:
            yield count._replace(best=int(rest.replace(" ", "")))
        else:
            yield count


def _with_bound(count: numbers.Count, mentions: list[Mention]) -> numbers.Count:
    verbs = [m for m in mentions if m.cls in TRANSFERS and m.last == count.first]
    bounds = (m for m in mentions if m.last == count.first and m.cls in ("at_least", "at_most", "about"))
    # "handed over 909" is no "over 909".
    bound = next((m for m in bounds if all(m.first == v.first for v in verbs)), None)
    if bound is None or count.high is not None:
        return count
    low = count.best if bound.cls == "at_least" else None
    high = count.best if bound.cls == "at_most" else None
    return count._replace(low=low, high=high)
