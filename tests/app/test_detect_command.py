"""`detect`: a contract with the programs that feed it and read it."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.app.command import Run, running

NEWS = {
    "id": "one",
    "url": "https://outlet.example/1",
    "title": "Russia returns 1,200 bodies to Ukraine",
    "text": "Russia handed over the bodies of 1,200 fallen soldiers to Ukraine on Friday, the Coordination "
    "Headquarters for the Treatment of Prisoners of War said. Ukraine returned the bodies of 27 Russian soldiers.",
    "published": "2025-06-13",
    "lang": "en",
}
WEATHER = {"id": 2, "url": "https://outlet.example/2", "title": None, "text": "Rain.", "published": None}


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_the_shape_of_a_line(run: Run) -> None:
    done = run("detect", input=lines(NEWS, WEATHER))
    assert (done.returncode, done.stderr) == (0, "")
    news, weather = map(json.loads, done.stdout.splitlines())
    assert list(news) == ["id", "relevant", "language", "score", "reasons", "events", "background"]
    (event,) = news["events"]
    assert list(event) == ["kind", "status", "date", "transfers", "flags", "mediators", "sources"]
    assert (event["kind"], event["status"], event["date"]) == ("remains", "completed", "2025-06-13")
    for transfer in event["transfers"]:
        assert list(transfer) == ["from", "to", "count", "low", "high", "what", "claimed_by", "evidence"]
        evidence = transfer["evidence"]
        told = NEWS["title"] if evidence.get("part") == "title" else NEWS["text"]
        assert str(told)[evidence["start"] : evidence["end"]] == evidence["quote"]
        assert evidence.keys() - {"part"} == {"start", "end", "quote"}
    figures = {(t["from"], t["to"], t["count"]) for t in event["transfers"]}
    assert figures == {("RU", "UA", 1200), ("UA", "RU", 27)}
    assert (weather["id"], weather["relevant"], weather["events"]) == (2, False, [])
    assert weather["reasons"]


def test_a_malformed_line_is_named_and_the_others_go_on(run_here: Run) -> None:
    done = run_here("detect", "-", input=lines(NEWS) + "oops\n\n" + '{"id": "x"}\n' + lines(WEATHER))
    assert done.returncode == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["one", 2]
    first, second = done.stderr.splitlines()
    assert "standard input, line 2: not JSON" in first
    assert 'line 4: "text" is missing' in second


def test_nothing_in_nothing_out(run_here: Run) -> None:
    done = run_here("detect", input="")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_file_in_another_encoding_is_said_to_be_one(run_here: Run, tmp_path: Path) -> None:
    (tmp_path / "old.jsonl").write_bytes(lines({**NEWS, "text": "тіла"}).encode("cp1251"))
    done = run_here("detect", "old.jsonl")
    assert done.returncode == 1
    assert "old.jsonl, line 1: byte" in done.stderr
    assert "UTF-8" in done.stderr


@pytest.mark.parametrize(
    "text",
    ["\x00" * 50, "\ud800 lone", "тіла " * 200_000, "(" * 20_000, "1" * 20_000, "\u202e\u200f1,200", "a\u0301" * 5000],
    ids=["nulls", "surrogate", "a megabyte", "brackets", "digits", "marks", "combining"],
)
def test_strange_text_is_answered(run_here: Run, text: str) -> None:
    line = json.dumps({"id": "s", "text": text})
    done = run_here("detect", input=line + "\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["id"] == "s"


def test_a_large_file_keeps_its_order(run: Run, tmp_path: Path) -> None:
    rows = [{**(NEWS if n % 7 == 0 else WEATHER), "id": n, "note": "x" * 12_000} for n in range(400)]
    (tmp_path / "large.jsonl").write_text(lines(*rows))
    done = run("detect", "large.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in found] == list(range(400))
    assert [row["id"] for row in found if row["relevant"]] == list(range(0, 400, 7))


def test_each_line_is_answered_before_the_next_is_sent(tmp_path: Path) -> None:
    with running(tmp_path, "detect") as process:
        assert process.stdin
        assert process.stdout
        for row in (NEWS, WEATHER):
            process.stdin.write(lines(row))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == row["id"]
        process.stdin.close()
        assert process.wait(10) == 0


def test_ctrl_c_ends_it_without_a_traceback(tmp_path: Path) -> None:
    with running(tmp_path, "detect") as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(lines(WEATHER))
        process.stdin.flush()
        process.stdout.readline()
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            # One that comes in the instant before the read begins is seen only when it ends: people press it again.
            process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr.read() == ""
