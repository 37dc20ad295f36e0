"""A sentence -> the numbers in it that may count people handed over, each with its noun phrase, verb and partner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from parsers import claims
from parsers.annotate import TRANSFERS, Sentence
from parsers.clauses import PEOPLE, STOPS, governing, noun_phrase, transfer_verbs
from parsers.lexicon import Mention
from parsers.numbers import Count
from parsers.rules import Language

# "The same number" refers to a number at most this many sentences back.
_SAME_BACK = 2
# An official speaks on ("we", "they") for this many sentences.
_HEARD = 6
# An article with more numbers than this is a table; the rest is not read.
_MOST = 300
_YEARS = (1700, 2060)
# "The bodies of four hostages", "тело ещё одного заложника": so many words stand between at most.
_OF = 2
# A transfer told without a number is the news only where it is told plainly and early: captives or bodies at most so
# many tokens from their transfer, in one of the first sentences, with a party.
_BESIDE = 12
_EARLY = 8
_PARTIES = ("side", "people", "own", "to", "from", "official", "we", "us")
_ANYBODY = ("wounded", "own", "military", "civilian", "person", "people")


@dataclass(slots=True, eq=False)
class Candidate:
    """One number (or "the same number") that may tell a transfer, with what the sentence says around it."""

    sentence: Sentence
    before: Sentence | None
    count: Count
    language: Language
    verb: Mention | None
    people: list[Mention]
    ahead: list[Mention]
    end: int
    voice: str | None
    each: bool = False
    same: bool = False
    partner: Candidate | None = None
    first_of_pair: bool = False
    previous: Candidate | None = None
    next: Candidate | None = None
    beside: str | None = None  # its side, and what it counts, once they were asked for
    named: str | None = None
    looking_back: bool = False
    verbs: list[Mention] = field(default_factory=list)

    @property
    def value(self) -> int:
        """The number told."""
        return self.count.best

    def mentions(self, first: int, last: int, *classes: str) -> list[Mention]:
        """The sentence's mentions of some classes that begin in a stretch of tokens."""
        return [m for m in self.sentence.mentions if first <= m.first < last and m.cls in classes]


def candidates(sentences: Sequence[Sentence], language: Language) -> list[Candidate]:
    """Every number that stands near people or a transfer, in the order of the text, the headline's last."""
    found: list[Candidate] = []
    body = [s for s in sentences if s.part == "text"]
    heads = [s for s in sentences if s.part == "title"]
    back = False
    for at, sentence in enumerate([*body, *heads]):
        before = body[at - 1] if at and sentence.part == "text" else None
        back = _looks_back(sentence, before, back)
        if not sentence.counts and not sentence.has("same", "so_many"):
            continue
        heard = body[max(0, at - _HEARD) : at] if sentence.part == "text" else body[:3]
        if len(found) >= _MOST:
            break
        found += _in_sentence(sentence, before, language, claims.voice(sentence, heard), back, found)
    return found


def _in_sentence(
    sentence: Sentence,
    before: Sentence | None,
    language: Language,
    voice: str | None,
    back: bool,
    told: Sequence[Candidate],
) -> list[Candidate]:
    verbs = transfer_verbs(sentence)
    made: list[Candidate] = []
    none = sentence.of("none")
    for count in sentence.counts:
        if any(m.first <= count.first < m.last for m in none):
            continue
        people, end = noun_phrase(sentence, count, verbs, language)
        counted = people and people[0].first <= count.last + 1
        if _is_year(sentence, count) and not counted and all(v.last != count.first for v in verbs):
            continue
        made.append(
            Candidate(
                sentence,
                before,
                count,
                language,
                governing(sentence, count, verbs),
                people,
                _people_ahead(sentence, count, verbs),
                end,
                voice,
                each=_each(sentence, count, end, verbs, told),
                looking_back=back,
                verbs=verbs,
            )
        )
    _pair_up(made)
    made += _same_number(sentence, before, language, voice, back, verbs, [*told, *made])
    previous = told[-1] if told else None
    for candidate in made:
        candidate.previous, previous = previous, candidate
        if candidate.previous is not None:
            candidate.previous.next = candidate
    return made


def _is_year(sentence: Sentence, count: Count) -> bool:
    """Whether four digits are more likely a year than people."""
    word = sentence.words[count.first]
    return count.digits and len(word) == 4 and word.isdigit() and _YEARS[0] <= count.best <= _YEARS[1]


def unnumbered(sentences: Sequence[Sentence], language: Language, *, plainly: bool = True) -> list[Candidate]:
    """The sentences that tell of a transfer of people without a number, as candidates of the number 0.

    `plainly`: captives or bodies beside their transfer, with a party, in one of the first sentences.
    """
    found: list[Candidate] = []
    for sentence in sorted(sentences, key=lambda s: (s.part != "title", s.number)):
        things = sentence.of("body", "prisoner", "captivity", *(() if plainly else _ANYBODY))
        verbs = transfer_verbs(sentence)
        if not things or not verbs or sentence.has("exchange_other", "past", "cumulative"):
            continue
        if plainly and (sentence.number > _EARLY or not sentence.has(*_PARTIES)):
            continue
        here, verb = min(
            ((thing, verb) for thing in things for verb in verbs),
            key=lambda pair: (abs(pair[1].first - pair[0].first), pair[1].cls == "swap"),
        )
        if plainly and abs(verb.first - here.first) > _BESIDE:
            continue
        people = [m for m in sentence.mentions if m.cls in PEOPLE]
        voice = claims.voice(sentence, [])
        count = Count(0, None, None, here.first, here.first, digits=False)
        found.append(Candidate(sentence, None, count, language, verb, people, [], here.last, voice, verbs=verbs))
    return found


