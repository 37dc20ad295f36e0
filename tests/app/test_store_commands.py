"""The commands that fill and read the store."""

from __future__ import annotations

import csv
import io
import json
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from tests.app.command import COMMAND, Run, clean_environment, here

STORE = ("--database", "news.sqlite")


def report(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"a-{number}",
        "url": f"https://outlet-{number}.example/news",
        "outlet": f"Outlet {number}",
        "title": "Russia returns bodies to Ukraine",
        "text": "Russia handed over the bodies of 1,200 fallen soldiers to Ukraine on Friday, officials in Kyiv said.",
        "published": "2025-06-13",
        "lang": "en",
        **changes,
    }


OTHER = report(
    3,
    title="=cmd: 307 prisoners for 307",
    text="Russia and Ukraine exchanged 307 prisoners of war each on Saturday, May 24, officials said.",
    published="2025-05-24",
)
WEATHER = {"id": 9, "url": "https://outlet-9.example/rain", "title": "Rain", "text": "Rain.", "published": "2025-06-13"}


def write(path: Path, *rows: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture(scope="module")
def a_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store that a process filled from a file."""
    folder = tmp_path_factory.mktemp("store")
    write(folder / "old.jsonl", report(1), report(2), OTHER, WEATHER)
    done = subprocess.run(
        [COMMAND, "backfill", "articles", "old.jsonl", *STORE],
        capture_output=True, cwd=folder, env=clean_environment(), timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"4 articles stored, 0 known before, 3 reports; 2 events in the store\n"
    return folder


@pytest.fixture
def filled(a_store: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs a command on the store in this process, which spares its start."""
    return here(a_store, monkeypatch, capfdbinary)


def test_a_second_backfill_stores_nothing_twice(filled: Run) -> None:
    done = filled("backfill", "articles", "old.jsonl", *STORE)
    assert done.stdout == "0 articles stored, 4 known before, 0 reports; 2 events in the store\n"
    assert filled("alerts", *STORE).stdout == "no alerts yet\n"


def test_the_shape_of_an_event_line(filled: Run) -> None:
    done = filled("events", "--format", "jsonl", *STORE)
    newest, oldest = map(json.loads, done.stdout.splitlines())
    assert list(newest) == [
        "id", "kind", "status", "date", "parties", "transfers", "discrepancies", "articles"
    ]  # fmt: skip
    assert (newest["kind"], newest["status"], newest["date"]) == ("remains", "completed", "2025-06-13")
    assert newest["parties"] == ["RU", "UA"]
    (transfer,) = newest["transfers"]
    assert list(transfer) == ["from", "to", "what", "low", "best", "high", "claims"]
    assert [list(claim) for claim in transfer["claims"]] == [["count", "claimed_by", "side", "outlet", "url"]] * 2
    assert [list(article) for article in newest["articles"]] == [["id", "url", "outlet", "published"]] * 2
    assert {article["id"] for article in newest["articles"]} == {"a-1", "a-2"}
    assert oldest["articles"][0]["id"] == "a-3"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], 2),
        (["--since", "2025-06-01"], 1),
        (["--since", "2025-06"], 1),
        (["--since", "2025"], 2),
        (["--until", "2025-06-01"], 1),
        (["--since", "2025-05-24", "--until", "2025-06-13"], 2),
        (["--kind", "remains"], 1),
        (["--kind", "civilians"], 0),
        (["--party", "UA"], 2),
        (["--party", "HAMAS"], 0),
        (["--status", "planned"], 0),
    ],
)
def test_choosing_among_events(filled: Run, options: list[str], found: int) -> None:
    assert len(filled("events", "--format", "jsonl", *options, *STORE).stdout.splitlines()) == found


@pytest.mark.parametrize("width", ["80", "160"])
def test_the_table_fits_its_terminal(filled: Run, width: str) -> None:
    done = filled("events", *STORE, COLUMNS=width)
    assert "RU -> UA: 1,200 bodies" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= int(width)


