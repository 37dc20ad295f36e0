"""A dry run of articles says what it would read and how long it would take, and reads nothing into the store."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path

from storage.store import Store
from tests.app.archive import DULL, relevant
from tests.app.command import Run, running

STORE = ("--database", "store.sqlite")
FORECAST = re.compile(r"would read (\d+ files?), ([\d.]+) MB, about ([\d,]+) articles?: about ([\d.]+ \w+)\n")


def written(path: Path, count: int, reports: bool) -> Path:
    told = relevant(100) if reports else [{**DULL, "published": "2025-06-01"}]
    with path.open("w") as file:
        for number in range(count):
            case = told[number % len(told)]
            row = {"id": f"{path.stem}-{number}", "url": f"https://outlet.example/{path.stem}/{number}"}
            file.write(json.dumps({**row, **{key: case[key] for key in ("title", "text", "published")}}) + "\n")
    return path


def seconds(told: str) -> float:
    number, unit = told.split()
    return float(number) * {"second": 1, "seconds": 1, "minutes": 60, "hours": 3_600}[unit]


def test_files_articles_and_time_are_told_and_nothing_is_stored(tmp_path: Path, run_here: Run) -> None:
    names = [written(tmp_path / f"{name}.jsonl", 500, reports=True).name for name in ("a", "b")]
    done = run_here("backfill", "articles", *names, *STORE, "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    told = FORECAST.fullmatch(done.stdout)
    assert told, done.stdout
    size = sum((tmp_path / name).stat().st_size for name in names)
    assert told[1] == "2 files" and float(told[2]) == round(size / 1e6, 1)
    assert 900 < int(told[3].replace(",", "")) < 1_100
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        assert (store.archives(), list(store.articles())) == ([], [])


def test_reports_are_thought_to_take_longer_than_what_is_none(tmp_path: Path, run_here: Run) -> None:
    took = []
    for reports in (True, False):
        name = written(tmp_path / f"{reports}.jsonl", 5_000, reports).name
        done = run_here("backfill", "articles", name, *STORE, "--dry-run", EXCHANGEWATCH_ENCODER="on")
        told = FORECAST.fullmatch(done.stdout)
        assert told
        took.append(seconds(told[4]))
    assert took[0] > 2 * took[1] > 0
    assert took[0] > 5_000 * 0.1 / (os.cpu_count() or 1)  # an encoder reads each for a tenth of a second at least


def test_an_empty_file_takes_no_time_and_lines_that_cannot_be_read_are_named(tmp_path: Path, run_here: Run) -> None:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "bad.jsonl").write_text("no article\n")
    done = run_here("backfill", "articles", "empty.jsonl", "bad.jsonl", *STORE, "--dry-run")
    assert done.returncode == 0
    assert done.stdout == "would read 2 files, 0.0 MB, about 0 articles: about 1 second\n"
    assert "bad.jsonl, line 1: " in done.stderr


def test_what_was_read_before_a_stop_is_not_forecast_again(tmp_path: Path, run_here: Run) -> None:
    written(tmp_path / "a.jsonl", 3_000, reports=False)
    whole = FORECAST.fullmatch(run_here("backfill", "articles", "a.jsonl", *STORE, "--dry-run").stdout)
    with running(tmp_path, "backfill", "articles", "a.jsonl", *STORE) as process:
        until = time.monotonic() + 60
        while time.monotonic() < until and not progress(tmp_path):
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    rest = FORECAST.fullmatch(run_here("backfill", "articles", "a.jsonl", *STORE, "--dry-run").stdout)
    assert whole and rest
    assert int(rest[3].replace(",", "")) < int(whole[3].replace(",", ""))


def progress(folder: Path) -> int:
    with Store.open(f"sqlite:///{folder / 'store.sqlite'}") as store:
        return sum(unit.position for unit in store.archives())


def test_a_file_that_is_not_there_is_told(run_here: Run) -> None:
    done = run_here("backfill", "articles", "none.jsonl", *STORE, "--dry-run")
    assert done.returncode == 2
    assert "none.jsonl: " in done.stderr
