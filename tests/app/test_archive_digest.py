"""A backfill pages nobody: it ends with a summary and, on request, with one digest to the configured channels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from storage.store import Store
from tests.app.archive import records_of, relevant, write
from tests.app.command import Run

pytestmark = pytest.mark.usefixtures("lasting_reader")


class Receiver(ThreadingHTTPServer):
    """Where the desk's webhook leads: keeps what was posted, with its identifier."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Posted)
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.status = 200


class Posted(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.headers["webhook-id"], json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """The only channel of the configuration."""
    with Receiver() as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        hook = {"url": f"http://127.0.0.1:{serving.server_port}/", "secret": "a secret of many characters"}
        config = {"database": "sqlite:///store.sqlite", "alerts": {"webhook": hook}, "sources": []}
        (tmp_path / "config.yaml").write_text(json.dumps(config))
        yield serving
        serving.shutdown()


def as_jsonl(folder: Path, count: int) -> Path:
    path = folder / "old.jsonl"
    keys = ("id", "url", "title", "text", "published")
    path.write_text("".join(f"{json.dumps({key: case[key] for key in keys})}\n" for case in relevant(count)))
    return path


@pytest.fixture(params=["warc", "articles"])
def backfill(request: pytest.FixtureRequest, tmp_path: Path, receiver: Receiver) -> tuple[str, ...]:
    """Reads six reports."""
    if request.param == "articles":
        return ("backfill", "articles", str(as_jsonl(tmp_path, 6)))
    return ("backfill", "warc", str(write(tmp_path / "old.warc.gz", records_of(relevant(6)))), "--workers", "1")


def test_nobody_is_paged_and_nothing_waits_to_be_told(
    tmp_path: Path, run_here: Run, receiver: Receiver, backfill: tuple[str, ...]
) -> None:
    done = run_here(*backfill)
    assert done.returncode == 0, done.stderr
    assert receiver.got == []
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        assert (store.alerts(), store.counts().deliveries_pending) == ([], 0)
        assert len(store.events()) > 1


def test_on_request_there_is_one_digest_of_all_that_is_new(
    tmp_path: Path, run_here: Run, receiver: Receiver, backfill: tuple[str, ...]
) -> None:
    done = run_here(*backfill, "--digest")
    assert done.returncode == 0, done.stderr
    ((_, told),) = receiver.got
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        events = store.events()
        assert store.alerts() == []
    assert told["type"] == "exchange.digest"
    assert f"{len(events)} exchanges were reported, or changed" in told["data"]["text"]
    assert len(told["data"]["lines"]) == len(events)
    # What was asked of sources is no matter of a backfill, what it read is.
    assert told["data"]["coverage"] == f"Read: {done.stdout.partition(';')[0]}."


def test_the_next_digest_is_another_one_and_tells_only_what_is_new_since(
    tmp_path: Path, run_here: Run, receiver: Receiver
) -> None:
    write(tmp_path / "a.warc.gz", records_of(relevant(3)))
    run_here("backfill", "warc", "a.warc.gz", "--workers", "1", "--digest")
    write(tmp_path / "b.warc.gz", records_of(relevant(1, 8)))
    run_here("backfill", "warc", str(tmp_path), "--workers", "1", "--digest")
    run_here("backfill", "warc", str(tmp_path), "--workers", "1", "--digest")
    first, second, third = (told["data"]["lines"] for _, told in receiver.got)
    assert len(first) == 3
    assert second and not set(first) & set(second)
    assert third == []
    assert len({identifier for identifier, _ in receiver.got}) == 3


def test_a_digest_that_was_not_taken_is_told_and_nothing_of_the_backfill_is_lost(
    tmp_path: Path, run_here: Run, receiver: Receiver, backfill: tuple[str, ...]
) -> None:
    receiver.status = 404
    done = run_here(*backfill, "--digest")
    assert done.returncode == 1
    assert "the digest was not taken: webhook: " in done.stderr
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        assert {unit.state for unit in store.archives()} == {"done"}
        assert len(store.events()) > 1


def test_a_configuration_that_cannot_be_read_is_told_before_any_work(tmp_path: Path, run_here: Run) -> None:
    write(tmp_path / "a.warc.gz", records_of(relevant(1)))
    done = run_here("backfill", "warc", "a.warc.gz", "--digest", "--config", "none.yaml", "--database", "store.sqlite")
    assert done.returncode == 2
    assert "none.yaml" in done.stderr
    assert not (tmp_path / "store.sqlite").exists()