def test_one_event_with_its_proof(filled: Run) -> None:
    event_id = json.loads(filled("events", "--format", "jsonl", *STORE).stdout.splitlines()[0])["id"]
    shown = filled("events", "show", event_id, *STORE).stdout
    assert "Russia handed over the bodies of 1,200 fallen soldiers to Ukraine on Friday" in shown
    assert "https://outlet-1.example/news" in shown
    assert "RU is silent, UA confirms 1,200" in shown
    assert "2, from 1 independent source" in shown
    assert "here because: it names the day 2025-06-13" in shown
    why = filled("alerts", "--why", event_id, *STORE).stdout
    assert "not told: backfill" in why
    for command in (("events", "show", "nothing"), ("alerts", "--why", "nothing")):
        done = filled(*command, *STORE)
        assert done.returncode == 2
        assert "there is no event nothing" in done.stderr


def test_events_are_put_together_set_apart_and_closed_by_hand(run_here: Run, tmp_path: Path) -> None:
    write(tmp_path / "old.jsonl", report(1), report(2, text="Moscow gave 1,200 bodies to Kyiv on Friday."), OTHER)
    run_here("backfill", "articles", "old.jsonl", *STORE)
    dead, living = "RU-UA-dead-2025-06-13", "RU-UA-living-2025-05-24"

    def articles() -> list[set[str]]:
        lines = run_here("events", "--format", "jsonl", *STORE).stdout.splitlines()
        return [{article["id"] for article in json.loads(line)["articles"]} for line in lines]

    assert run_here("events", "merge", dead, living, "--by", "Olena", *STORE).stdout.startswith(f"{dead} and {living}")
    assert articles() == [{"a-1", "a-2", "a-3"}]
    assert "put together by Olena" in run_here("events", "show", dead, *STORE).stdout
    assert run_here("events", "undo", dead, *STORE).stdout == "taken back: put together by Olena\n"
    assert run_here("events", "split", dead, "https://outlet-2.example/news", *STORE).returncode == 0
    assert sorted(map(sorted, articles())) == [["a-1"], ["a-2"], ["a-3"]]
    assert run_here("events", "close", dead, *STORE).returncode == 0
    assert "closed as not an exchange by" in run_here("events", "show", dead, *STORE).stdout
    assert run_here("events", "undo", dead, *STORE).stdout.startswith("taken back: closed")
    assert run_here("events", "totals", *STORE).stdout == "no two running totals that can be compared\n"
    done = run_here("events", "merge", dead, dead, *STORE)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_silences_are_added_listed_and_ended(filled: Run) -> None:
    said = filled("silence", "add", "12h", "--party", "HAMAS", "--by", "Olena", "--reason", "maintenance", *STORE)
    assert said.stdout.startswith("1: HAMAS silenced until ")
    assert filled("silence", "list", *STORE).stdout.endswith("UTC by Olena: maintenance\n")
    assert filled("silence", "end", "1", *STORE).returncode == 0
    assert filled("silence", "list", *STORE).stdout == "no silence holds\n"
    for wrong in (("add", "soon"), ("add", "400d"), ("add", "1h", "--event", "nothing"), ("end", "7")):
        done = filled("silence", *wrong, *STORE)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_a_chart(filled: Run, a_store: Path) -> None:
    done = filled("chart", "months.png", "--party", "UA", *STORE)
    assert (done.returncode, done.stdout) == (0, "months.png: 2 completed exchanges\n")
    assert (a_store / "months.png").read_bytes().startswith(b"\x89PNG")
    assert filled("chart", "nowhere/months.png", *STORE).returncode == 2


def test_a_copy_and_a_check(filled: Run, a_store: Path) -> None:
    assert filled("db", "backup", "copy.sqlite", *STORE).stdout.startswith("copy.sqlite: ")
    checked = filled("db", "check", "--database", "copy.sqlite")
    assert (checked.returncode, checked.stdout) == (0, "all is well: 4 articles, 2 events, 0 alerts\n")


