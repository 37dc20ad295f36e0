"""A sentence -> its transfer verbs, and how numbers, prepositions and sides hang on them."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.annotate import TRANSFERS, Sentence
from parsers.lexicon import Mention
from parsers.numbers import Count
from parsers.rules import Language

PEOPLE = ("body", "dead", "prisoner", "civilian", "person", "wounded", "people", "own")
STOPS = frozenset(".;:()!?–,•|/")
_NOUN_PHRASE = 9
# A verb farther than this (in tokens, commas and numbers in between weighing more) governs no number.
_FARTHEST = 26


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


def noun_phrase(
    sentence: Sentence, count: Count, verbs: Sequence[Mention], language: Language
) -> tuple[list[Mention], int]:
    """The people words that a number counts ("909 bodies of Ukrainian soldiers") and where they end."""
    words = sentence.words
    stop = min(len(words), count.last + _NOUN_PHRASE)
    others = {c.first for c in sentence.counts}
    starts = {v.first for v in verbs}
    leads = language.prepositions.get("from", frozenset())
    nouns = sentence.of("people", "prisoner", "body")
    at = count.last
    while at < stop and words[at] not in STOPS and at not in others:
        if at in starts and not any(m.first <= at < m.last for m in nouns):
            break
        if at > count.last and words[at] in leads:
            break
        at += 1
    return [m for m in sentence.mentions if count.last <= m.first < at and m.cls in PEOPLE], at


def governing(sentence: Sentence, count: Count, verbs: Sequence[Mention]) -> Mention | None:
    """The transfer verb that a number belongs to: the nearest, where commas and other numbers lie far apart."""
    words = sentence.words

    def cost(verb: Mention) -> int:
        first, last = sorted((verb.first, count.first))
        others = sum(first < c.first < last for c in sentence.counts)
        return (last - first) + 5 * sum(w in STOPS for w in words[first:last]) + 4 * others + 3 * (verb.cls == "swap")

    best = min(verbs, key=cost, default=None)
    return best if best is not None and cost(best) <= _FARTHEST else None


def led_by(sentence: Sentence, mention: Mention, language: Language) -> str:
    """The kind of preposition (to, from, by, of) up to two words before a mention, "" for none."""
    for kind in ("to", "from", "by", "of"):
        leads = language.prepositions.get(kind, frozenset())
        for at in range(max(0, mention.first - 2), mention.first):
            # The "to" of "according to" leads nobody.
            if sentence.words[at] in leads and not any(
                m.cls == "says" and m.last - m.first > 1 and m.first <= at < m.last for m in sentence.mentions
            ):
                return kind
    return ""


def is_passive(sentence: Sentence, verb: Mention, language: Language) -> bool:
    """Whether a verb form has no acting subject: "were returned", "повернуто", "возвращены"."""
    words = sentence.words
    before = words[max(0, verb.first - 3) : verb.first]
    if any(word in language.passive for word in before):
        return not language.auxiliaries.intersection(before[-1:]) and not words[verb.first].endswith(
            language.active_endings
        )
    return bool(language.passive_endings) and words[verb.first].endswith(language.passive_endings)


def is_done(sentence: Sentence, verb: Mention, language: Language) -> bool:
    """Whether the verb's form tells of something done: "handed over", "передали", "возвращены"."""
    before = sentence.words[max(0, verb.first - 2) : verb.first]
    if any(word in language.auxiliaries for word in before):
        return False
    return any(
        w.endswith(language.completed_endings) or w in language.completed_forms
        for w in sentence.words[verb.first : verb.last]
        if len(w) > 3
    )
