"""The nouns of reading archives: a unit of work, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

UnitState = Literal["running", "done", "failed"]


class UnitName(NamedTuple):
    """What a unit is called: the method that reads it, the source, and the file, day or sitemap."""

    method: str
    source: str
    unit: str


@dataclass(frozen=True, slots=True)
class UnitTally:
    """What was found in a unit so far."""

    records: int = 0  # seen
    candidates: int = 0  # that the scan let through, and were taken apart
    reports: int = 0
    stored: int = 0  # articles that were new
    known: int = 0  # articles that were stored before, by whatever method
    damaged: int = 0  # records that could not be read


@dataclass(frozen=True, slots=True)
class ArchiveUnit:
    """One line of the ledger of archives.

    `mark` is where to go on, in words that the method understands; `position` and `size` are bytes, or whatever the
    unit is counted in. `days` are those it covers, as far as is known. `owner` is the process at work.
    """

    name: UnitName
    state: UnitState
    started: datetime
    updated: datetime
    owner: str = ""
    mark: str = ""
    position: int = 0
    size: int = 0
    days: frozenset[date] = frozenset()
    reason: str = ""
    tally: UnitTally = field(default_factory=UnitTally)


@dataclass(frozen=True, slots=True)
class ArchiveProgress:
    """How far a source was read by a method: its units by their state, and what was found in all of them.

    `position` and `size` are those of its units together.
    """

    method: str
    source: str
    done: int
    running: int
    failed: int
    position: int
    size: int
    started: datetime
    updated: datetime
    tally: UnitTally
