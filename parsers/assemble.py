"""Candidates -> findings: each number of an article once, as news, background or neither, with its direction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from core.model import Status, What
from parsers import features, model
from parsers.candidates import Candidate, says_dead, unnumbered
from parsers.features import Scene
from parsers.features.transfer import Told, of_transfers
from parsers.findings import SURE, Ends, Finding, Heard, Judged
from parsers.guards import guarded
from parsers.model import Model

Models = Mapping[str, Model]
STATUSES: tuple[Status, ...] = ("completed", "planned", "postponed")
# A number that one place tells as surely as this to go one way, and another place the other way, goes both ways.
_OWN_WAY = 1.0
# A number has a status of its own only where it is as likely as this.
_CLEARLY = 0.8
# A repetition of a number is another exchange's where its own sentence says so as surely as this.
_ASIDE = 0.5
# A number that is a transfer for all but so little, and is not the news beside the others, is that of another exchange.
_SOME_TRANSFER = 0.2
# A number less likely news than this is none, whatever the others are; nor are more than so many weighed together.
_UNLIKELY = 0.01
# How likely a number that an encoder has read is news of a transfer one way is weighed of the evidence for that way and
# for the other, and of what was read of its being news and going that way; its being background of the evidence and of
# what was read. It is news from NEWS_READ on. The weights are those of logistic regression on 360 articles that neither
# had learnt from, in three languages (.68, -.29, .81 and .84; .34, .67); there figures are .766 by the evidence alone,
# with 13 of 562 background figures told as news, with these .893 and 4.
OWN, OTHER, READ = 0.7, -0.3, 0.85
BACKGROUND, READ_BACKGROUND = 0.35, 0.7
NEWS_READ = 0.5
# What is background as likely as not, where it was read, must be news as surely as this.
SURER_READ = ((0.5, 0.9), *model.SURER)
READ_DEAD = 0.5
# A number that was read goes both ways where the logarithms of two odds sum up to more than this: of a place's telling
# it of each side, and of the way that is less likely.
EACH_READ = 0.0
_MOST_RIVALS = 24


class Ways(NamedTuple):
    """A number, how likely it is news as a transfer to the first side and to the second, and background.

    With the evidence for it, and what an encoder has read of it.
    """

    told: Told
    to_first: float
    to_second: float
    background: float
    names: frozenset[str] = frozenset()
    read: Heard | None = None


def judge(scene: Scene, models: Models) -> list[Judged]:
    """Every candidate of a scene under the models, in order."""
    judged: list[Judged] = []
    previous: str | None = None
    for c in scene.candidates:
        names = features.of_number(c, scene)
        clues = features.of_direction(c, scene, previous)
        made = Judged(
            c,
            names,
            models["number"].sums(names),
            clues,
            _towards(clues, scene, models["direction"]),
            models["mutual"].probabilities(names)["both"],
            _dead(c, scene, models),
        )
        judged.append(made)
        counted = c.people or c.verb or c.partner
        if scene.sides and counted and made.mutual < 0.5 and abs(made.towards) > SURE:
            previous = scene.sides[0] if made.towards > 0 else scene.sides[1]
    _pairs_go_both_ways(judged)
    return judged


def _dead(c: Candidate, scene: Scene, models: Models) -> float:
    """How likely a number counts the dead: certain where its own noun says so, else by the evidence around."""
    said = says_dead(c)
    if said is None and c.partner is not None:
        said = says_dead(c.partner)
    other = c.previous
    while said is None and c.looking_back and other is not None and other.looking_back:
        said, other = says_dead(other), other.previous
    return models["kind"].probabilities(features.of_kind(c, scene))["dead"] if said is None else float(said)


def _towards(clues: Iterable[tuple[str, str]], scene: Scene, directions: Model) -> float:
    """How much the clues speak for the first side as receiver (negative: for the second)."""
    weights = directions.answers["receives"]
    votes: dict[str, int] = defaultdict(int)
    for name, who in clues:
        votes[name] += 1 if scene.sides and who == scene.sides[0] else -1
    return sum(weights.get(name, 0.0) * max(-1, min(1, votes[name])) for name in votes)


def _pairs_go_both_ways(judged: Sequence[Judged]) -> None:
    """In "909 for 34" both are news or neither is, and what is known of the one's way is that of the other, turned."""
    of = {id(j.candidate): j for j in judged}
    for one in judged:
        partner = one.candidate.partner
        if not one.candidate.first_of_pair or partner is None:
            continue
        two = of[id(partner)]
        one.standing = two.standing = _mean([one.standing, two.standing])
        one.dead = two.dead = (one.dead + two.dead) / 2
        if partner.value != one.candidate.value:
            one.towards = (one.towards - two.towards) / 2
            two.towards = -one.towards


