"""An article's status (completed, planned, postponed) and the day of its exchange, by weighed evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.model import Status
from parsers import encoder, features, model
from parsers.annotate import Sentence
from parsers.assemble import STATUSES, Models
from parsers.candidates import Candidate
from parsers.dates import Day, forward
from parsers.features import Scene

# A day this long before the publication belongs to another exchange, whatever else speaks for it.
_STALE = timedelta(days=12)


@dataclass(frozen=True, slots=True)
class DayChoice:
    """A day that the article names, how likely it is that of the exchange, and where it is named first."""

    value: str
    probability: float
    sentence: Sentence


def status_of(names: Iterable[str], models: Models, read: Mapping[str, float] | None = None) -> Status:
    """The likeliest status of an article's main exchange: by its evidence, and by what the encoder has read of it."""
    sums = models["status"].sums(names)
    return max(STATUSES, key=lambda status: sums[status] + (read[status] if read else 0))


def choose_days(
    scene: Scene, models: Models, status: Status, read: Mapping[str | None, float] | None = None
) -> list[DayChoice]:
    """The days that an exchange of this status may have been told of, the likeliest first.

    By their evidence, and by how likely the encoder has `read` each to be, of those that an exchange of this status can
    have.
    """
    if scene.published is None:
        return [DayChoice(day.value, 0.5, s) for s in scene.sentences for day in s.days if len(day.value) == 10]
    missing: dict[str, float] = {}
    first: dict[str, Sentence] = {}
    for day, sentence, names in day_evidence(scene):
        if not _fits(day.value, status, scene.published):
            continue
        chance = models["day"].probabilities(names | {f"{status}: {names_age(day, scene.published)}"})["it"]
        missing[day.value] = missing.get(day.value, 1.0) * (1 - chance)
        first.setdefault(day.value, sentence)
    chances = {value: 1 - left for value, left in missing.items()}
    if read is not None:
        fitting = _fitting(read, scene, status, scene.published)
        chances = {value: _of_both(chance, fitting.get(value, 0.0)) for value, chance in chances.items()}
    chosen = [DayChoice(value, chance, first[value]) for value, chance in chances.items()]
    return sorted(chosen, key=lambda choice: -choice.probability)


def _fitting(
    read: Mapping[str | None, float], scene: Scene, status: Status, published: date
) -> dict[str | None, float]:
    """What the encoder has read, of those days alone that an exchange of this status can have.

    It knows of a weekday that it is one; where the last such day is none of these, the next is meant.
    """
    following = {day.value: forward(day, published).value for s in scene.sentences for day in s.days if day.weekday}
    found: dict[str | None, float] = {}
    for value, share in read.items():
        day = value
        if day is not None and not _fits(day, status, published):
            day = following.get(day)
            if day is None or not _fits(day, status, published):
                continue
        found[day] = found.get(day, 0.0) + share
    whole = sum(found.values())
    return {value: share / whole for value, share in found.items()} if whole else found


def _of_both(evidence: float, read: float) -> float:
    """How likely a day is by its evidence and by the encoder's word."""
    heard = model.odds(read) - model.odds(encoder.DAY_NEUTRAL)
    return model.logistic(model.odds(evidence) + heard)


def day_evidence(scene: Scene) -> Iterator[tuple[Day, Sentence, set[str]]]:
    """Every full day named in an article with its evidence; a weekday twice, as the last such day and as the next."""
    for sentence in scene.sentences:
        for day in sentence.days:
            if len(day.value) != 10 or scene.published is None:
                continue
            names = features.of_day(day, sentence, scene)
            yield day, sentence, names
            ahead = forward(day, scene.published)
            if ahead.value != day.value:
                yield ahead, sentence, {f"next {name}" for name in names} | {"next"}


def names_age(day: Day, published: date) -> str:
    """A day's age with its kind, as evidence that is weighed with the status."""
    return f"{'weekday' if day.weekday else 'day'} {features.age(day, published)}"


def _fits(value: str, status: Status, published: date) -> bool:
    """A completed exchange lies behind the publication, a planned one ahead of it; a postponed one may be either."""
    day = date.fromisoformat(value)
    if status == "completed":
        return published - _STALE <= day <= published + timedelta(days=1)
    if status == "planned":
        return day >= published
    return day >= published - _STALE


def main_day(choices: Iterable[DayChoice]) -> str | None:
    """The likeliest day, if it is likely at all."""
    best = next(iter(choices), None)
    return best.value if best is not None and best.probability >= model.DAY else None


def day_for(
    c: Candidate, status: Status, main: Status, choices: list[DayChoice], scene: Scene, models: Models
) -> str | None:
    """The day of one figure: that of its own sentence where it is likely, else the article's main day."""
    if status != main:
        # What is planned beside an exchange that took place has another day.
        choices = [choice for choice in choose_days(scene, models, status) if choice.value != scene.main_day]
    likely = {choice.value for choice in choices if choice.probability >= model.DAY}
    own = [day for day in c.sentence.days if day.value in likely]
    if own and c.sentence.part == "text":
        return min(own, key=lambda day: abs(day.first - c.count.first)).value
    return main_day(choices)


def told_day(sentence: Sentence, at: int) -> str | None:
    """The day or month that a sentence names nearest to a token: when an earlier exchange was."""
    told = (day for day in sentence.days if len(day.value) >= len("2008-07"))
    nearest = min(told, key=lambda day: (len(day.value) < 10, abs(day.first - at)), default=None)
    return nearest.value if nearest is not None else None
