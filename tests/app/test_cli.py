"""The command line as a whole: exit codes, errors of one line, help that teaches."""

from __future__ import annotations

import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from app.cli import COMMANDS, Entry
from app.cli import run as run_here
from tests.app.command import COMMAND, Run, clean_environment

SUBCOMMANDS = [("events", "show"), ("backfill", "articles"), ("db", "upgrade"), ("silence", "add"), ("events", "merge")]


Capture = pytest.CaptureFixture[str]


def test_no_arguments_show_the_overview(run: Run) -> None:
    done = run()
    assert done.returncode == 0
    assert all(f"\n  {name} " in done.stdout for name in COMMANDS)


def test_the_version_is_that_of_the_package(capsys: Capture) -> None:
    assert run_here(["--version"]) == 0
    assert capsys.readouterr().out == f"exchangewatch {metadata.version('exchangewatch')}\n"


@pytest.mark.parametrize("command", [*((name,) for name in COMMANDS), *SUBCOMMANDS], ids=" ".join)
def test_help_says_what_a_command_does_and_shows_an_example(
    command: tuple[str, ...], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run_here([*command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Usage: exchangewatch {' '.join(command)}" in shown
    assert "Example:" in shown
    assert max(map(len, shown.splitlines())) <= 80


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
def test_wrong_usage_is_one_line_and_exit_2(
    arguments: list[str], complaint: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_here(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("exchangewatch: ")
    assert complaint in line


def test_an_error_that_should_not_happen_is_still_one_line(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "detect", Entry("no_such_module", ""))
    assert run_here(["detect"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "EXCHANGEWATCH_TRACEBACK" in line


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
