"""A told transfer -> its status (completed, planned, postponed), its day, and whether it is news at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from core.model import Status
from parsers.annotate import THINGS, TRANSFERS, Sentence
from parsers.dates import Day, forward
from parsers.lexicon import Mention
from parsers.roles import Told
from parsers.rules import Language

Standing = Literal["news", "part", "total", "earlier"]
# A day this long before the main one belongs to another exchange; stages of one follow within days.
SAME_EVENT_DAYS = 1
STALE_DAYS = 6
_PAUSES = frozenset(",;:")


def status_of(told: Told, language: Language) -> Status:
    """Completed unless a word of plan or of refusal governs the transfer."""
    return status_at(told.sentence, told.verb, told.count.first if told.count else None, language)


def status_at(sentence: Sentence, verb: Mention | None, at: int | None, language: Language) -> Status:
    """The status that a sentence gives to its transfer verb (and to the number at token `at`)."""
    spot = verb.first if verb is not None else at or 0
    done = verb is not None and completed(sentence, verb, language)
    if _postponed(sentence, verb, spot, done):
        return "postponed"
    for m in sentence.of("planned"):
        if (
            done
            and verb is not None
            and not (m.last <= verb.first <= m.last + 2 and not _past_form(sentence, verb, language))
        ):
            continue
        if (
            (m.first <= spot and spot - m.last <= 14)
            or (at is not None and 0 <= at - m.last <= 8)
            or m.first - spot in range(0, 4)
        ):
            return "planned"
    return "completed"


def _postponed(sentence: Sentence, verb: Mention | None, spot: int, done: bool) -> bool:
    """Whether a word of refusal or delay belongs to the transfer: near, in its clause, and nothing was done."""
    declined = sentence.of("declined")
    for m in sentence.of("postponed"):
        first, last = sorted((m.first, spot))
        comma = "," in sentence.words[first:last] and (verb is None or verb.cls != "swap")
        apart_by_comma = comma and any(first < side.first < last for side in sentence.of("side"))
        if (
            last - first <= 12
            and not done
            and not apart_by_comma
            and not any(d.first <= m.first < d.last for d in declined)
        ):
            return True
    return False


def completed(sentence: Sentence, verb: Mention, language: Language) -> bool:
    """Whether the verb's form tells of something done: "handed over", "передали", "возвращены"."""
    if verb.cls == "swap" and not _past_form(sentence, verb, language):
        return False
    before = sentence.words[max(0, verb.first - 2) : verb.first]
    if any(word in language.auxiliaries for word in before):
        return False
    return _past_form(sentence, verb, language)


def _past_form(sentence: Sentence, verb: Mention, language: Language) -> bool:
    words = sentence.words[verb.first : verb.last]
    return any(w.endswith(language.completed_endings) or w in language.completed_forms for w in words if len(w) > 3)


def is_part(told: Told) -> bool:
    """Whether a number stands behind "of them", "including", "серед них": a part of a total."""
    if told.count is None:
        return False
    at = told.count.first
    return any(
        0 <= at - m.last <= 8 or (m.first == 0 and at < 12) for m in told.sentence.of("part") if m.first < at
    ) or any(0 <= m.first - told.count.last <= 1 for m in told.sentence.of("part"))


def is_total(told: Told) -> bool:
    """Whether a number is a running total: "since 2022", "in all", "усього від початку"."""
    if told.count is None:
        return False
    first, last = told.count.first, told.count.last
    for m in told.sentence.of("cumulative", "cumulative_to"):
        before = m.first < first
        between = told.sentence.words[m.last : first] if before else told.sentence.words[last : m.first]
        if any(first < c.first < m.first or m.last <= c.first < first for c in told.sentence.counts):
            continue
        paused = bool(_PAUSES.intersection(between)) and m.first > 1
        if len(between) <= 12 and not paused and (before or m.cls == "cumulative"):
            return True
    return False


def is_earlier(told: Told) -> bool:
    """Whether the sentence looks back: "previously", "нагадаємо", "в последний раз"."""
    at = told.count.first if told.count else 99
    return told.looking_back or told.sentence.has("long_ago") or any(m.first <= at for m in told.sentence.of("past"))


def day_of(told: Told, published: date | None) -> str | None:
    """The day that the sentence gives for the transfer, nearest to its number or verb."""
    days = told.sentence.days
    if not days:
        return None
    spot = told.count.first if told.count else (told.verb.first if told.verb else 0)
    best = min(days, key=lambda day: (len(day.value) < 10, abs(day.first - spot)))
    return best.value


def planned_day(told: Told, published: date | None) -> str | None:
    """As day_of, with weekdays taken after the publication."""
    if published is None:
        return day_of(told, published)
    # "Negotiators who met on Friday have agreed": a weekday before the plan is that of the talks, not of the exchange.
    plan = min((m.first for m in told.sentence.of("planned")), default=0)
    days = [day for day in told.sentence.days if not day.weekday or day.first > plan]
    days = [forward(day, published) for day in days if not day.weekday or day.value != published.isoformat()]
    ahead = [day.value for day in days if day.value >= published.isoformat()[: len(day.value)]]
    return ahead[0] if ahead else None


def _is_item(sentence: Sentence) -> bool:
    """Whether a sentence is an item of a list: it begins with a bullet, a number or a month."""
    first = sentence.words[0] if sentence.words else ""
    return not first.isalpha() or any(m.cls == "month" and m.first == 0 for m in sentence.mentions)


def looks_back(sentence: Sentence, before: Sentence | None, already: bool) -> bool:
    """Whether a sentence goes on looking back: a paragraph that began so, or a list under such a heading."""
    if before is None or sentence.has("relative_day"):
        return False
    heading = before.words[-1:] == [":"] and before.has("past")
    if before.paragraph == sentence.paragraph:
        return already or (before.has("past") and before.of("past")[0].first <= 6)
    return heading or (already and _is_item(sentence))


def apart(one: str | None, two: str | None) -> int | None:
    """Whole days between two days; None where one is not known to the day."""
    if not one or not two or len(one) < 10 or len(two) < 10:
        return None
    return (date.fromisoformat(one) - date.fromisoformat(two)).days


def lead_day(sentences: Sequence[Sentence]) -> Day | None:
    """The first day named in a sentence that tells of a transfer."""
    for sentence in sentences:
        if sentence.has(*TRANSFERS, *THINGS) and sentence.days:
            full = [day for day in sentence.days if len(day.value) == 10]
            if full:
                return full[0]
    return next((day for sentence in sentences for day in sentence.days if len(day.value) == 10), None)
