"""JSONL of articles -> JSONL of what they report, in the same order."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from app import shapes
from app.commands.options import command_app, example
from app.detector import detector
from app.rows import Row
from app.stream import STANDARD_INPUT, Articles, worked_through

app = command_app()


@app.command(
    epilog=example(
        "exchangewatch detect articles.jsonl > reports.jsonl",
        'echo \'{"id": 1, "text": "Russia returned 1,200 bodies to Ukraine."}\' \\',
        "  | exchangewatch detect",
    )
)
def detect(
    file: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="A JSONL file; - or nothing for standard input.")
    ] = STANDARD_INPUT,
) -> int:
    """Read articles, one JSON object a line, and write what each reports.

    In: {"id", "url", "title", "text", "published", "lang"?}. Out, in the same order: {"id", "relevant", "language",
    "score", "reasons", "events", "background"}. A line that cannot be read is named on standard error with its number;
    the others go on, and the exit code is 1 at the end.
    """
    with Articles.opened(file) as articles:
        for answer in worked_through(iter(articles), _answer, articles.are_many):
            sys.stdout.buffer.write(answer)
            if not articles.are_many:
                sys.stdout.buffer.flush()
    return 1 if articles.bad else 0


def _answer(row: Row) -> bytes:
    verdict = detector().detect(row.title, row.text, row.published, row.language)
    return shapes.line(shapes.detection(row.id, verdict))