def findings(
    numbers: Sequence[Told],
    scene: Scene,
    models: Models,
    status: Status,
    chance: float,
    score: float,
    heard: Mapping[int, Heard],
) -> list[Finding]:
    """The numbers of an article, in the order of the text: the mean of the evidence of all the places of each.

    `status` is the article's own, `chance` how likely it is a report by its words, `score` by all of it; `heard` is
    what an encoder has read of its numbers.
    """
    ways = transfers(numbers, scene, models, status, chance, heard)
    found = [_finding(way, scene, models, status) for way in ways]
    found = guarded(_likeliest(found, score) if score >= model.REPORT else found)
    return [*found, *(aside for f in found for aside in _asides(f, scene))]


def told_numbers(judged: Iterable[Judged]) -> list[Told]:
    """Each number of an article with all the places that tell it, in the order of the text."""
    by_value: dict[int, list[Judged]] = defaultdict(list)
    for j in judged:
        by_value[j.candidate.value].append(j)
    return [Told(value, tuple(places)) for value, places in by_value.items()]


def rivals_of(numbers: Sequence[Told]) -> list[Told]:
    """The numbers that may be news at all, in the order of the text: of a long table the likeliest."""
    ranked = sorted(numbers, key=lambda told: -told.chances["news"])
    chosen = {told.value for told in ranked[:_MOST_RIVALS] if told.chances["news"] > _UNLIKELY}
    return [told for told in numbers if told.value in chosen]


def transfers(
    numbers: Sequence[Told],
    scene: Scene,
    models: Models,
    status: Status,
    chance: float,
    heard: Mapping[int, Heard],
) -> Iterable[Ways]:
    """Each number with how likely it is news as a transfer to the first side, and to the second."""
    rivals = rivals_of(numbers)
    for told in numbers:
        background = told.chances["background"]
        if told not in rivals:
            yield Ways(told, 0.0, 0.0, background)
            continue
        others = [other for other in rivals if other is not told]
        names = of_transfers(told, others, scene, chance, status)
        one, two = (models["transfer"].sums(each)["news"] for each in names)
        likelier = frozenset(names[0] if one >= two else names[1])
        read = heard.get(told.value)
        if read is not None:
            one, two = OWN * one + OTHER * two, OWN * two + OTHER * one
            one, two = one + READ * (read.news + read.to_first), two + READ * (read.news + read.to_second)
            background = model.logistic(BACKGROUND * model.odds(background) + READ_BACKGROUND * read.background)
        yield Ways(told, model.logistic(one), model.logistic(two), background, likelier, read)


def _asides(f: Finding, scene: Scene) -> list[Finding]:
    """The same number told of other, earlier exchanges too: "January: 757 for 49", "February: 757 for 45"."""
    if f.standing == "neither":
        return []
    seen = {id(f.candidate.sentence)}
    found: list[Finding] = []
    for j in f.told:
        sentence = j.candidate.sentence
        if id(sentence) in seen or j.chances["background"] < _ASIDE:
            continue
        seen.add(id(sentence))
        found.append(
            replace(f, candidate=j.candidate, told=(j,), standing="background", ends=_ends([j], scene), garbled=False)
        )
    return found


def _finding(ways: Ways, scene: Scene, models: Models, status: Status) -> Finding:
    told, likeliest = ways.told, max(ways.to_first, ways.to_second)
    least = model.least_news(ways.background, *((NEWS_READ, SURER_READ) if ways.read is not None else ()))
    standing = "news" if likeliest > least else "neither"
    aside = ways.background > model.BACKGROUND or told.chances["neither"] < _SOME_TRANSFER
    if standing != "news" and aside:
        standing = "background"
    best, dead = told.best, _counts_dead(ways)
    # Of what can be no news nobody asks the status.
    stage = _stage(told, models, status) if likeliest >= model.LIKELIEST else {status: 1.0}
    return Finding(
        best.candidate,
        told.places,
        standing,
        likeliest,
        _status(stage, status),
        dead,
        _what(best.candidate, dead),
        _news_ends(ways, scene) if standing == "news" else _ends(told.places, scene),
        None,
        _garbled(best.clues),
        least,
        ways.names,
    )


def _counts_dead(ways: Ways) -> bool:
    """Whether a number counts the dead, by its places and by what was read; what a noun says is certain."""
    if ways.read is None:
        return ways.told.dead
    places = [j.dead for j in ways.told.places]
    return model.odds(sum(places) / len(places)) + READ_DEAD * ways.read.dead > 0


