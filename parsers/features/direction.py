"""A candidate -> signed evidence on who hands over to whom: each names the party that it speaks for as receiver."""

from __future__ import annotations

from parsers.candidates import Candidate, clause
from parsers.clauses import is_passive, led_by
from parsers.features.scene import Scene, party
from parsers.lexicon import Mention

_NEAR = 4
_PARTIES = ("side", "people", "own", "to", "from", "official", "we", "us", "they", "them")


def of_direction(c: Candidate, scene: Scene, previous: str | None) -> list[tuple[str, str]]:
    """Signed evidence: (name, the party that it speaks for as receiver). `previous`: who received the number before."""
    if scene.sides is None:
        return []
    found: list[tuple[str, str]] = []
    verb = _verb_name(c)
    low, high = clause(c)
    first_inside = True
    for m in c.sentence.mentions:
        if m.cls not in _PARTIES:
            continue
        who = _who(m, c.voice, scene.sides)
        if who not in scene.sides or who is None:
            continue
        where = _where(m, c)
        lead = c.sentence.leads.get(m) or c.sentence.leads.setdefault(m, _lead(m, c))
        inside = "" if low <= m.first < high else " elsewhere"
        found += [
            (f"{m.cls}", who),
            (f"{m.cls} {where}", who),
            (f"{m.cls} {lead}", who),
            (f"{m.cls} {lead} {verb}", who),
            (f"{m.cls} {where} {lead} {verb}", who),
            (f"{m.cls} {where} {lead} {verb}{inside}", who),
        ]
        if where == "in its phrase" and first_inside:
            found.append((f"first in its phrase {m.cls}", who))
            first_inside = False
    actor = _actor(c, scene.sides)
    if actor is not None:
        found += [(f"actor of {verb}", actor), ("actor", actor)]
    if scene.home in scene.sides and scene.home is not None:
        found += [("home", scene.home), (f"home {verb}", scene.home)]
    if c.voice in scene.sides and c.voice is not None:
        found += [("voice", c.voice), (f"voice {verb}", c.voice)]
    return found + _by_size(c, scene) + _by_previous(c, scene.sides, previous)


def _actor(c: Candidate, sides: tuple[str, str]) -> str | None:
    """The side nearest before a number's verb that no preposition leads and no other verb divides from it."""
    if c.verb is None:
        return None
    divides = max((v.last for v in c.verbs if v.last <= c.verb.first and v.cls != "swap"), default=0)
    for m in reversed(c.mentions(divides, c.verb.first, "side", "people", "official", "we", "they")):
        who = _who(m, c.voice, sides)
        lead = c.sentence.leads.get(m) or c.sentence.leads.setdefault(m, _lead(m, c))
        if who in sides and lead == "bare":
            return who
    return None


def other_side(sides: tuple[str, str], code: str | None) -> str | None:
    """The side facing this one."""
    return sides[1] if code == sides[0] else sides[0] if code == sides[1] else None


def _verb_name(c: Candidate) -> str:
    if c.verb is None:
        return "none"
    passive = c.verb.cls != "swap" and is_passive(c.sentence, c.verb, c.language)
    return f"{c.verb.cls}{' passive' if passive else ''}"


def _who(m: Mention, voice: str | None, sides: tuple[str, str]) -> str | None:
    if m.cls in ("we", "us"):
        return voice
    if m.cls in ("they", "them"):
        return other_side(sides, voice)
    return party(m)


def _where(m: Mention, c: Candidate) -> str:
    if c.count.last <= m.first < c.end:
        return "in its phrase"
    if any(o.last <= m.first <= o.last + _NEAR and o.first != c.count.first for o in c.sentence.counts):
        return "of another number"
    low, high = sorted((m.first, c.count.first))
    crossed = " past a number" if any(low < other.first < high for other in c.sentence.counts) else ""
    if m.last <= c.count.first:
        if c.count.first - m.last <= 2:
            return f"right before{crossed}"
        side = (
            "" if c.verb is None or c.verb.first > c.count.first else " verb" if m.first > c.verb.first else " subject"
        )
        return f"before{side}{crossed}"
    return f"after{' verb' if c.verb and c.count.first < c.verb.first < m.first else ''}{crossed}"


def _lead(m: Mention, c: Candidate) -> str:
    """How a party is led in: by a preposition, as the captor, as the adjective or genitive of people."""
    captive = c.sentence.of("captivity")
    if any(0 <= t.first - m.last <= 1 or 0 <= m.first - t.last <= 1 for t in captive):
        return "captor"
    kind = led_by(c.sentence, m, c.language)
    if any(t.first == m.last for t in c.sentence.of("prisoner", "body", "person", "military", "civilian")):
        return f"adjective {kind}".strip()
    if any(t.last == m.first for t in c.sentence.of("prisoner", "body", "person", "military")):
        return f"genitive {kind}".strip()
    return kind or "bare"


def _by_size(c: Candidate, scene: Scene) -> list[tuple[str, str]]:
    """A conflict's parties differ in what they get: each may learn that large numbers of the dead come to it."""
    if scene.sides is None:
        return []
    dead = "dead" if c.sentence.has("body") or any(m.cls == "body" for m in (*c.people, *c.ahead)) else "living"
    size = "large" if c.value >= 200 else "middling" if c.value >= 60 else "small"
    pair = ""
    if c.partner is not None:
        pair = " of more" if c.value > c.partner.value else " of less" if c.value < c.partner.value else " equal"
    return [(f"{scene.sides[0]} gets {size} {dead}{pair}", scene.sides[0])]


def _by_previous(c: Candidate, sides: tuple[str, str], previous: str | None) -> list[tuple[str, str]]:
    if previous is None or c.previous is None:
        return []
    near = "sentence" if c.previous.sentence is c.sentence else "text"
    back = c.sentence.of("reverse")
    found = [(f"as before in the {near}{' though in return' if back else ''}", previous)]
    if back:
        close = any(abs(m.first - c.count.first) < 12 for m in back)
        found.append((f"in return {'close' if close else 'far'}", other_side(sides, previous) or previous))
    return found
