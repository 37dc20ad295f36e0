"""A candidate -> the named evidence on what its number is: the news, background, or neither."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from parsers.candidates import Candidate
from parsers.clauses import STOPS, is_done, is_passive
from parsers.features.facing import counted, of_neighbours
from parsers.features.scene import Scene, age, steps

_NEAR = 4
_BACKDROP = (
    "part",
    "past",
    "cumulative",
    "cumulative_to",
    "planned",
    "postponed",
    "swap",
    "other_subject",
    "long_ago",
)


def of_number(c: Candidate, scene: Scene) -> set[str]:
    """The evidence on what a number is: the news, background, or neither."""
    return {
        *_shape(c),
        *_phrase(c),
        *_verb(c),
        *_statement(c),
        *_around(c),
        *_place(c),
        *_days(c, scene),
        *_among(c, scene),
        *of_neighbours(c, scene),
    }


def _size(value: int) -> str:
    for limit in (1, 4, 19, 99, 499, 1999):
        if value <= limit:
            return str(limit)
    return "more"


def _shape(c: Candidate) -> Iterable[str]:
    yield f"size {_size(c.value)}"
    yield "in digits" if c.count.digits else "in words"
    if c.count.low or c.count.high:
        yield "with a bound"
    if c.same:
        yield "the same number"
    if c.each:
        yield "each"
    if c.partner is not None:
        yield "first of a pair" if c.first_of_pair else "second of a pair"
        yield "equal pair" if c.partner.value == c.value else "unequal pair"


def _phrase(c: Candidate) -> Iterable[str]:
    for m in c.people:
        yield f"counts {m.cls}"
    if c.people:
        yield f"counts {'next' if c.people[0].first <= c.count.last + 1 else 'far'} {c.people[0].cls}"
    else:
        yield "counts nothing named"
    for m in c.ahead:
        yield f"ahead of it {m.cls}"


def _verb(c: Candidate) -> Iterable[str]:
    verb = c.verb
    if verb is None:
        yield "no verb"
        return
    where = "after" if verb.first > c.count.first else "before"
    yield f"verb {verb.cls}"
    yield f"verb {where} {steps(abs(verb.first - c.count.first))}"
    yield f"verb {verb.cls} {where}"
    done = is_done(c.sentence, verb, c.language)
    if done:
        yield "verb done"
        yield f"verb {verb.cls} done"
    if is_passive(c.sentence, verb, c.language):
        yield "verb passive"
    if c.language.auxiliaries.intersection(c.sentence.words[max(0, verb.first - 2) : verb.first]):
        yield "verb to be done"


# A word such as "among them" or "also" speaks of a number at most so many tokens after it.
_LEADING = 6
_CUES = ("cumulative", "cumulative_to", "past", "long_ago", "part", "planned", "postponed")


def _statement(c: Candidate) -> Iterable[str]:
    """How plainly the clause says that this number was handed over, and the word that takes it back."""
    s, verb, count = c.sentence, c.verb, c.count
    cues = [
        m.cls
        for m in s.mentions
        if m.cls in _CUES and (m.last <= count.first + 1 or m.first <= count.last + 1 or m.cls.startswith("cum"))
    ]
    nearest = min((m for m in s.mentions if m.cls in _CUES), key=lambda m: abs(m.first - count.first), default=None)
    cue = nearest.cls if nearest is not None else "nothing"
    named = counted(c)
    yield f"{named} with {cue} nearest"
    ahead = [m.cls for m in s.mentions if count.first - _LEADING <= m.first and m.last <= count.first]
    led = "as a part" if "part" in ahead else "besides" if "more" in ahead else "alone"
    yield f"{named} {led}"
    yield f"{named} {led}, size {_size(c.value)}"
    if verb is None:
        yield f"no verb, {named}"
        yield f"no verb with {cue} nearest"
        return
    first, last = sorted((verb.first, count.first))
    between = s.words[first + 1 : last]
    tight = not STOPS.intersection(between) and not any(first < o.first < last for o in s.counts)
    role = "object" if verb.first < count.first else "subject"
    kind = "swap" if verb.cls == "swap" else "come" if verb.cls == "come" else "transfer"
    state = "done" if is_done(s, verb, c.language) else "not done"
    if c.language.auxiliaries.intersection(s.words[max(0, verb.first - 2) : verb.first]):
        state = "to be done"
    bond = "tight" if tight else "loose"
    yield f"{bond} {role} of {kind}, {state}"
    yield f"{bond} {role} of {kind}, {state}, {named}"
    yield f"{bond} {kind} {state} with {cue} nearest"
    if not cues:
        yield f"{bond} {kind} {state} with no cue before"
        if s.has("side", "people", "own", "to", "official", "we", "us"):
            yield f"{bond} {kind} {state} with a side and no cue before"
    commas = s.words[first:last].count(",")
    yield f"{min(commas, 2)} commas to the verb"


def _around(c: Candidate) -> Iterable[str]:
    first, last = c.count.first, c.count.last
    for m in c.sentence.mentions:
        if m.last <= first:
            gap = first - m.last
            yield f"{'close ' if gap < _NEAR else ''}before it {m.cls}"
            if gap == 0:
                yield f"right before it {m.cls}"
        elif m.first >= last:
            yield f"{'close ' if m.first - last < _NEAR else ''}after it {m.cls}"
            if m.first == last:
                yield f"right after it {m.cls}"
        else:
            yield f"over it {m.cls}"
        if m.first == 0:
            yield f"sentence opens with {m.cls}"
    says = c.sentence.of("says")
    if says and any(m.first > says[0].first for m in c.sentence.of("had")):
        # "He said that 82 had been received" tells of no earlier exchange.
        yield "past perfect in what somebody said"
    if c.before is not None:
        for cls in _BACKDROP:
            if c.before.has(cls):
                yield f"sentence before has {cls}"


def _place(c: Candidate) -> Iterable[str]:
    s, words = c.sentence, c.sentence.words
    at = 99 if s.part == "title" else s.number
    yield "in the headline" if s.part == "title" else f"in sentence {steps(at)}"
    if s.part == "text" and s.paragraph == 0:
        yield "in the first paragraph"
    before = [other for other in s.counts if other.first < c.count.first]
    yield f"number {min(len(before), 3)} of the sentence"
    yield f"sentence with {min(len(s.counts), 5)} numbers"
    if before:
        yield "smaller than one before" if c.value < max(b.best for b in before) else "not smaller than one before"
    if c.looking_back:
        yield "in a passage that looks back"
    beside = {m.first for m in s.mentions if m.first == c.count.last} | {m.last for m in s.mentions}
    after = words[c.count.last] if c.count.last < len(words) else ""
    if after.isalpha() and after not in c.language.function_words and c.count.last not in beside:
        yield "right after it an unknown word"
    ahead = words[c.count.first - 1] if c.count.first else "^"
    behind = words[c.count.last] if c.count.last < len(words) else "$"
    if ahead in STOPS or ahead in "^,-":
        yield f"sign before it {ahead}"
    if behind in STOPS or behind in "$,-":
        yield f"sign after it {behind}"
    for kind, leads in c.language.prepositions.items():
        if ahead in leads:
            yield f"after a preposition: {kind}"


def _days(c: Candidate, scene: Scene) -> Iterable[str]:
    days = c.sentence.days
    if not days:
        yield "no day"
        return
    nearest = min(days, key=lambda day: (len(day.value) < 10, abs(day.first - c.count.first)))
    if scene.published is None:
        return
    yield f"day {age(nearest, scene.published)}"
    if scene.main_day and len(nearest.value) == 10:
        apart = (date.fromisoformat(nearest.value) - date.fromisoformat(scene.main_day)).days
        yield (
            "on the main day" if apart == 0 else "after the main day" if apart > 0 else f"{_before(apart)} the main day"
        )


def _before(apart: int) -> str:
    return "just before" if apart >= -3 else "long before"


def _among(c: Candidate, scene: Scene) -> Iterable[str]:
    """What the article's other numbers say of this one: sums, halves, repetition, the headline."""
    value = c.value
    if c.sentence.part == "text":
        if value in scene.titled:
            yield "told in the headline too"
        elif any(other in scene.of_people for other in scene.titled):
            yield "the headline has another number"
    yield f"told {min(scene.values[value], 3)} times"
    if scene.of_people:
        yield "the largest" if value >= max(scene.of_people) else "not the largest"
    if value in scene.sums:
        yield "told in two parts"
    if value in scene.addends:
        yield "one of two parts"
        yield f"one of two parts, {counted(c)}"
    others = {other for other in scene.values if other != value}
    if value > 3:
        if any(other < value and value - other in others and value != 2 * other for other in others):
            yield "the sum of two others"
        if any(value + other in others for other in others):
            yield "a part of a sum"
        if value % 2 == 0 and value // 2 in others:
            yield "twice another"
        if 2 * value in others:
            yield "half of another"
    told = [other for other in scene.candidates if other.people or other.ahead or other.verb]
    if told and told[0] is c:
        yield "the first number"