def _news_ends(ways: Ways, scene: Scene) -> Ends:
    """The (giver, receiver) pairs of a number that is news: both only where a place of it tells it of each side.

    Of one that an encoder has read, where that and the way that is less likely are together likely enough.
    """
    if scene.sides is None:
        return ((None, None),)
    one, two = scene.sides
    both = ((two, one), (one, two))
    each, lesser = max(ways.told.mutual, ways.told.best.mutual), min(ways.to_first, ways.to_second)
    if ways.read is not None:
        mutual = model.odds(each) + model.odds(lesser) > EACH_READ
    else:
        mutual = each > 0.5 and lesser > model.NEWS
    if mutual:
        return both
    return both[:1] if ways.to_first > ways.to_second else both[1:]


def _status(chances: Mapping[Status, float], article: Status) -> Status:
    """A number's own status where its place says so clearly, else that of the article."""
    likeliest = max(chances, key=lambda each: chances[each])
    return likeliest if chances[likeliest] > _CLEARLY else article


def _stage(told: Told, models: Models, article: Status) -> Mapping[Status, float]:
    """How likely a number is told as completed, planned and postponed, by the mean of its places."""
    model_of = models["number status"]
    chances = model.shares(_mean([model_of.sums(j.names | {f"article {article}"}) for j in told.places]))
    return {status: chances[status] for status in STATUSES}


def _mean(sums: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {answer: sum(s[answer] for s in sums) / len(sums) for answer in sums[0]}


def _ends(told: Sequence[Judged], scene: Scene) -> Ends:
    if scene.sides is None:
        return ((None, None),)
    one, two = scene.sides
    if not any(_in_unequal_pair(j.candidate) for j in told):
        ways = [j.towards for j in told if not j.standing or j.chances["news"] > _ASIDE]
        each = sum(j.mutual for j in told) > 0.5 * len(told)
        if each or (ways and max(ways) > _OWN_WAY and min(ways) < -_OWN_WAY):
            return ((two, one), (one, two))
    towards = sum(j.towards for j in told)
    return ((two, one),) if towards > 0 else ((one, two),) if towards < 0 else ((None, None),)


def _in_unequal_pair(c: Candidate) -> bool:
    return c.partner is not None and c.partner.value != c.value


def _what(c: Candidate, dead: bool) -> What:
    if dead:
        return "bodies"
    classes = [m.cls for m in (*c.people, *c.ahead)]
    if "prisoner" in classes:
        return "prisoners"
    if "civilian" in classes and "person" not in classes:
        return "civilians"
    return "prisoners" if c.sentence.has("captivity", "prisoner", "wounded") else "persons"


def _garbled(clues: Sequence[tuple[str, str]]) -> bool:
    """Whether a side is told to receive the other's people ("handed over 1,212 bodies of Ukrainians to Russia")."""
    owners = {who for name, who in clues if name == "first in its phrase people"}
    receivers = {who for name, who in clues if name in ("to bare", "side to", "to to")}
    return len(owners) == 1 and len(receivers) == 1 and owners != receivers


def _likeliest(found: list[Finding], score: float) -> list[Finding]:
    """With no number that is news for certain, the likeliest of a report is taken for it, if it is likely at all."""
    if any(f.standing == "news" for f in found):
        return found
    best = max(found, key=lambda f: f.probability, default=None)
    least = model.LEAST if score >= model.SURE else model.LIKELIEST
    if best is None or best.probability < least or best.standing == "background":
        return found
    return [replace(f, standing="news") if f is best else f for f in found]


def without_number(scene: Scene, models: Models, status: Status, score: float) -> list[Finding]:
    """The transfer that an article without a counted one tells: of its first sentence that tells one at all."""
    plain = unnumbered(scene.sentences, scene.language)
    for c in plain or (unnumbered(scene.sentences, scene.language, plainly=False) if score >= model.SURE else ()):
        clues = features.of_direction(c, scene, None)
        towards = _towards(clues, scene, models["direction"])
        dead = models["kind"].probabilities(features.of_kind(c, scene))["dead"]
        swapped = c.verb is not None and c.verb.cls == "swap"
        judged = Judged(c, set(), {}, clues, towards, 1.0 if swapped else 0.0, dead)
        ends = _ends([judged], scene)
        what = _what(c, dead > 0.5)
        return [Finding(c, (judged,), "news", 0.0, status, dead > 0.5, what, ends, None, _garbled(clues))]
    return []