def _people_ahead(sentence: Sentence, count: Count, verbs: Sequence[Mention]) -> list[Mention]:
    """People words right before a number ("bodies: 909", "prisoners, 84 of them")."""
    found = [
        m for m in sentence.of("body", "prisoner", "civilian") if count.first - 4 <= m.first and m.last <= count.first
    ]
    return [m for m in found if not any(m.last <= v.first < count.first for v in verbs)]


def _each(sentence: Sentence, count: Count, end: int, verbs: Sequence[Mention], told: Sequence[Candidate]) -> bool:
    """Whether a number is told of each side: "303 each", "по 205", "84 from either side"."""

    def near(first: int, last: int, *classes: str) -> bool:
        return any(first <= m.first < last and m.cls in classes for m in sentence.mentions)

    if near(count.last, end + 3, "each") or near(max(0, count.first - 4), count.first, "each"):
        return True
    return (
        near(max(0, count.first - 2), count.first, "each_before")
        and not near(count.last, count.last + 2, "unit")
        and (bool(verbs) or sentence.has("each", "swap_verb") or bool(told))
    )


def _pair_up(made: Sequence[Candidate]) -> None:
    """Numbers told as a pair: "909 for 34", "205 на 205", "1,000-for-1,000"."""
    for one, two in pairwise(made):
        words = one.sentence.words
        between = one.mentions(one.count.last, two.count.first, "pair")
        if not between or two.count.first - between[-1].last > 1 or one.partner is not None:
            continue
        gap = words[one.count.last : between[-1].first]
        # "15 had been given up in return for 31" has its verb between, "909 for 34" has none.
        divides = ("unit",) if between[-1].last - between[-1].first > 1 else ("unit", *TRANSFERS)
        other = one.mentions(one.count.last, between[-1].first, *divides)
        if len(gap) <= 9 and not STOPS.intersection(gap) and not other:
            one.partner, two.partner, one.first_of_pair = two, one, True


def _same_number(
    sentence: Sentence,
    before: Sentence | None,
    language: Language,
    voice: str | None,
    back: bool,
    verbs: list[Mention],
    told: Sequence[Candidate],
) -> list[Candidate]:
    """ "The same number", "столько же", "столько": a candidate with the number that it refers to."""
    for same in sentence.of("same", "so_many"):
        counts_things = any(m.cls == "unit" and same.last <= m.first <= same.last + 1 for m in sentence.mentions)
        said_again = any(m.first <= same.first < m.last for m in sentence.of("says"))
        source = next((c for c in reversed(told) if c.people or c.verb), None)
        if counts_things or said_again or source is None or source.sentence.part != sentence.part:
            continue
        if sentence.number - source.sentence.number > _SAME_BACK:
            continue
        count = source.count._replace(first=same.first, last=same.last)
        verb = governing(sentence, count, verbs)
        return [
            Candidate(
                sentence,
                before,
                count,
                language,
                verb,
                [],
                [],
                same.last,
                voice,
                same=same.cls == "same",
                looking_back=back,
                verbs=verbs,
            )
        ]
    return []


def _looks_back(sentence: Sentence, before: Sentence | None, already: bool) -> bool:
    """Whether a sentence goes on looking back: a paragraph that began so, or a list under such a heading."""
    if before is None or sentence.has("relative_day"):
        return False
    heading = before.words[-1:] == [":"] and before.has("past")
    if before.paragraph == sentence.paragraph:
        return already or (before.has("past") and before.of("past")[0].first <= 6)
    return heading or (already and _is_item(sentence))


def _is_item(sentence: Sentence) -> bool:
    """Whether a sentence is an item of a list: it begins with a bullet, a number or a month."""
    first = sentence.words[0] if sentence.words else ""
    return not first.isalpha() or any(m.cls == "month" and m.first == 0 for m in sentence.mentions)


def says_dead(c: Candidate) -> bool | None:
    """Whether a number's own noun says that it counts bodies, or prisoners; None where it says neither."""
    if c.ahead and c.ahead[-1].cls == "body" and c.count.first - c.ahead[-1].last <= _OF:
        return True
    named = {m.cls for m in c.people if m.cls in ("body", "prisoner")}
    if len(named) != 1 or c.people[0].first > c.count.last + 1:
        return None
    return "body" in named


def clause(candidate: Candidate) -> tuple[int, int]:
    """The tokens from the end of the clause before a candidate's verb to the end of its own."""
    words, verb = candidate.sentence.words, candidate.verb
    if verb is None:
        return 0, len(words)
    low, high = verb.first, verb.last
    while low > 0 and words[low - 1] not in ";:–!?" and verb.first - low < 14:
        low -= 1
    others = {v.first for v in candidate.verbs if v.first > verb.first and v.cls != "swap"}
    while high < len(words) and words[high] not in ";:–!?" and high not in others:
        high += 1
    return low, high
