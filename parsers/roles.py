"""A sentence -> the transfers it tells: which numbers count people, of what kind, and who hands them to whom.

Each direction is the outcome of a vote among named clues (whose people they are, who is the subject of which verb,
to whom, from whose captivity); people go home, so whose they are weighs most. The clues are kept for `explain`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.model import What
from parsers.annotate import TRANSFERS, Sentence
from parsers.lexicon import Mention
from parsers.numbers import Count
from parsers.rules import Language

# How much each clue counts; only the order matters: whose they are > to whom > who acts > what was said before.
WEIGHTS = {
    "owner": 20,
    "own people": 5,
    "possessive": 8,
    "to": 7,
    "from": 6,
    "captor": 8,
    "giver": 6,
    "receiver": 7,
    "brought home": 6,
    "by": 6,
    "our people": 8,
    "we or they": 7,
    "speaker": 3,
    "in return": 5,
    "as before": 2,
    "home language": 1,
}
_NOUN_PHRASE = 9
# A verb farther than this (in tokens, commas and numbers in between weighing more) governs no number.
_FARTHEST = 26
_STOPS = frozenset(".;:()!?–,•|/")
_PEOPLE = ("body", "prisoner", "civilian", "person", "wounded", "people", "own")


@dataclass(frozen=True, slots=True)
class Told:
    """One transfer as one sentence tells it; `clues` say why. Giver and receiver may still be unknown."""

    sentence: Sentence
    count: Count | None
    giver: str | None
    receiver: str | None
    what: What | None
    clues: tuple[str, ...]
    verb: Mention | None = None
    mutual: bool = False
    garbled: bool = False
    head: bool = True
    shape: str = "plain"
    looking_back: bool = False


@dataclass(slots=True)
class Scene:
    """What the article has said so far: the two sides, the last transfer, whose voice is heard."""

    sides: tuple[str, str] | None
    dominant: What | None
    home: str | None = None
    voice: str | None = None
    last: Told | None = None
    lead: Told | None = None
    looking_back: bool = False

    def other(self, code: str | None) -> str | None:
        """The side facing this one."""
        if self.sides is None or code not in self.sides:
            return None
        return self.sides[1] if code == self.sides[0] else self.sides[0]


@dataclass(slots=True)
class Reading:
    """A sentence being read: its verbs and where each count's noun phrase ends."""

    sentence: Sentence
    language: Language
    scene: Scene
    verbs: list[Mention]

    def mentions(self, first: int, last: int, *classes: str) -> list[Mention]:
        """The mentions of some classes that begin in a stretch of tokens."""
        return [m for m in self.sentence.mentions if first <= m.first < last and m.cls in classes]


def read(sentence: Sentence, language: Language, scene: Scene) -> list[Told]:
    """Every transfer with a number that a sentence tells, in order; the scene is moved on."""
    reading = Reading(sentence, language, scene, transfer_verbs(sentence))
    told: list[Told] = []
    pairs = _pairs(reading)
    paired = {c.first for pair in pairs for c in pair}
    for count in sentence.counts:
        if count.first in paired:
            told += [t for pair in pairs if pair[0].first == count.first for t in _both_ways(reading, *pair)]
        else:
            told += _single(reading, count)
        if told:
            scene.last = told[-1]
    told += _same_number(reading, told)
    scene.lead = told[0] if told else scene.lead
    return [replace(t, looking_back=True) for t in told] if scene.looking_back else told


def transfer_verbs(sentence: Sentence) -> list[Mention]:
    """The transfer words, one a place: the longest, and a noun such as "exchange" only where there is no verb."""
    best: dict[int, Mention] = {}
    found = sentence.of(*TRANSFERS)
    wider = [*sentence.of("reverse"), *(m for m in found if m.last - m.first > 1)]
    for m in found:
        # The "return" of "in return" is no verb, nor are the "hands" of "change hands".
        if any(w.first <= m.first and m.last <= w.last and w.last - w.first > m.last - m.first for w in wider):
            continue
        known = best.get(m.first)
        if known is None or (m.last, m.cls != "swap") > (known.last, known.cls != "swap"):
            best[m.first] = m
    return sorted(best.values(), key=lambda m: m.first)


# -- which numbers count people -----------------------------------------------------------------------------------


