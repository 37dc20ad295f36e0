"""Two members, or a member and a day's cluster, to why they may be one event: a fit with its reason, or none.

Fits are ranked; a lower rank is the better proof. Dates are compared first by `events.match`; here speak ordinals,
figures, order in time and whether one article itself tells two things apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.model import Member
from events.sides import Direction, figures, home, month_of

# How many days after an exchange an article without a date may still mean it, by how well the figures agree.
NEWS_LASTS = 3
TWO_FIGURES_LAST = 14
NUMBERED_LASTS = 14
# How many days ahead an announcement without a date may mean, with the same figures and without any.
FORETOLD_WITH_FIGURES = 21
FORETOLD = 10
_SMALL = 20  # two exchanges in a row of 15 each are common; of 277 each they are not
_CLOSE = 0.8  # 1,200 and 1,212 are accounts of one handover; 390 and 1,000 are not


@dataclass(frozen=True, slots=True, order=True)
class Fit:
    """How well two are one event: `rank` 0 is the best, `gap` the days between them, `reason` in words."""

    rank: int
    gap: int
    reason: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Account:
    """A member with what is compared of it."""

    member: Member
    home: date
    month: date | None
    figures: dict[Direction, frozenset[int]]

    @classmethod
    def of(cls, member: Member) -> Account:
        """The account that a member gives."""
        return cls(member, home(member), month_of(member.exchange), figures(member.exchange))

    @property
    def done(self) -> bool:
        """Whether it tells of something that has happened."""
        return self.member.exchange.status == "completed"

    @property
    def published(self) -> date:
        """The day of its publication, in UTC."""
        return self.member.published.date()


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the figures of two compare: directions in which they are equal, differ little, differ much."""

    equal: tuple[int, ...]
    close: int
    far: int

    @property
    def same(self) -> bool:
        """Some figure is equal and none differs."""
        return bool(self.equal) and not self.close and not self.far

    @property
    def marked(self) -> bool:
        """A figure is equal that is hardly so by chance, since it is not round (277), and none differs much."""
        return not self.far and any(each > _SMALL and each % 10 for each in self.equal)

    @property
    def telling(self) -> bool:
        """The same, and hardly by chance: unlike figures both ways (909 for 41), or one that is not round (277)."""
        return self.same and (self.marked or len(set(self.equal)) > 1)

    @property
    def silent(self) -> bool:
        """There is nothing to compare."""
        return not self.equal and not self.close and not self.far


def agreement(one: dict[Direction, frozenset[int]], other: dict[Direction, frozenset[int]]) -> Agreement:
    """Compare figures direction by direction; those without a direction can agree, but never disagree."""
    equal: list[int] = []
    close = far = 0
    for ends in sorted(one.keys() & other.keys(), key=str):
        shared = one[ends] & other[ends]
        if shared:
            equal.append(max(shared))
        elif ends == (None, None):
            continue
        elif any(min(a, b) >= _CLOSE * max(a, b) for a in one[ends] for b in other[ends]):
            close += 1
        else:
            far += 1
    loose = one.get((None, None), frozenset()) | other.get((None, None), frozenset())
    if loose and not equal:
        equal.extend(sorted(loose & _all(one) & _all(other))[-1:])
    return Agreement(tuple(equal), close, far)


def distinct(accounts: Iterable[Account]) -> list[Account]:
    """One account for all that say the same, whoever says it."""
    by_word = {(each.done, each.member.exchange.ordinal, frozenset(each.figures.items())): each for each in accounts}
    return list(by_word.values())


def fit_to_day(account: Account, day: date, cluster: Sequence[Account], words: Sequence[Account]) -> Fit | None:
    """Why an account without a day may mean the event of `day`.

    `cluster` are the accounts that name the day, `words` the distinct ones among them.
    """
    if account.month is not None and (account.month.year, account.month.month) != (day.year, day.month):
        return None
    gap = (account.published - day).days
    if not account.done:
        gap = -gap
    earliest = -NEWS_LASTS if not account.done and not any(each.done for each in words) else 0
    if not earliest <= gap <= FORETOLD_WITH_FIGURES:
        return None
    if any(told_apart(account, each) for each in cluster) or any(_other_number(account, each) for each in words):
        return None
    fits = [found for each in words if (found := _fit(account, each, abs(gap), account.done)) is not None]
    return min(fits, default=None)


def fit(one: Account, other: Account) -> Fit | None:
    """Why two accounts without a day may be about one event."""
    if told_apart(one, other) or _other_number(one, other):
        return None
    if one.done == other.done:
        return _fit(one, other, abs((one.home - other.home).days), one.done)
    done, foretold = (one, other) if one.done else (other, one)
    ahead = (done.home - foretold.home).days
    return None if ahead < 0 else _fit(one, other, ahead, happened=False)


def apart(one: Account, other: Account) -> bool:
    """Whether two accounts without a day can never be about one event."""
    differing = one.done == other.done and agreement(one.figures, other.figures).far > 0
    return differing or told_apart(one, other) or _other_number(one, other)


def told_apart(one: Account, other: Account) -> bool:
    """Whether one article tells both, and as two things: of another status, or with other figures."""
    if one.member.article_id != other.member.article_id:
        return False
    compared = agreement(one.figures, other.figures)
    return one.member.exchange.status != other.member.exchange.status or bool(compared.close or compared.far)


def _fit(one: Account, other: Account, gap: int, happened: bool) -> Fit | None:
    """The first of the rules that holds across so many days; they stand in the order of their strength."""
    compared = agreement(one.figures, other.figures)
    told = ", ".join(f"{each:,}" for each in compared.equal)
    number = one.member.exchange.ordinal
    numbered = number is not None and number == other.member.exchange.ordinal
    rules = (
        (numbered, NUMBERED_LASTS, f"the same number in the series ({number})"),
        (compared.same, NEWS_LASTS if happened else FORETOLD_WITH_FIGURES, f"the same figures ({told})"),
        (compared.same and len(compared.equal) > 1, TWO_FIGURES_LAST, f"the same figures both ways ({told})"),
        (bool(compared.equal), 1, f"one of the figures is the same ({told})"),
        (compared.silent, NEWS_LASTS if happened else FORETOLD, "the same sides, and no figure that differs"),
        (bool(compared.close) and not compared.far, 1, "nearly the same figures"),
    )
    fits = (Fit(rank, gap, reason) for rank, (holds, reach, reason) in enumerate(rules) if holds and gap <= reach)
    return next(fits, None)


def _other_number(one: Account, other: Account) -> bool:
    numbers = {one.member.exchange.ordinal, other.member.exchange.ordinal} - {None}
    return len(numbers) > 1


def _all(told: dict[Direction, frozenset[int]]) -> frozenset[int]:
    return frozenset().union(*told.values())
