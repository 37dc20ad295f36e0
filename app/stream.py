"""A JSONL file or a pipe -> its articles, worked through in order, on one core or on all."""

from __future__ import annotations

import os
import stat
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

from app.detector import detector
from app.rows import BadLine, Row, read_rows
from app.workers import new_pool
from core.errors import InputError

Result = TypeVar("Result")

STANDARD_INPUT = "-"
# Below this, a pool of processes takes longer to start than the work takes: a second of ordinary news, ten reports.
_WORTH_A_POOL = 1_000_000
_CHUNK = 64


class Articles:
    """The articles of one file: bad lines are told on standard error at once, and counted in `bad`."""

    def __init__(self, name: str, lines: BinaryIO) -> None:
        self.bad = 0
        self.lines = lines
        self._name = "standard input" if name == STANDARD_INPUT else name

    @classmethod
    @contextmanager
    def opened(cls, name: str) -> Iterator[Articles]:
        """The articles of a file, or of standard input for "-"; raises InputError where it cannot be opened."""
        if name == STANDARD_INPUT:
            yield cls(name, sys.stdin.buffer)
            return
        try:
            lines = Path(name).open("rb")  # noqa: SIM115  # only opening it may fail this way, not what is done with it
        except OSError as error:
            raise InputError(f"{name}: {error.strerror}; give a JSONL file, or - for standard input") from None
        with lines:
            yield cls(name, lines)

    def __iter__(self) -> Iterator[Row]:
        for row in read_rows(self.lines):
            if isinstance(row, BadLine):
                self.complain(f"line {row.number}: {row.reason}")
            else:
                yield row

    def complain(self, reason: str) -> None:
        """Say what is wrong with one line, and count it."""
        self.bad += 1
        print(f"exchangewatch: {self._name}, {reason}", file=sys.stderr)

    @property
    def position(self) -> int:
        """How many bytes have been read; 0 for a pipe."""
        return self.lines.tell() if self.lines.seekable() else 0

    @property
    def are_many(self) -> bool:
        """Worth all cores: only a large file, since who writes into a pipe line by line waits for each answer."""
        try:
            told = os.fstat(self.lines.fileno())
        except OSError:
            return False
        return stat.S_ISREG(told.st_mode) and told.st_size > _WORTH_A_POOL and (os.cpu_count() or 1) > 1


def worked_through(rows: Iterator[Row], work: Callable[[Row], Result], on_all_cores: bool) -> Iterator[Result]:
    """`work(row)` for each row, in order. `work` has to be a function of a module, so that other processes find it."""
    detector()  # a wrong rules file is better told here than by every worker
    if not on_all_cores:
        yield from map(work, rows)
        return
    waiting: deque[Future[list[Result]]] = deque()
    pool = new_pool()
    try:
        while chunk := list(islice(rows, _CHUNK)):
            waiting.append(pool.submit(_chunk, work, chunk))
            if len(waiting) > 3 * (os.cpu_count() or 1):
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _chunk(work: Callable[[Row], Result], rows: list[Row]) -> list[Result]:
    return [work(row) for row in rows]
