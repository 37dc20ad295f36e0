"""The command as a user runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).with_name("exchangewatch"))
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without anything that would make a test post to somebody's Slack."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "EXCHANGEWATCH_"))}
    return {**kept, "PYTHONUTF8": "1", "COLUMNS": "80", **more}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """run("detect", "-", input="...") -> the finished process, started in an empty folder."""

    def run_command(*arguments: str, input: str | bytes = "", **environment: str) -> subprocess.CompletedProcess[str]:
        given = input.encode() if isinstance(input, str) else input
        done = subprocess.run(
            [COMMAND, *arguments],
            input=given,
            capture_output=True,
            cwd=tmp_path,
            env=clean_environment(**environment),
            timeout=120,
            check=False,
        )
        texts = (done.stdout.decode(), done.stderr.decode())
        return subprocess.CompletedProcess(done.args, done.returncode, *texts)

    return run_command
