"""The detector of this installation: the packaged rules and the operator's own files, the same in every process."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from parsers.detect import Detector

# A list of files as in PATH, and whether the encoder is left out. Processes that are started later inherit them.
VARIABLE = "EXCHANGEWATCH_RULES"
ENCODER, OFF = "EXCHANGEWATCH_ENCODER", "off"


def use(files: Iterable[Path], *, encoder: bool = True) -> None:
    """Let this process, and those that it starts, read these files after the packaged rules, with the encoder or not.

    Where the environment leaves the encoder out, it stays out.
    """
    named = [str(file) for file in files]
    if named:
        os.environ[VARIABLE] = os.pathsep.join(named)
    if not encoder:
        os.environ[ENCODER] = OFF


def detector() -> Detector:
    """The detector, compiled once a process. Raises ConfigError that names the file and the key."""
    compiled = _compiled(os.environ.get(VARIABLE, ""))
    return compiled.by_evidence() if os.environ.get(ENCODER) == OFF else compiled


@cache
def _compiled(files: str) -> Detector:
    return Detector.load(tuple(Path(file) for file in files.split(os.pathsep) if file))