def noun_phrase(reading: Reading, count: Count) -> tuple[list[Mention], int]:
    """The people words that a number counts ("909 bodies of Ukrainian soldiers") and where they end."""
    words = reading.sentence.words
    stop = min(len(words), count.last + _NOUN_PHRASE)
    others = {c.first for c in reading.sentence.counts}
    verbs = {v.first for v in reading.verbs}
    at = count.last
    while at < stop and words[at] not in _STOPS and at not in others:
        if at in verbs and not any(m.first <= at < m.last for m in reading.sentence.of("people", "prisoner", "body")):
            break
        if at > count.last and words[at] in reading.language.prepositions.get("from", ()):
            break
        at += 1
    return reading.mentions(count.last, at, *_PEOPLE), at


def _head(reading: Reading, count: Count) -> list[Mention]:
    """The people words of a number's noun phrase, none where the number counts something else."""
    people, _ = noun_phrase(reading, count)
    near = [m for m in people if m.first <= count.last + 3]
    unit = reading.mentions(count.last, count.last + 2, "unit")
    if unit and not (near and near[0].first < unit[0].first):
        return []
    before = reading.mentions(max(0, count.first - 4), count.first, "body", "prisoner")
    before = [m for m in before if m.last > count.first - 3 and not _divided(reading, m.last, count.first)]
    return [*before, *people] if near else (before if before and not people else [*before, *near])


def _divided(reading: Reading, first: int, last: int) -> bool:
    return any(w in _STOPS for w in reading.sentence.words[first:last]) or any(
        first <= v.first < last for v in reading.verbs
    )


def what_of(reading: Reading, people: Sequence[Mention]) -> What | None:
    """Bodies, prisoners, civilians or persons, from the people words, else from the sentence, else as before."""
    classes = {m.cls for m in people}
    sentence = reading.sentence
    if "body" in classes:
        return "bodies"
    if "prisoner" in classes:
        return "prisoners"
    if "civilian" in classes and "person" not in classes:
        return "civilians"
    if sentence.has("body") and not sentence.has("captivity", "prisoner"):
        return "bodies"
    if sentence.has("captivity", "prisoner", "wounded") and not sentence.has("body"):
        return "prisoners"
    return reading.scene.dominant


def _looks_like_year(count: Count, reading: Reading) -> bool:
    word = reading.sentence.words[count.first]
    return count.digits and len(word) == 4 and word.isdigit() and 1900 <= count.best <= 2100


# -- who hands whom to whom ---------------------------------------------------------------------------------------


def _single(reading: Reading, count: Count) -> list[Told]:
    if any(m.first <= count.first < m.last for m in reading.sentence.of("none")):
        return []
    people = _head(reading, count)
    each = _each(reading, count)
    verb = governing(reading, count)
    if not people and (_looks_like_year(count, reading) or not (each or _bare_object(reading, count, verb))):
        return []
    if count.best == 1 and not reading.mentions(count.last, count.last + 2, "body", "prisoner", "civilian"):
        return []
    if verb is None and not each and not people:
        return []
    what = what_of(reading, people)
    if each and (verb is not None or reading.sentence.has("swap", "prisoner", "body", "captivity")):
        return _each_way(reading, count, what, verb)
    giver, receiver, clues, garbled = direction(reading, count, people, verb)
    return [Told(reading.sentence, count, giver, receiver, what, clues, verb, garbled=garbled, head=bool(people))]


def _bare_object(reading: Reading, count: Count, verb: Mention | None) -> bool:
    """Whether a number without a noun stands right beside a transfer verb or after "in return" ("взамен 19")."""
    if verb is None or reading.mentions(count.last, count.last + 2, "unit"):
        return False
    beside = reading.sentence.words[verb.last : count.first]
    if (
        verb.last <= count.first
        and len(beside) <= 2
        and verb.cls != "swap"
        and not reading.language.places.intersection(beside)
    ):
        return True
    return bool(reading.mentions(max(0, count.first - 5), count.first, "reverse")) or _after_side(reading, count)


def _after_side(reading: Reading, count: Count) -> bool:
    """Whether the number follows a side by a comma or dash: "Kyiv received 1,000, Moscow – 19"."""
    return _side_beside(reading, count) is not None


def _side_beside(reading: Reading, count: Count) -> Mention | None:
    """The side named right before a number and a dash or comma, which stands for side and verb: "Moscow – 19"."""
    if count.first < 2 or reading.sentence.words[count.first - 1] not in "–-,:":
        return None
    return next((m for m in reading.sentence.of("side", "people") if m.last == count.first - 1), None)


