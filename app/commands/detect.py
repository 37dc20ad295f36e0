"""JSONL of articles -> JSONL of what they report, in the same order."""

from __future__ import annotations

import os
import stat
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from app import shapes
from app.commands.options import command_app, example
from app.rows import BadLine, Row, read_rows
from app.workers import new_pool
from core.errors import InputError
from parsers.detect import Detector

app = command_app()

# Below this a pool of processes takes longer to start than the work takes.
_WORTH_A_POOL = 4_000_000
_CHUNK = 64


@app.command(
    epilog=example(
        """echo '{"id": 1, "published": "2025-06-13", "title": null,""",
        """  "text": "Russia returned the bodies of 1,200 soldiers to Ukraine."}' | exchangewatch detect""",
    )
)
def detect(
    file: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="A JSONL file; - or nothing for standard input.")
    ] = "-",
) -> int:
    """Read articles, one JSON object a line, and write what each reports.

    In: {"id", "url", "title", "text", "published", "lang"?}. Out, in the same order: {"id", "relevant", "language",
    "score", "reasons", "events", "background"}. A line that cannot be read is named on standard error with its number;
    the others go on, and the exit code is 1 at the end.
    """
    complaints = _Complaints("standard input" if file == "-" else file)
    with _opened(file) as lines:
        rows = complaints.without_bad_lines(read_rows(lines))
        if _is_worth_a_pool(lines):
            _write_all(rows)
        else:
            _write_one_by_one(rows)
    return 1 if complaints.count else 0


class _Complaints:
    """The bad lines of one input: each is told at once, all are counted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0

    def without_bad_lines(self, rows: Iterator[Row | BadLine]) -> Iterator[Row]:
        for row in rows:
            if isinstance(row, BadLine):
                self.count += 1
                print(f"exchangewatch: {self.name}, line {row.number}: {row.reason}", file=sys.stderr)
            else:
                yield row


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as lines:
            yield lines
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise InputError(f"{file}: {error.strerror}; give a JSONL file, or - for standard input") from None


def _is_worth_a_pool(lines: BinaryIO) -> bool:
    """Only for a large file: whoever writes into a pipe line by line waits for each answer."""
    try:
        told = os.fstat(lines.fileno())
    except OSError:
        return False
    return stat.S_ISREG(told.st_mode) and told.st_size > _WORTH_A_POOL and (os.cpu_count() or 1) > 1


def _write_one_by_one(rows: Iterator[Row]) -> None:
    detector = Detector.load()
    for row in rows:
        sys.stdout.buffer.write(_answer(detector, row))
        sys.stdout.buffer.flush()


def _write_all(rows: Iterator[Row]) -> None:
    """The same through a pool, a few chunks ahead of the writing, in order."""
    Detector.load()  # a wrong rules file is better told here than by every worker
    waiting: deque[Future[bytes]] = deque()
    pool = new_pool()
    try:
        while chunk := list(islice(rows, _CHUNK)):
            waiting.append(pool.submit(_answers, chunk))
            if len(waiting) > 3 * (os.cpu_count() or 1):
                sys.stdout.buffer.write(waiting.popleft().result())
        while waiting:
            sys.stdout.buffer.write(waiting.popleft().result())
    finally:
        pool.shutdown(cancel_futures=True)


def _answers(chunk: list[Row]) -> bytes:
    detector = Detector.load()
    return b"".join(_answer(detector, row) for row in chunk)


def _answer(detector: Detector, row: Row) -> bytes:
    return shapes.line(shapes.detection(row.id, detector.detect(row.title, row.text, row.published, row.language)))
