"""Sources of the configuration -> whether each gives articles right now, and what to mend where it does not."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from app.checking import Checked, check, problems, steps
from app.commands import options
from app.commands.stores import configuration, named
from app.lexicon import check_lexicon
from app.logs import log_to_stderr
from app.summary import counted
from core.errors import InputError

app = options.command_app()


@app.command(
    "check",
    epilog=options.example(
        "exchangewatch check", "exchangewatch check kyiv-independent", "exchangewatch check lexicon my-rules.yaml"
    ),
)
def check_sources(
    source: Annotated[str | None, typer.Argument(metavar="[SOURCE]", help="Only this one; all without it.")] = None,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="After `lexicon`: a file of rules of your own.")
    ] = None,
    config: options.Config = options.DEFAULT_CONFIG,
) -> int:
    """Try sources without storing anything, and say what to mend.

    Is the source reached, does robots.txt allow it, does it offer links, can three of its articles be extracted, what
    does the detector make of them? The exit code is 1 if a source has a problem.

    `check lexicon FILE` tries a file of rules of your own instead: what it changes on the labelled articles.
    """
    if file is not None:
        if source != "lexicon":
            raise InputError(f"a file is only checked as rules: exchangewatch check lexicon {file}")
        return check_lexicon(file)
    settings = configuration(config)
    chosen = [named(settings, source)] if source else [each for each in settings.sources if each.enabled]
    log_to_stderr(logging.ERROR)
    checked = check(settings, chosen)
    troubled = sum(show(each) for each in checked)
    print(f"\n{counted(len(checked), 'source')} tried, {troubled:,} with a problem")
    return 1 if troubled else 0


def show(checked: Checked) -> bool:
    """Print one source, step by step; whether it has a problem."""
    for line in steps(checked):
        print(line)
    return any(problems(checked))
