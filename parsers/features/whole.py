"""An article, one of its days, or what a number counts -> the named evidence on each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import product

from parsers.annotate import THINGS, TRANSFERS, Sentence
from parsers.candidates import Candidate
from parsers.clauses import is_done
from parsers.dates import Day
from parsers.features.scene import DEAD, LIVING, Scene, age, kind_of, party, steps
from parsers.rules import Language

_NEAR = 4
_LEAD = 3
# A long article mentions everything somewhere: only its first sentences count as what it is about.
_EARLY = 8
# Captives and their transfer farther apart than this (in tokens) are two subjects.
_BESIDE = 12
_MOVED = (*THINGS, "own", "military", "person")
_PARTIES = ("side", "people", "own", "to", "from", "official", "we", "us")


def of_article(scene: Scene) -> set[str]:
    """The evidence on whether an article reports an exchange, and whether done, planned or postponed."""
    heads = [s for s in scene.sentences if s.part == "title"]
    body = [s for s in scene.sentences if s.part == "text"]
    found = {f"headline has {m.cls}" for s in heads for m in s.mentions}
    found.update(f"lead has {m.cls}" for s in body[:_LEAD] for m in s.mentions)
    often = Counter(m.cls for s in (*heads, *body[:_EARLY]) for m in s.mentions)
    for cls, times in often.items():
        found.add(f"has {cls}")
        if times >= 3:
            found.add(f"has much {cls}")
    found.add("no headline" if not heads else "headline with numbers" if any(s.counts for s in heads) else "headline")
    for name, part in (("headline", heads), ("lead", body[:_LEAD])):
        if any(_tells_transfer(s) for s in part):
            found.add(f"{name} tells a transfer")
        for s in part:
            found.update(f"{name} verb {state}" for state in _states(s, scene.language))
    told = sum(1 for s in body[:_EARLY] if s.has(*TRANSFERS) and s.has("body", "prisoner", "captivity"))
    found.add(f"{min(told, 4)} sentences on a transfer")
    if body:
        found.add(f"share of sentences on a transfer {4 * told // len(body[:_EARLY])}/4")
    return found | _sides_named(scene, [*heads, *body[:2]]) | _days_of_transfers(scene) | _plainly(heads, body)


def _states(sentence: Sentence, language: Language) -> Iterable[str]:
    for m in sentence.of(*TRANSFERS):
        if m.cls != "swap" and is_done(sentence, m, language):
            yield "done"
        if language.auxiliaries.intersection(sentence.words[max(0, m.first - 2) : m.first]):
            yield "to be done"


def _tells_transfer(sentence: Sentence) -> bool:
    return sentence.has(*TRANSFERS) and sentence.has(*THINGS, "people", "person", "own")


def _plainly(heads: Sequence[Sentence], body: Sequence[Sentence]) -> set[str]:
    """Whether a sentence tells the thing itself: captives or bodies beside their transfer, a side, a number."""
    found: set[str] = set()
    for name, part in (("headline", heads), ("lead", body[:_LEAD]), ("text", body)):
        told = [s for s in part if _side_by_side(s)]
        found.update(f"{name} tells {moved}" for s in part[:_EARLY] for moved in _moved(s))
        with_party = [s for s in told if s.has(*_PARTIES)]
        if name == "text":
            found.add(f"told plainly {min(len(told), 3)} times")
            found.add(f"told plainly with a party {min(len(with_party), 3)} times")
        elif told:
            found.add(f"{name} tells it plainly")
        if with_party:
            found.add(f"{name} tells it plainly with a party")
        if any(s.counts for s in with_party):
            found.add(f"{name} tells it plainly with a party and a number")
    return found


def _moved(s: Sentence) -> Iterable[str]:
    """Who is moved how, near each other, in their order, and how many sides the sentence names (two at most)."""
    sides = min(len({m.value for m in s.of("side", "people", "to", "from", "official")}), 2)
    for one, two in product(s.of(*_MOVED), s.of(*TRANSFERS)):
        if abs(one.first - two.first) <= _BESIDE and (one.last <= two.first or two.last <= one.first):
            first, second = sorted((one, two), key=lambda m: m.first)
            yield f"{first.cls} {second.cls}, {sides} sides"


def _side_by_side(s: Sentence) -> bool:
    things, moves = s.of("body", "prisoner", "captivity"), s.of(*TRANSFERS)
    return any(
        abs(t.first - m.first) <= _BESIDE and (t.last <= m.first or m.last <= t.first) for t in things for m in moves
    )


def _sides_named(scene: Scene, early: Iterable[Sentence]) -> set[str]:
    if scene.sides is None:
        return {"no two sides"}

    def named(sentences: Iterable[Sentence]) -> int:
        codes = {party(m) for s in sentences for m in s.of("side", "people", "to", "from", "official")}
        return len(codes.intersection(scene.sides or ()))

    return {f"{named(scene.sentences)} sides named", f"{named(early)} sides named early"}


def _days_of_transfers(scene: Scene) -> set[str]:
    if scene.published is None:
        return set()
    return {
        f"transfer told of {age(day, scene.published)}"
        for s in scene.sentences
        if _tells_transfer(s) and not s.has("past", "cumulative", "long_ago")
        for day in s.days
    }


def of_day(day: Day, sentence: Sentence, scene: Scene) -> set[str]:
    """The evidence on whether a day named in a sentence is that of the exchange."""
    if scene.published is None:
        return {"no publication day"}
    kind = "weekday" if day.weekday else "relative" if day.relative else "date"
    when = age(day, scene.published)
    place = "headline" if sentence.part == "title" else f"sentence {steps(sentence.number)}"
    found = {f"{kind}", f"{when}", f"{kind} {when}", f"in {place}", f"number {min(sentence.days.index(day), 2)}"}
    found.add("the first day" if scene.first_day is day else "not the first day")
    for m in sentence.mentions:
        gap = min(abs(m.first - day.last), abs(day.first - m.last))
        found.add(f"with {m.cls}")
        if gap <= _NEAR:
            found.add(f"close to {m.cls}")
        if m.cls in ("planned", "past", "postponed"):
            found.add(f"{m.cls} {'before' if m.first < day.first else 'after'} {when}")
    found.update(f"verb {state} {when}" for state in _states(sentence, scene.language))
    if _tells_transfer(sentence):
        found.add(f"tells a transfer {when}")
    if sentence.counts:
        found.add("with a number")
    found.add(f"told {min(scene.days[day.value], 3)} times")
    return found


# Words around a number that go with the dead or with the living rather than with both.
_WITH_KIND = (
    "welcome",
    "wounded",
    "held",
    "carrier",
    "other_subject",
    "family",
    "list",
    "military",
    "civilian",
    "move",
)
# Words that tell what a number near them counts.
_OF_A_KIND = (*DEAD, *LIVING, "free", "carrier", "casualty", "welcome", "wounded")
# A number is told of what one of so many sentences before it was about.
_FAR = 6


def of_kind(c: Candidate, scene: Scene) -> set[str]:
    """The evidence on whether a number counts the dead or the living."""
    found = {f"counts {m.cls}" for m in c.people} | {f"ahead of it {m.cls}" for m in c.ahead}
    found.add("counts nothing named" if not c.people else f"counts first {c.people[0].cls}")
    told = next((k for k in _before_it(c) if k is not None), None)
    if told is not None:
        found.add(f"after a number of {told}")
    s = c.sentence
    found.add(f"sentence of {kind_of(s)}")
    found.update(_nearest(c))
    found.update(_said_of_others(c, scene))
    if c.before is not None:
        found.add(f"before {kind_of(c.before)}")
    found.update(_told_last(s, scene))
    found.update(f"sentence has {cls}" for cls in _WITH_KIND if s.has(cls))
    found.add(f"verb {c.verb.cls}" if c.verb is not None else "no verb")
    found.add(f"article of {scene.subject}")
    found.add(f"first told {next((kind for kind in scene.kinds if kind != 'neither'), 'neither')}")
    found.update(_in_the_light_of(kind_of(s), kind_of(c.before) if c.before is not None else "none", scene))
    return found | scene.headlined


def _in_the_light_of(here: str, before: str, scene: Scene) -> Iterable[str]:
    """What a number's sentence is of, beside what the headline, the lead and the whole article are of."""
    heads, led, whole, first = scene.light
    yield first
    yield f"{first}, sentence of {here}"
    yield f"{heads}, sentence of {here}"
    yield f"{led}, sentence of {here}"
    yield f"before {before}, sentence of {here}"
    yield f"{whole}, sentence of {here}"
    yield f"{whole}, {heads}"


