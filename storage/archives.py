"""The ledger of archives: one row for each unit of work, with what was found in it and where to go on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, insert, select, update

from core.archives import ArchiveProgress, ArchiveUnit, UnitName, UnitTally
from storage.schema import archives, crawls

_COUNTS = tuple(UnitTally.__dataclass_fields__)


def begin(
    connection: Connection, unit: ArchiveUnit, may_take: Callable[[ArchiveUnit], bool], again: bool
) -> ArchiveUnit | None:
    """Take a unit for its owner; as it stands. None where it is done (unless `again`) or may not be taken."""
    row = connection.execute(select(archives).where(_is(unit.name))).one_or_none()
    if row is None:
        connection.execute(insert(archives).values(_values(unit)))
        return unit
    known = _unit(row)
    if (known.state == "done" and not again) or (known.state == "running" and not may_take(known)):
        return None
    if known.state == "done" or known.size != unit.size:  # another file under the same name, or read once more
        known = unit
    fresh = replace(known, state="running", reason="", owner=unit.owner, updated=unit.updated, size=unit.size)
    connection.execute(update(archives).where(_is(unit.name)).values(_values(fresh)))
    return fresh


def put(connection: Connection, unit: ArchiveUnit) -> bool:
    """Write down how far a unit has come; False where it is no longer its owner's."""
    mine = and_(_is(unit.name), archives.c.owner == unit.owner)
    return connection.execute(update(archives).where(mine).values(_values(unit))).rowcount > 0


def units(connection: Connection, method: str | None = None, source: str | None = None) -> list[ArchiveUnit]:
    """The whole ledger, or that of a method or a source, in the order of names."""
    query = select(archives).order_by(archives.c.method, archives.c.source, archives.c.unit)
    query = query if method is None else query.where(archives.c.method == method)
    query = query if source is None else query.where(archives.c.source == source)
    return [_unit(row) for row in connection.execute(query)]


def progress(connection: Connection) -> list[ArchiveProgress]:
    """How far each source was read by each method, the last at work first."""
    columns, states = archives.c, ("done", "running", "failed")
    counted: list[Any] = [func.sum(case((columns.state == state, 1), else_=0)) for state in states]
    sums: list[Any] = [func.sum(columns[name]) for name in (*_COUNTS, "position", "size")]
    times: list[Any] = [func.min(columns.started), func.max(columns.updated)]
    query = select(columns.method, columns.source, *counted, *sums, *times)
    grouped = query.group_by(columns.method, columns.source).order_by(func.max(columns.updated).desc())
    found = []
    for row in connection.execute(grouped):
        method, source, *numbers, started, updated = row
        done, running, failed, *tally, position, size = map(int, numbers)
        found.append(
            ArchiveProgress(method, source, done, running, failed, position, size, started, updated, UnitTally(*tally))
        )
    return found


def latest(connection: Connection, state: str, limit: int) -> list[ArchiveUnit]:
    """The units of a state, the last at work first."""
    query = select(archives).where(archives.c.state == state).order_by(archives.c.updated.desc()).limit(limit)
    return [_unit(row) for row in connection.execute(query)]


def covered(connection: Connection) -> dict[str, set[date]]:
    """The days of each source that an archive or a visit has covered."""
    days: dict[str, set[date]] = defaultdict(set)
    for unit in units(connection):
        if unit.state == "done":
            days[unit.name.source] |= unit.days
    visited = select(crawls.c.source, crawls.c.started).where(crawls.c.problem.is_(None))
    for source, started in connection.execute(visited):
        days[source].add(started.date())
    return dict(days)


def _is(name: UnitName) -> Any:
    return and_(archives.c.method == name.method, archives.c.source == name.source, archives.c.unit == name.unit)


def _values(unit: ArchiveUnit) -> dict[str, Any]:
    plain = {name: getattr(unit, name) for name in ArchiveUnit.__slots__ if name not in ("name", "tally")}
    return {**unit.name._asdict(), **plain, "days": _stretches(unit.days), **asdict(unit.tally)}


def _stretches(days: Iterable[date]) -> str:
    """Days -> the stretches that they make, in words."""
    found: list[list[date]] = []
    for day in sorted(days):
        if found and day - found[-1][-1] == timedelta(days=1):
            found[-1].append(day)
        else:
            found.append([day])
    return " ".join(f"{run[0]}/{run[-1]}" for run in found)


def _days(stretches: str) -> frozenset[date]:
    days: set[date] = set()
    for stretch in stretches.split():
        first, last = map(date.fromisoformat, stretch.split("/"))
        days.update(first + timedelta(days=number) for number in range((last - first).days + 1))
    return frozenset(days)


def _unit(row: Row[Any]) -> ArchiveUnit:
    return ArchiveUnit(
        name=UnitName(row.method, row.source, row.unit),
        state=row.state,
        started=row.started,
        updated=row.updated,
        owner=row.owner,
        mark=row.mark,
        position=row.position,
        size=row.size,
        days=_days(row.days),
        reason=row.reason,
        tally=UnitTally(**{name: getattr(row, name) for name in _COUNTS}),
    )
