"""The detector of this installation: the packaged rules and the operator's own files, the same in every process."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from parsers.detect import Detector

# A list of files as in PATH. Processes that are started later inherit it.
VARIABLE = "EXCHANGEWATCH_RULES"


def use(files: Iterable[Path]) -> None:
    """Let this process, and those that it starts, read these files after the packaged rules."""
    named = [str(file) for file in files]
    if named:
        os.environ[VARIABLE] = os.pathsep.join(named)


def detector() -> Detector:
    """The detector, compiled once a process. Raises ConfigError that names the file and the key."""
    return _compiled(os.environ.get(VARIABLE, ""))


@cache
def _compiled(files: str) -> Detector:
    return Detector.load(tuple(Path(file) for file in files.split(os.pathsep) if file))