def _nearest(c: Candidate) -> Iterable[str]:
    """The words around a number that go with the dead or with the living."""
    s, at = c.sentence, c.count.first
    words = s.of(*_OF_A_KIND)
    if not words:
        return
    nearest = min(words, key=lambda m: max(at - m.last, m.first - at))
    first, last = sorted((nearest.first, at))
    divided = any(first < other.first < last for other in s.counts)
    close = max(at - nearest.last, nearest.first - c.count.last) < _NEAR
    yield f"nearest to it {'the dead' if nearest.cls in DEAD else 'a word not for the dead'}"
    yield f"nearest to it {nearest.cls}"
    yield f"{'close' if close else 'far'} to it {nearest.cls}"
    yield "nearest past a number" if divided else f"nearest to it {nearest.cls}, no number between"
    after = next((m.cls for m in words if m.first >= c.count.last), None)
    before = next((m.cls for m in reversed(words) if m.last <= at), None)
    yield f"first after it {after}"
    yield f"last before it {before}"


def _said_of_others(c: Candidate, scene: Scene) -> Iterable[str]:
    """Whether other places of a number, other numbers and the sentences speak of the dead or of the living."""
    others = [(other, dead) for other, dead in scene.said if other is not c]
    for kind, mark in (("dead", True), ("living", False)):
        if any(dead is mark and other.value == c.value for other, dead in others):
            yield f"{kind} elsewhere"
    dead, living = (sum(each is mark for _, each in others) for mark in (True, False))
    yield f"{min(dead, 3)} others dead, {min(living, 3)} living"
    yield from scene.spoken


def _told_last(s: Sentence, scene: Scene) -> Iterable[str]:
    """What the sentences before were about, the nearest that says so."""
    told = zip(scene.sentences, scene.kinds, strict=True)
    earlier = [(each, kind) for each, kind in told if each.part == s.part and each.number < s.number]
    for each, kind in reversed(earlier[-_FAR:]):
        if kind != "neither":
            yield f"told last {kind}"
            yield f"told last {kind}, {steps(s.number - each.number)} sentences before"
            return


def _before_it(c: Candidate) -> Iterable[str | None]:
    """What the numbers told before this one count, where their own words say so, the nearest first."""
    other = c.previous
    while other is not None:
        classes = {m.cls for m in (*other.people, *other.ahead)}
        yield "the dead" if "body" in classes else "the living" if "prisoner" in classes else None
        other = other.previous