def _each(reading: Reading, count: Count) -> bool:
    _, end = noun_phrase(reading, count)
    if reading.mentions(count.last, end + 3, "each") or reading.mentions(max(0, count.first - 4), count.first, "each"):
        return True
    return (
        bool(reading.mentions(max(0, count.first - 2), count.first, "each_before"))
        and not reading.mentions(count.last, count.last + 2, "unit")
        and _mutual_context(reading)
    )


def _mutual_context(reading: Reading) -> bool:
    return bool(reading.verbs) or reading.sentence.has("each", "swap_verb") or reading.scene.last is not None


def _each_way(reading: Reading, count: Count, what: What | None, verb: Mention | None) -> list[Told]:
    a, b = reading.scene.sides or (None, None)
    clue = ("the same from each side",)
    one = Told(reading.sentence, count, a, b, what, clue, verb, mutual=True, shape="each")
    return [one, replace(one, giver=b, receiver=a)]


def _pairs(reading: Reading) -> list[tuple[Count, Count]]:
    """Numbers told as a pair: "909 for 34", "205 на 205", "1,000-for-1,000"."""
    found = []
    for one, two in zip(reading.sentence.counts, reading.sentence.counts[1:], strict=False):
        between = reading.mentions(one.last, two.first, "pair")
        if not between or two.first - between[-1].last > 1:
            continue
        gap = reading.sentence.words[one.last : between[-1].first]
        if (
            len(gap) <= 5
            and not _STOPS.intersection(gap)
            and not reading.mentions(one.last, between[-1].first, "unit", *TRANSFERS)
        ):
            found.append((one, two))
    return found


def _both_ways(reading: Reading, one: Count, two: Count) -> list[Told]:
    """A pair of numbers -> the two transfers; equal numbers go both ways, unequal ones in the direction told."""
    people = [*_head(reading, one), *_head(reading, two)]
    what = what_of(reading, people)
    verb = governing(reading, one)
    a, b = reading.scene.sides or (None, None)
    if one.best == two.best:
        first = Told(reading.sentence, one, a, b, what, ("a pair of equal numbers",), verb, mutual=True, shape="pair")
        return [first, replace(first, count=two, giver=b, receiver=a)]
    giver, receiver, clues, garbled = direction(reading, one, _head(reading, one), verb)
    if giver is None:
        receiver, giver, clues, garbled = direction(reading, two, _head(reading, two), verb)
    first = Told(reading.sentence, one, giver, receiver, what, (*clues, "a pair"), verb, garbled=garbled, shape="pair")
    return [first, replace(first, count=two, giver=receiver, receiver=giver)]


def _same_number(reading: Reading, told: list[Told]) -> list[Told]:
    """ "The same number", "столько же": the last number the other way."""
    same = [m for m in reading.sentence.of("same") if not _says_it(reading, m)]
    last = told[0] if told else reading.scene.lead
    if not same or last is None or last.count is None or last.mutual or reading.sentence.has("each"):
        return []
    if not told and last.sentence.number < reading.sentence.number - 2:
        return []
    back = Told(
        reading.sentence,
        last.count._replace(first=same[0].first, last=same[0].last),
        last.receiver,
        last.giver,
        last.what,
        ("the same number the other way",),
        last.verb,
        shape="same",
    )
    reading.scene.last = back
    return [back]


def _says_it(reading: Reading, same: Mention) -> bool:
    """Whether "the same number" is only said again ("gave the same number") or counts other things ("as many days")."""
    if reading.mentions(same.last, same.last + 1, "unit"):
        return True
    return any(m.first <= same.first < m.last for m in reading.sentence.of("says"))


def governing(reading: Reading, count: Count) -> Mention | None:
    """The transfer verb that a number belongs to: the nearest, where commas and other numbers lie far apart."""
    words = reading.sentence.words

    def cost(verb: Mention) -> int:
        first, last = sorted((verb.first, count.first))
        between = words[first:last]
        others = sum(first < c.first < last for c in reading.sentence.counts)
        noun = 3 if verb.cls == "swap" else 0
        return (last - first) + 5 * sum(w in _STOPS for w in between) + 4 * others + noun

    best = min(reading.verbs, key=cost, default=None)
    return best if best is not None and cost(best) <= _FARTHEST else None


