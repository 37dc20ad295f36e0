"""How far a backfill has come: a bar on a terminal of any width, lines of JSON for a machine, a last line for a log."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.archives.progress import Standing
from app.archives.work import Job
from core.archives import ArchiveUnit, UnitName, UnitState, UnitTally
from tests.app.archive import records_of, relevant, write
from tests.app.command import COMMAND, Run, clean_environment

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COUNTS = r"\d/2 files  \d+ records  [\d,]+/s  \d+ candidates  \d+ matches"
BAR = r"[━╸╺]{20}\s+\d+% (\d:\d\d:\d\d|-:--:--) left"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    """Two files with 24 reports, and the options that read them."""
    for number in range(2):
        write(tmp_path / f"{number}.warc.gz", records_of(relevant(12, 12 * number), dull=1))
    return ("backfill", "warc", "0.warc.gz", "1.warc.gz", "--database", "store.sqlite", "--workers", "1")


def on_a_terminal(folder: Path, width: int, *arguments: str) -> tuple[int, list[str]]:
    """The command with a terminal of that width: its exit code, and every line that was ever drawn."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    environment = {**clean_environment(TERM="xterm-256color"), "COLUMNS": ""}
    process = subprocess.Popen([COMMAND, *arguments], stdin=its, stdout=its, stderr=its, cwd=folder, env=environment)
    os.close(its)
    drawn = b""
    try:
        while piece := os.read(ours, 65_536):
            drawn += piece
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(ours)
        process.wait(60)
    lines = (ESCAPES.sub("", line).rstrip() for line in re.split(r"[\r\n]+", drawn.decode()))
    return process.returncode, [line for line in lines if line]


def test_on_a_terminal_of_80_columns_the_bar_stands_below_the_counts(tmp_path: Path, files: tuple[str, ...]) -> None:
    code, lines = on_a_terminal(tmp_path, 80, *files)
    assert code == 0, lines
    *drawn, summary = lines
    assert [line for line in drawn[::2] if not re.fullmatch(COUNTS, line)] == []
    assert [line for line in drawn[1::2] if not re.fullmatch(BAR, line)] == []
    assert drawn[0].startswith("0/2 files  0 records")
    assert drawn[-2].startswith("2/2 files  48 records")
    assert drawn[-1].endswith("100% 0:00:00 left")
    assert summary.startswith("2 files, 48 records, ")


def test_on_a_terminal_of_160_columns_it_stands_beside_them(tmp_path: Path, files: tuple[str, ...]) -> None:
    code, lines = on_a_terminal(tmp_path, 160, *files)
    assert code == 0, lines
    *drawn, summary = lines
    assert [line for line in drawn if not re.fullmatch(f"{COUNTS}  {BAR}", line)] == []
    assert drawn[-1].startswith("2/2 files  48 records")
    assert summary.startswith("2 files, 48 records, ")


def test_json_is_lines_of_numbers_also_on_a_terminal(tmp_path: Path, files: tuple[str, ...]) -> None:
    code, lines = on_a_terminal(tmp_path, 80, *files, "--log-format", "json")
    assert code == 0, lines
    assert lines[-1].startswith("2 files, 48 records, ")
    told = [json.loads(line)["progress"] for line in lines[:-1]]
    assert told[-1].pop("records_per_second") > 0
    assert 20 < told[-1].pop("matches") <= 24
    assert told[-1] == {
        "files": 2, "files_done": 2, "records": 48, "candidates": 24, "percent": 100.0,
        "seconds_left": 0,
    }  # fmt: skip


@pytest.mark.usefixtures("lasting_reader")
def test_a_log_is_told_in_the_end_and_the_output_is_the_summary(run_here: Run, files: tuple[str, ...]) -> None:
    done = run_here(*files)
    assert re.search(rf"^\S+ \S+ {COUNTS.replace('  ', ' ')} 100% 0:00:00 left$", done.stderr, re.MULTILINE)
    assert len(done.stdout.splitlines()) == 1
    machine = run_here(*files, "--log-format", "json", "--again")
    assert [json.loads(line)["progress"]["files_done"] for line in machine.stderr.splitlines()][-1] == 2


NOW = datetime(2025, 6, 1, tzinfo=UTC)


def name(number: int) -> UnitName:
    return UnitName("ccnews", "CC-NEWS", f"{number}.warc.gz")


def a_unit(number: int, position: int, records: int, state: UnitState = "running") -> ArchiveUnit:
    tally = UnitTally(records=records, candidates=records // 10, reports=records // 100)
    return ArchiveUnit(name(number), state, NOW, NOW, position=position, size=1_000, tally=tally)


JOBS = [Job(name(number), "", 1_000, "") for number in range(4)]


def test_the_time_that_is_left_is_worked_out_from_the_bytes_that_were_read_since_it_was_started() -> None:
    before = {name(0): a_unit(0, 1_000, 500, "done"), name(1): a_unit(1, 500, 200)}
    # 500 bytes of the second file and 250 of the third in ten seconds; 1,750 are left of them all.
    now = [before[name(0)], a_unit(1, 1_000, 400, "done"), a_unit(2, 250, 100)]
    told = Standing.of(JOBS, now, before, 10.0)
    assert (told.files, told.files_done, told.percent) == (4, 2, 56.2)
    assert (told.records, told.records_per_second) == (1_000, 30)
    assert told.seconds_left == 23
    assert told.left == "0:00:23 left"


def test_as_long_as_nothing_was_read_nobody_knows_how_long_it_takes() -> None:
    before = {name(0): a_unit(0, 1_000, 500, "done")}
    told = Standing.of(JOBS, before.values(), before, 5.0)
    assert (told.percent, told.seconds_left, told.left) == (25.0, None, "-:--:-- left")


def test_a_file_that_has_failed_or_is_longer_than_was_thought_counts_once() -> None:
    now = [a_unit(0, 10, 5, "failed"), a_unit(1, 4_000, 200)]
    assert Standing.of(JOBS, now, {}, 1.0).percent == 50.0


def test_the_counts_of_a_year_of_news_fit_into_80_columns() -> None:
    told = Standing(7_000, 6_543, 223_456_789, 1_234, 2_345_678, 345_678, 93.5, 100_000)
    assert told.counts == "6,543/7,000 files  223.46M records  1,234/s  2.35M candidates  345,678 matches"
    assert len(told.counts) <= 80
