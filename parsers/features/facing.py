"""A candidate -> what it counts, whose people it is told of, and how it faces the numbers beside it."""

from __future__ import annotations

from collections.abc import Iterable

from parsers.candidates import Candidate
from parsers.features.scene import Scene, party
from parsers.lexicon import Mention

_PARTIES = ("side", "people", "own", "to", "from", "official", "we", "us", "they", "them")
_BESIDE = 4
_NOUNS = ("body", "prisoner", "civilian", "wounded", "person", "own", "people", "dead")
# Words that may stand between a number and what it counts.
_BETWEEN = ("more", "alive", "dead", "wounded", "captivity")


def counted(c: Candidate) -> str:
    """What a number counts, by its noun: a class of people, "ahead" of it, a unit, an unknown noun, or bare."""
    if c.named is None:
        c.named = _counted(c)
    return c.named


def _counted(c: Candidate) -> str:
    s, at = c.sentence, c.count.last
    classes = {m.cls for m in c.people}
    noun = next((cls for cls in _NOUNS if cls in classes), None)
    if noun is not None:
        return noun
    if c.ahead:
        return f"ahead {c.ahead[0].cls}"
    while at < len(s.words):
        step = next((m.last for m in s.mentions if m.first == at and m.cls in _BETWEEN), None)
        if step is None:
            break
        at = step
    word = s.words[at] if at < len(s.words) else "."
    if any(m.cls == "unit" and m.first == at for m in s.mentions):
        return "unit"
    known = word in c.language.function_words or any(m.first == at for m in s.mentions)
    return "bare" if known or not word[0].isalpha() else "unknown"


def of_neighbours(c: Candidate, scene: Scene) -> Iterable[str]:
    """Whether the number before or after this one is told of the other side: "one got back 116, the other 63"."""
    own = side_beside(c, scene)
    yield "its side is told" if own else "its side is untold"
    for where, other in (("before", c.previous), ("after", c.next)):
        if other is None:
            continue
        apart = abs(other.sentence.number - c.sentence.number)
        if other.sentence.part != c.sentence.part or apart > 1:
            continue
        near = "in the sentence" if other.sentence is c.sentence else "nearby"
        theirs = side_beside(other, scene)
        relation = "untold" if None in (own, theirs) else "of one side with" if own == theirs else "facing"
        low, high = sorted((c, other), key=lambda each: each.count.first) if apart == 0 else (c, c)
        between = c.sentence.of("part") if apart == 0 else c.sentence.of("part", "total")
        parts = " as a part" if any(low.count.first <= m.first < high.count.last for m in between) else ""
        yield f"{relation} the number {where} {near}"
        yield f"{relation} the number {where} {near}{parts}, {counted(c)}"
        yield f"{relation} the number {where} {near}, {counted(other)} and {counted(c)}"
        bigger = "larger" if c.value > other.value else "smaller" if c.value < other.value else "equal"
        yield f"{relation} the number {where} {near}, {bigger}"


def side_beside(c: Candidate, scene: Scene) -> str | None:
    """The side that a number is told of: its own people's, or that nearest before it, or right after it."""
    if c.beside is not None:
        return c.beside or None
    found = ""
    if scene.sides is not None:
        found = next((who for m in c.people if (who := _who(m, c, scene)) is not None), "") or _nearest(c, scene)
    c.beside = found
    return found or None


def _nearest(c: Candidate, scene: Scene) -> str:
    numbers = [o.last for o in c.sentence.counts if o.last <= c.count.first]
    begin, end = max(numbers, default=0), c.count.last + _BESIDE
    for m in reversed(c.mentions(begin, c.count.first, *_PARTIES)):
        if (who := _who(m, c, scene)) is not None:
            return who
    for m in c.mentions(c.count.last, end, *_PARTIES):
        if (who := _who(m, c, scene)) is not None:
            return who
    return ""


def _who(m: Mention, c: Candidate, scene: Scene) -> str | None:
    sides = scene.sides or ()
    if m.cls in ("we", "us", "they", "them"):
        if c.voice not in sides:
            return None
        return c.voice if m.cls in ("we", "us") else next(side for side in sides if side != c.voice)
    who = party(m)
    return who if who in sides else None