def direction(
    reading: Reading, count: Count, people: Sequence[Mention], verb: Mention | None
) -> tuple[str | None, str | None, tuple[str, ...], bool]:
    """Giver and receiver by the vote of the clues, the clues in words, and whether what was told is garbled."""
    scene = reading.scene
    if scene.sides is None:
        return None, None, (), False
    votes: Counter[str] = Counter()
    clues: list[str] = []
    roles = [*_owners(reading, count, people), *_acting(reading, count, verb), *_returning(reading, count)]
    for clue, receiver in roles:
        if receiver in scene.sides:
            votes[receiver] += WEIGHTS[clue]
            clues.append(f"{clue}: to {receiver}")
    swapped = verb is not None and verb.cls == "swap"
    if not votes and not swapped:
        for clue, receiver in _before(reading, verb):
            if receiver in scene.sides:
                votes[receiver] += WEIGHTS[clue]
                clues.append(f"{clue}: to {receiver}")
    if not votes:
        return None, None, (), False
    receiver = max(scene.sides, key=lambda code: votes[code])
    said = dict(roles)
    garbled = said.get("owner") == receiver and said.get("to", receiver) != receiver
    return scene.other(receiver), receiver, tuple(clues), garbled


def _owners(reading: Reading, count: Count, people: Sequence[Mention]) -> list[tuple[str, str | None]]:
    """Whose people they are: "Ukrainian bodies", "34 Russians", "its dead", "defenders"."""
    found: list[tuple[str, str | None]] = []
    _, end = noun_phrase(reading, count)
    inside = reading.mentions(count.last, end, "people", "own")
    inside += [m for m in people if m.cls == "people" and m.first < count.first]
    if len({m.value for m in inside if m.cls == "people"} & set(reading.scene.sides or ())) > 1:
        return []
    for m in inside:
        if m.cls == "people" and not _is_captor(reading, m):
            found.append(("owner", m.value))
            break
    for m in inside:
        if m.cls == "own" and m.value and not found:
            found.append(("own people", m.value))
            break
    mine = reading.mentions(max(0, count.first - 2), end, "own")
    if any(m.value is None for m in mine) and not any(clue == "owner" for clue, _ in found):
        found.append(_possessive(reading, count, mine))
    return found


def _possessive(reading: Reading, count: Count, mine: list[Mention]) -> tuple[str, str | None]:
    """ "its", "ours", "своих": the people of the one who speaks or acts."""
    we = reading.mentions(mine[0].first, mine[-1].last, "we")
    if we:
        return "our people", reading.scene.voice or reading.scene.home
    subject = subject_of(reading, count.first)
    return "possessive", subject


def _is_captor(reading: Reading, m: Mention) -> bool:
    return bool(reading.mentions(m.last, m.last + 2, "captivity"))


def _acting(reading: Reading, count: Count, verb: Mention | None) -> list[tuple[str, str | None]]:
    """Who gives, who receives, to whom, from whom: the parts of the clause around the verb."""
    scene, sentence = reading.scene, reading.sentence
    found: list[tuple[str, str | None]] = []
    for m in sentence.of("captivity"):
        captors = [
            c
            for c in reading.mentions(max(0, m.first - 3), m.first, "people", "side", "official")
            if c.last == m.first or c.last + 1 >= m.first
        ]
        captors += list(reading.mentions(m.last, m.last + 2, "side"))
        if captors and abs(m.first - count.first) < 15:
            code = captors[0].value[0] if captors[0].cls == "official" else captors[0].value
            found.append(("captor", scene.other(code)))
            break
    if verb is None or verb.cls == "swap":
        return found
    low, high = clause(reading, verb)
    for m in reading.mentions(low, high, "us", "them"):
        if scene.voice:
            found.append(("we or they", scene.voice if m.cls == "us" else scene.other(scene.voice)))
            return found
    for m in reading.mentions(low, high, "to", "side"):
        if m.cls == "to" or (_led_by(reading, m, "to") and verb.cls != "receive"):
            found.append(("to", m.value))
            break
    for m in reading.mentions(low, high, "from", "side"):
        if m.cls == "from" or _led_by(reading, m, "from"):
            found.append(("from", scene.other(m.value)))
            break
    for m in reading.mentions(verb.last, high, "side"):
        if _led_by(reading, m, "by"):
            found.append(("by", scene.other(m.value)))
            break
    return [*found, *_by_subject(reading, count, verb, found)]