def test_export_for_a_spreadsheet_and_for_a_program(filled: Run, a_store: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(filled("export", *STORE).stdout)))
    assert next((row["from"], row["to"], row["best"]) for row in rows) == ("RU", "UA", "1200")
    assert filled("export", "--format", "json", "--output", "events.json", *STORE).returncode == 0
    assert len(json.loads((a_store / "events.json").read_text())) == 2
    assert filled("export", "--format", "parquet", "--output", "events.parquet", *STORE).returncode == 0
    table = pyarrow.parquet.read_table(a_store / "events.parquet").to_pylist()
    assert next((row["from"], row["low"], row["best"], row["high"]) for row in table) == ("RU", 1200, 1200, 1200)
    assert filled("export", "--format", "parquet", *STORE).returncode == 2


def test_a_store_that_is_not_there_is_not_made_by_reading(run_here: Run, tmp_path: Path) -> None:
    for command in ("events", "alerts", "export"):
        done = run_here(command, *STORE)
        assert done.returncode == 2
        assert "there is no database news.sqlite yet" in done.stderr
    assert not (tmp_path / "news.sqlite").exists()


def test_an_id_that_belongs_to_another_article_is_named_and_the_others_go_on(run_here: Run, tmp_path: Path) -> None:
    write(tmp_path / "old.jsonl", report(1), report(2, id="a-1", text="Other words."), WEATHER)
    done = run_here("backfill", "articles", "old.jsonl", *STORE)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "already belongs to https://outlet-1.example/news" in line
    assert done.stdout.startswith("2 articles stored")


def test_a_file_that_is_no_database_and_a_folder(run_here: Run, tmp_path: Path) -> None:
    (tmp_path / "news.sqlite").write_text("no database" * 100)
    for place in ("news.sqlite", ".", "mysql://host/base"):
        done = run_here("db", "upgrade", "--database", place)
        assert done.returncode == 1, done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_backfill_that_is_killed_can_be_started_again(tmp_path: Path, run_here: Run) -> None:
    write(tmp_path / "old.jsonl", *(report(n, text=f"{report(n)['text']} Note {n}.") for n in range(80)))
    command = [COMMAND, "backfill", "articles", "old.jsonl", *STORE]
    with subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 60
        while stored(tmp_path / "news.sqlite") < 5 and time.monotonic() < until:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert 5 <= stored(tmp_path / "news.sqlite") < 80
    done = run_here("backfill", "articles", "old.jsonl", *STORE)
    assert done.returncode == 0
    (event,) = map(json.loads, run_here("events", "--format", "jsonl", *STORE).stdout.splitlines())
    assert sorted(article["id"] for article in event["articles"]) == sorted(f"a-{n}" for n in range(80))


def stored(path: Path) -> int:
    """How many articles a store has; none where it is only being made."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_what_was_refused_is_sent_again_on_request(a_store: Path, run_here: Run) -> None:
    done = run_here("alerts", "--retry", "--database", str(a_store / "news.sqlite"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("0 deliveries are to be tried again")


def test_replay_tells_what_other_rules_would_have_told(filled: Run, a_store: Path, tmp_path: Path) -> None:
    same = filled("replay", *STORE)
    assert (same.returncode, same.stdout) == (0, "4 articles read again: 0 alerts gained, 0 lost\n")
    copy = tmp_path / "copy.sqlite"
    assert filled("db", "backup", str(copy), *STORE).returncode == 0
    with sqlite3.connect(copy) as connection:  # as if older rules had not seen the reports
        (rejection,) = connection.execute("SELECT detection FROM articles WHERE NOT relevant").fetchone()
        connection.execute("UPDATE articles SET relevant = 0, detection = ?", [rejection])
    other = filled("replay", "--database", str(copy))
    assert other.stdout.startswith("4 articles read again: ")
    assert other.stdout.count("a report now: ") == 3
    assert "gained: 2025-06-13  " in other.stdout
    assert "lost: " not in other.stdout
    assert filled("replay", "--since", "2020-01-01", "--until", "2020-01-02", *STORE).stdout.startswith("0 articles")


def test_replay_wants_pages_that_were_kept(filled: Run) -> None:
    done = filled("replay", "--evidence", *STORE)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
