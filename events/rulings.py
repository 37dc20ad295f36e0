"""Groups and what the desk ruled by hand -> the groups as the desk wants them: put together, or set apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.feedback import Ruling
from core.model import Member
from events.match import Group, Join


def ruled(groups: Sequence[Group], rulings: Iterable[Ruling]) -> list[Group]:
    """The groups after every ruling, in the order in which they were made. Keys that are not there are passed over."""
    now = list(groups)
    for ruling in sorted(rulings, key=lambda each: each.number):
        now = _together(now, ruling) if ruling.what == "merge" else _apart(now, ruling)
    return sorted(now, key=lambda group: (min(each.published for each in group.members), group.members[0].key))


def _together(groups: list[Group], ruling: Ruling) -> list[Group]:
    meant = [group for group in groups if any(member.key in ruling.keys for member in group.members)]
    if len(meant) < 2:
        return groups
    first, *others = meant
    moved = [Join(member.key, first.members[0].key, ruling.in_words()) for group in others for member in group.members]
    whole = _group(first.bucket, [member for group in meant for member in group.members], (*first.joins, *moved))
    return [*(group for group in groups if group not in meant), whole]


def _apart(groups: list[Group], ruling: Ruling) -> list[Group]:
    kept: list[Group] = []
    gone: list[Member] = []
    for group in groups:
        stays = [member for member in group.members if member.key not in ruling.keys]
        leaves = [member for member in group.members if member.key in ruling.keys]
        if not stays:  # what stands alone is apart already
            kept.append(group)
            continue
        gone += leaves
        left = {member.key for member in leaves}
        kept.append(_group(group.bucket, stays, [join for join in group.joins if join.key not in left]))
    if gone:
        bucket = next(group.bucket for group in groups if gone[0] in group.members)
        kept.append(_group(bucket, gone, [Join(member.key, "", ruling.in_words()) for member in gone]))
    return kept


def _group(bucket: str, members: Iterable[Member], joins: Iterable[Join]) -> Group:
    return Group(
        bucket,
        tuple(sorted(members, key=lambda member: member.key)),
        tuple(sorted(joins, key=lambda join: join.key)),
    )