def _by_subject(
    reading: Reading, count: Count, verb: Mention, found: list[tuple[str, str | None]]
) -> list[tuple[str, str | None]]:
    if is_passive(reading, verb) or verb.cls == "come":
        return []
    beside = _side_beside(reading, count) if count.first > verb.first else None
    subject = str(beside.value) if beside else subject_of(reading, verb.first) or _subject_after(reading, verb)
    if subject is None:
        return []
    if verb.cls == "receive":
        return [("receiver", subject)]
    if verb.cls == "retrieve":
        return [("brought home", subject)]
    if verb.cls in ("return", "free") and reading.language.code != "en" and not any(c == "to" for c, _ in found):
        return [("brought home", subject)] if verb.cls == "return" else []
    return [("giver", reading.scene.other(subject))]


def clause(reading: Reading, verb: Mention) -> tuple[int, int]:
    """The tokens from the end of the clause before a verb to the end of its own."""
    words = reading.sentence.words
    low, high = verb.first, verb.last
    while low > 0 and words[low - 1] not in ";:–!?" and verb.first - low < 14:
        low -= 1
    others = {v.first for v in reading.verbs if v.first > verb.first and v.cls != "swap"}
    while high < len(words) and words[high] not in ";:–!?" and high not in others:
        high += 1
    return low, high


def _led_by(reading: Reading, m: Mention, kind: str) -> bool:
    """Whether a preposition of a kind stands up to three words before a mention."""
    leads = reading.language.prepositions.get(kind, frozenset())
    said = [s for s in reading.sentence.of("says") if s.last - s.first > 1]
    return any(
        word in leads and not any(s.first <= at < s.last for s in said)
        for at, word in enumerate(reading.sentence.words[: m.first])
        if at >= m.first - 2
    )


def subject_of(reading: Reading, at: int) -> str | None:
    """The nearest side named before a word that no preposition leads: who acts."""
    scene = reading.scene
    for m in reversed(reading.mentions(0, at, "side", "we", "people")):
        if m.cls == "we":
            if scene.voice:
                return scene.voice
            continue
        if m.cls == "people" and reading.mentions(m.last, m.last + 2, *_PEOPLE, "captivity", "military"):
            continue
        if any(_led_by(reading, m, kind) for kind in ("to", "from", "by", "of")):
            continue
        return str(m.value)
    return None


def _subject_after(reading: Reading, verb: Mention) -> str | None:
    after = [m for m in reading.mentions(verb.last, verb.last + 3, "side") if not _led_by(reading, m, "to")]
    return str(after[0].value) if after and reading.language.passive_endings else None


def is_passive(reading: Reading, verb: Mention) -> bool:
    """Whether a verb form has no acting subject: "were returned", "повернуто", "возвращены"."""
    words = reading.sentence.words
    before = words[max(0, verb.first - 3) : verb.first]
    if any(word in reading.language.passive for word in before):
        return not reading.language.auxiliaries.intersection(before[-1:]) and not words[verb.first].endswith(
            reading.language.active_endings
        )
    return bool(reading.language.passive_endings) and words[verb.first].endswith(reading.language.passive_endings)


def _returning(reading: Reading, count: Count) -> list[tuple[str, str | None]]:
    """ "In return", "взамен": the other way from what was told just before."""
    last = reading.scene.last
    if last is None or last.receiver is None or last.mutual:
        return []
    markers = reading.mentions(max(0, count.first - 12), count.last + 8, "reverse")
    if not markers or last.sentence.number < reading.sentence.number - 2:
        return []
    return [("in return", last.giver)]


def _before(reading: Reading, verb: Mention | None) -> list[tuple[str, str | None]]:
    """With no clue in the sentence: home to the side that speaks, or as told before, or to the outlet's own side."""
    speaks = reading.sentence.of("official")
    if speaks and verb is not None and verb.cls in ("come", "receive", "retrieve", "return", "free"):
        return [("speaker", speaks[0].value[0])]
    last = reading.scene.last
    if last is not None and last.receiver is not None and not last.mutual:
        return [("as before", last.receiver)]
    return [("home language", reading.scene.voice or reading.scene.home)]
