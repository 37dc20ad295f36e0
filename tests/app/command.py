"""The command as a user runs it, a process of its own; and in this process, which spares its start."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from app.cli import run as run_in_this_process
from app.detector import ENCODER, OFF

COMMAND = str(Path(sys.executable).with_name("exchangewatch"))
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without anything that would make a test post to somebody's Slack, and without the encoder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "EXCHANGEWATCH_"))}
    return {**kept, "PYTHONUTF8": "1", "COLUMNS": "80", ENCODER: OFF, **more}


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command with pipes; ended for good afterwards, so that one which hangs fails its test and no more."""
    process = subprocess.Popen(
        [COMMAND, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=clean_environment(),
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()
        process.wait(30)


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


def here(folder: Path, monkeypatch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[bytes]) -> Run:
    """The same as `run`, for what has nothing to do with processes or their loop."""
    monkeypatch.chdir(folder)

    def run_command(*arguments: str, input: str | bytes = "", **environment: str) -> subprocess.CompletedProcess[str]:
        given = input.encode() if isinstance(input, str) else input
        with monkeypatch.context() as changed:
            for name in os.environ.keys() - clean_environment().keys():
                changed.delenv(name)
            for name, value in clean_environment(**environment).items():
                changed.setenv(name, value)
            changed.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
            code = run_in_this_process(arguments)
        sys.stdout.flush()
        said = captured.readouterr()
        return subprocess.CompletedProcess(arguments, code, said.out.decode(), said.err.decode())

    return run_command


@pytest.fixture
def run_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Like `run`, in this process."""
    return here(tmp_path, monkeypatch, capfdbinary)
