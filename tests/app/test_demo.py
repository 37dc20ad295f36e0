"""The demo from end to end, as a user runs it: twice, killed in the middle, interrupted."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.app.command import Run, running

STORE = ("--database", "demo.sqlite")
ARTICLES = 57
# Every figure of the newsroom's six exchanges, as the stories were read: whoever changes a rule reads them again.
FIGURES = {
    "completed": {("RU", "UA", 205), ("UA", "RU", 205), ("RU", "UA", 1212), ("UA", "RU", 27), ("RU", "UA", 909)}
    | {("UA", "RU", 34)},
    "planned": {("RU", "UA", 1000), ("UA", "RU", 1000), ("HOUTHI", "YE", 1200), ("YE", "HOUTHI", 1700)},
    "postponed": {("RU", "UA", 31)},
}


def asked(path: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute(query).fetchall()


def headings(printed: str) -> list[str]:
    return re.findall(r"^(?:FIRST REPORT|STATUS CHANGED|FIGURE CHANGED|FIGURE DISPUTED|CONFIRMED): .*$", printed, re.M)


def test_the_figures_are_those_of_the_stories(run: Run) -> None:
    run("demo", *STORE, EXCHANGEWATCH_ENCODER="on")
    events = [json.loads(line) for line in run("events", "--format", "jsonl", *STORE).stdout.splitlines()]
    assert len(events) == 6
    for status, figures in FIGURES.items():
        told = [line for event in events if event["status"] == status for line in event["transfers"]]
        assert {(line["from"], line["to"], line["best"]) for line in told} == figures


def test_twice_on_one_store(run: Run, tmp_path: Path) -> None:
    first = run("demo", *STORE)
    assert (first.returncode, first.stderr) == (0, "")
    assert "13 of 13 sources read" in first.stdout
    assert "909 for 34" in first.stdout
    told = len(headings(first.stdout))
    assert told == len(asked(tmp_path / "demo.sqlite", "SELECT id FROM alerts")) > 4
    assert max(map(len, first.stdout.splitlines())) <= 100  # addresses are not broken
    second = run("demo", *STORE, COLUMNS="160")
    assert (second.returncode, second.stderr) == (0, "")
    assert headings(second.stdout) == []
    assert "0 pages fetched, 0 articles, 0 reports, 0 events, 0 alerts" in second.stdout
    assert "Nothing new" in second.stdout
    assert asked(tmp_path / "demo.sqlite", "SELECT count(*) FROM deliveries WHERE state != 'accepted'") == [(0,)]


@pytest.mark.parametrize("alerts_seen", [2])
def test_killed_in_the_middle_and_run_again(run: Run, tmp_path: Path, alerts_seen: int) -> None:
    """No alert is lost, none is put twice; only the one on its way when the kill came may be shown once more."""
    before = killed_after(alerts_seen, tmp_path)
    assert len(asked(tmp_path / "demo.sqlite", "SELECT id FROM articles")) < ARTICLES
    done = run("demo", *STORE)
    assert (done.returncode, done.stderr) == (0, "")
    alerts = asked(tmp_path / "demo.sqlite", "SELECT id FROM alerts")
    assert asked(tmp_path / "demo.sqlite", "SELECT count(*) FROM deliveries WHERE state = 'accepted'") == [
        (len(alerts),)
    ]
    shown = headings(before) + headings(done.stdout)
    assert len(alerts) <= len(shown) <= len(alerts) + 1
    assert asked(tmp_path / "demo.sqlite", "SELECT count(*) FROM articles") == [(ARTICLES,)]


def killed_after(alerts_seen: int, folder: Path) -> str:
    """What the demo printed until it was killed, right after so many alerts."""
    printed = ""
    with running(folder, "demo", *STORE) as process:
        assert process.stdout
        for line in process.stdout:
            printed += line
            if len(headings(printed)) == alerts_seen:
                break
        process.kill()
        rest, _ = process.communicate(timeout=20)
    assert len(headings(printed)) == alerts_seen
    return printed + rest


def test_ctrl_c_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    with running(tmp_path, "demo", *STORE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        time.sleep(1)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 130
        assert time.monotonic() - started < 10
        (line,) = process.stderr.read().splitlines()
        assert "interrupted" in line
