"""The command line as a whole: exit codes, errors of one line, help that teaches."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from app.cli import COMMANDS
from tests.app.command import COMMAND, Run, clean_environment

SUBCOMMANDS = [("events", "show"), ("backfill", "articles"), ("db", "upgrade")]


def test_no_arguments_show_the_overview(run: Run) -> None:
    done = run()
    assert done.returncode == 0
    assert all(f"\n  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", [*((name,) for name in COMMANDS), *SUBCOMMANDS], ids=" ".join)
def test_help_says_what_a_command_does_and_shows_an_example(run: Run, command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0, done.stderr
    assert f"Usage: exchangewatch {' '.join(command)}" in done.stdout
    assert "Example:" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nope"], "No such command 'nope'"),
        (["detect", "--nope"], "No such option"),
        (["detect", "missing.jsonl"], "missing.jsonl: No such file"),
        (["detect", "."], ".: Is a directory"),
        (["explain"], "Missing argument"),
        (["explain", "missing.txt"], "missing.txt: No such file"),
        (["events", "--format", "xml"], "--format"),
        (["events", "--since", "yesterday"], "--since"),
        (["run", "--once", "--config", "missing.yaml"], "missing.yaml"),
        (["crawl", "nobody", "--config", "missing.yaml"], "missing.yaml"),
        (["backfill", "articles", "missing.jsonl"], "missing.jsonl: No such file"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(run: Run, arguments: list[str], complaint: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("exchangewatch: ")
    assert complaint in line


def test_a_reader_that_leaves_is_no_error_worth_a_word(tmp_path: Path) -> None:
    pipe = subprocess.Popen(
        [COMMAND, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=clean_environment()
    )
    assert pipe.stdout
    assert pipe.stderr
    pipe.stdout.close()
    with pipe.stderr as errors:
        assert errors.read() == b""
    pipe.wait(30)
