"""Members to groups, each about one real-world exchange, whatever the order in which the members came.

The rules, in their order; only members of one bucket (the same two sides, and the dead or the living) are compared.

1. Accounts that name the same day are one event: between two sides there is one exchange of a kind a day.
2. Two different days are two events, with two exceptions: a day that was only planned for belongs to the completed
   one up to three days later (one day earlier) with the same figures, or up to two days later where there is no
   figure to compare; and two completed days beside each other are one where their figures are the same and hardly by
   chance: unlike ones both ways (909 for 41), or one that is not round (277). Where three times as many outlets name
   the one day as the other, the figure that is not round is enough, if no other differs much. An article that tells of
   both days keeps them apart.
3. An account without a day joins the day that it fits best (see `events.likeness`), else stays over.
4. What stays over is joined among itself, the best fit first, never across accounts that contradict each other.

What an account joins is decided by accounts that name a day and, among those left over, by near ones only, so an
event is the same whether its members come one by one or all at once, and `REACH` days around a member are enough
to know its event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from core.model import Member
from events.likeness import Account, Agreement, Fit, agreement, apart, distinct, fit, fit_to_day, told_apart
from events.sides import bucket, day

REACH = timedelta(days=45)
_WEAK = 4  # from this rank on a fit does not reach across more days than news lasts
_WEAK_SPAN = timedelta(days=4)
_MINORITY = 3  # so many times more outlets name the day beside it where a day is a mistake


@dataclass(frozen=True, slots=True)
class Join:
    """Why a member is in its group: `key` is the member's, `to` what it was joined to."""

    key: str
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class Group:
    """Members about one exchange, in the order of their keys, and why each is there."""

    bucket: str
    members: tuple[Member, ...]
    joins: tuple[Join, ...]


@dataclass(slots=True)
class _Cluster:
    days: tuple[date, ...]
    accounts: list[Account]
    joins: list[Join]

    @property
    def done(self) -> bool:
        return any(each.done for each in self.accounts)


def group(members: Iterable[Member]) -> list[Group]:
    """The groups of members; the same members give the same groups in any order."""
    every = sorted(members, key=lambda member: (member.published, member.key))
    told = {member.article_id for member in every if member.state != "corrected"}
    # What an article says no more is found with what it says now, and decides nothing.
    old = [member for member in every if member.state == "corrected" and member.article_id in told]
    buckets: dict[str, list[Account]] = defaultdict(list)
    for member in every:
        if member not in old:
            buckets[bucket(member.exchange)].append(Account.of(member))
    groups = [made for name in sorted(buckets) for made in _group_bucket(name, buckets[name])]
    return _with_old(groups, old) if old else groups


def _with_old(groups: Sequence[Group], old: Sequence[Member]) -> list[Group]:
    place: dict[str, int] = {}
    for number, made in enumerate(groups):
        for member in made.members:
            place.setdefault(member.article_id, number)
    joining: dict[int, list[Member]] = defaultdict(list)
    for member in old:
        joining[place[member.article_id]].append(member)
    return [
        Group(
            made.bucket,
            tuple(sorted((*made.members, *joining[number]), key=lambda member: member.key)),
            (*made.joins, *(Join(member.key, "", "its article says something else now") for member in joining[number])),
        )
        for number, made in enumerate(groups)
    ]


def _group_bucket(name: str, accounts: Sequence[Account]) -> list[Group]:
    dated = _join_days(_by_day(accounts))
    over = _attach([each for each in accounts if day(each.member.exchange.date) is None], dated)
    groups = []
    for cluster in (*dated, *_join_rest(over)):
        own = tuple(sorted((each.member for each in cluster.accounts), key=lambda member: member.key))
        groups.append(Group(name, own, tuple(sorted(cluster.joins, key=lambda join: join.key))))
    return sorted(groups, key=lambda made: (min(member.published for member in made.members), made.members[0].key))


def _by_day(accounts: Sequence[Account]) -> list[_Cluster]:
    named: dict[date, list[Account]] = defaultdict(list)
    for account in accounts:
        told = day(account.member.exchange.date)
        if told is not None:
            named[told].append(account)
    return [
        _Cluster((told,), own, [Join(each.member.key, str(told), f"it names the day {told}") for each in own])
        for told, own in sorted(named.items())
    ]


def _join_days(clusters: list[_Cluster]) -> list[_Cluster]:
    """Rule 2: completed days that are one night, then planned days into the completed ones that they came to."""
    kept: list[_Cluster] = []
    for cluster in clusters:
        if cluster.done and kept and _one_night(kept[-1], cluster):
            _merge(kept[-1], cluster, "the day beside it, with the same figures")
        elif cluster.done:
            kept.append(cluster)
    left, came = [], []
    for plan in (each for each in clusters if not each.done):
        found = [(fits, each) for each in kept if (fits := _came_to(plan, each)) is not None]
        if found:
            came.append((plan, *min(found, key=lambda pair: (pair[0], pair[1].days))))
        else:
            left.append(plan)
    for plan, fits, into in came:
        _merge(into, plan, fits.reason)
    return sorted((*kept, *left), key=lambda cluster: cluster.days)


def _came_to(plan: _Cluster, done: _Cluster) -> Fit | None:
    """Why a planned day is the completed one, if it is."""
    if any(told_apart(one, other) for one in plan.accounts for other in done.accounts):
        return None
    late = min(((each - plan.days[0]).days for each in done.days), key=abs)
    compared = _compared(plan, done)
    if any(each.same for each in compared) and -1 <= late <= 3:
        return Fit(1, abs(late), f"planned for {plan.days[0]}, and the same figures were completed")
    if all(each.silent for each in compared) and 1 <= late <= 2:
        return Fit(2, late, f"planned for {plan.days[0]}, completed soon after")
    return None


def _one_night(one: _Cluster, other: _Cluster) -> bool:
    if len(one.days) > 1 or (other.days[0] - one.days[0]).days != 1:
        return False
    if {each.member.article_id for each in one.accounts} & {each.member.article_id for each in other.accounts}:
        return False
    compared = _compared(one, other)
    if any(each.telling for each in compared) and not any(each.close or each.far for each in compared):
        return True
    few, many = sorted((one, other), key=lambda each: len(_outlets(each)))
    if len(_outlets(few)) * _MINORITY > len(_outlets(many)):
        return False
    known = distinct(many.accounts)
    return all(any(agreement(each.figures, account.figures).marked for account in known) for each in few.accounts)


def _outlets(cluster: _Cluster) -> set[str]:
    return {each.member.outlet for each in cluster.accounts}


def _compared(one: _Cluster, other: _Cluster) -> list[Agreement]:
    return [agreement(a.figures, b.figures) for a in distinct(one.accounts) for b in distinct(other.accounts)]


def _merge(into: _Cluster, other: _Cluster, reason: str) -> None:
    into.joins += [Join(each.member.key, str(into.days[0]), reason) for each in other.accounts]
    into.accounts += other.accounts
    into.days = tuple(sorted({*into.days, *other.days}))


def _attach(undated: Sequence[Account], dated: Sequence[_Cluster]) -> list[Account]:
    """Rule 3: every account without a day to the day it fits best; those that fit none are left over."""
    over, chosen = [], []
    named = [(cluster, list(cluster.accounts), distinct(cluster.accounts)) for cluster in dated]
    for account in undated:
        fits = [
            (found, told, cluster)
            for cluster, accounts, words in named
            for told in cluster.days
            if (found := fit_to_day(account, told, accounts, words)) is not None
        ]
        if fits:
            chosen.append((account, *min(fits, key=lambda each: each[:2])))
        else:
            over.append(account)
    for account, found, told, cluster in chosen:
        cluster.accounts.append(account)
        cluster.joins.append(Join(account.member.key, str(told), found.reason))
    return over


def _join_rest(accounts: Sequence[Account]) -> list[_Cluster]:
    """Rule 4: what names no day and fits none, joined pair by pair, the best fit first."""
    alone = {
        each.member.key: _Cluster((), [each], [Join(each.member.key, "", "the first account of it")])
        for each in accounts
    }
    pairs = [(found, a, b) for a, b in combinations(accounts, 2) if (found := fit(a, b)) is not None]
    for found, one, other in sorted(pairs, key=lambda pair: (pair[0], pair[1].member.key, pair[2].member.key)):
        into, joining = alone[one.member.key], alone[other.member.key]
        if into is joining or not _may_join(into, joining, found.rank):
            continue
        into.joins += [Join(each.member.key, one.member.key, found.reason) for each in joining.accounts]
        into.accounts += joining.accounts
        alone |= dict.fromkeys((each.member.key for each in joining.accounts), into)
    return list({id(cluster): cluster for cluster in alone.values()}.values())


def _may_join(one: _Cluster, other: _Cluster, rank: int) -> bool:
    if any(apart(a, b) for a in one.accounts for b in other.accounts):
        return False
    done = [each.home for each in (*one.accounts, *other.accounts) if each.done]
    return rank < _WEAK or not done or max(done) - min(done) <= _WEAK_SPAN
