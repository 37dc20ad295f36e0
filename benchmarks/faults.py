"""A monitor at work while something fails -> what was said of it, and whether every article was told in the end, once.

    python -m benchmarks.faults [--seconds 45] [NAME...]

Each fault runs against a process of its own, all at the same time: `exchangewatch serve` with outlets on loopback that
go on publishing while the fault lasts. The faults: a full disk, a database that somebody else keeps locked, a database
server that is gone, names that are not found, outlets that never answer, an outlet that fails and comes back, a clock
that is set forward and back (which needs a C compiler).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import resource
import select
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import yaml

from tests.conftest import POSTGRES

_PATIENCE = 150.0
_LINES = 12


class Outlet(ThreadingHTTPServer):
    """An outlet that publishes one article after another, each about a day of its own; it may fail for a while."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.published = 0
        self.failing = False
        self.url = f"http://127.0.0.1:{self.server_port}/rss"

    def numbers(self) -> Sequence[int]:
        """Its articles."""
        return range(self.published)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A monitor that is killed goes away in the middle."""


class _Pages(BaseHTTPRequestHandler):
    server: Outlet

    def do_GET(self) -> None:
        if self.server.failing:
            self.send_error(500)
            return
        if self.path == "/rss":
            now = datetime.now(UTC)
            items = "".join(
                f"<item><link>/a/{n}</link><pubDate>{format_datetime(now - timedelta(days=3 * n))}</pubDate></item>"
                for n in self.server.numbers()
            )
            body = f"<rss><channel><title>Courier</title>{items}</channel></rss>"
        elif self.path.startswith("/a/"):
            number = 1000 + int(self.path[3:])
            told = (
                f"Russia handed over the bodies of {number} fallen soldiers to Ukraine today, officials in Kyiv said. "
            )
            body = f"<html><body><article><h1>Bodies handed over</h1><p>{told * 2}</p></article></body></html>"
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@dataclass(slots=True)
class Watched:
    """A monitor at work: its process, what it has told and said so far."""

    folder: Path
    process: subprocess.Popen[str]
    outlet: Outlet
    told: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def publish_for(self, seconds: float) -> None:
        """One article every two seconds, or more slowly, so that all of them stay in the feed."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.outlet.published += 1
            time.sleep(max(2.0, seconds / 30))

    def figures(self) -> Counter[str]:
        """How often each article was told."""
        return Counter(match for line in self.told if (match := "".join(re.findall(r"^  .*: ([\d,]+) bodies", line))))


@contextmanager
def at_work(
    folder: Path,
    more: list[dict[str, Any]] | None = None,
    database: str | None = None,
    surroundings: dict[str, str] | None = None,
) -> Iterator[Watched]:
    """A monitor that watches an outlet, and other sources beside it."""
    outlet = Outlet()
    threading.Thread(target=outlet.serve_forever, args=(0.05,), daemon=True).start()
    often = {"interval": "1s", "shortest": "1s", "longest": "1s"}
    sources = [{"name": "courier", "type": "feed", "url": outlet.url, **often}, *(more or [])]
    config = {
        "crawl": {"delay": "0s", "retries": 0, "processes": 1, "timeout": "5s"},
        "alerts": {"max_age": "3000 days", "pause": "1s"},
        "sources": sources,
    } | ({"database": database} if database else {})
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    command = [str(Path(sys.executable).with_name("exchangewatch")), "serve"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SLACK_")}
    environment |= surroundings or {}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    watched = Watched(folder, process, outlet)
    for stream, into in ((process.stdout, watched.told), (process.stderr, watched.said)):
        threading.Thread(target=lambda s=stream, i=into: i.extend(s or ()), daemon=True).start()  # type: ignore[misc]
    try:
        _wait(lambda: outlet.published == 0 and any("watching" in line for line in watched.said), 60)
        watched.publish_for(6)
        yield watched
        _wait(lambda: len(watched.figures()) >= outlet.published, _PATIENCE)
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        outlet.shutdown()


def _wait(until: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not until() and time.monotonic() < ends:
        time.sleep(0.2)


def full_disk(folder: Path, seconds: float) -> Watched:
    """No file may grow any more, which is what a full disk does to a database."""
    with at_work(folder) as watched:
        _, most = resource.prlimit(watched.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(watched.process.pid, resource.RLIMIT_FSIZE, (4096, most))
        watched.publish_for(seconds)
        resource.prlimit(watched.process.pid, resource.RLIMIT_FSIZE, (most, most))
    return watched


def locked_database(folder: Path, seconds: float) -> Watched:
    """Another process keeps the write lock."""
    with at_work(folder) as watched, closing(_other_process(folder)) as other:
        other.execute("BEGIN IMMEDIATE")
        watched.publish_for(seconds)
        other.execute("ROLLBACK")
    return watched


def _other_process(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "exchangewatch.sqlite", isolation_level=None, timeout=60)


def database_gone(folder: Path, seconds: float) -> Watched:
    """The server of the database cannot be reached, and connections to it are cut."""
    schema = f"faults_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f"CREATE SCHEMA {schema}")  # type: ignore[arg-type]
        try:
            with _forwarder(("127.0.0.1", 5432)) as way:
                url = f"postgresql://root@127.0.0.1:{way.port}/test?options=-csearch_path%3D{schema}"
                with at_work(folder, database=url) as watched:
                    way.cut()
                    watched.publish_for(seconds)
                    way.mend()
                return watched
        finally:
            server.execute(f"DROP SCHEMA {schema} CASCADE")  # type: ignore[arg-type]


def names_not_found(folder: Path, seconds: float) -> Watched:
    """Half of the sources have names that nobody can look up."""
    lost = [{"name": f"lost-{n}", "type": "feed", "url": f"http://outlet-{n}.invalid/rss"} for n in range(8)]
    with at_work(folder, [{**each, "interval": "1s"} for each in lost]) as watched:
        watched.publish_for(seconds)
    return watched


def hanging(folder: Path, seconds: float) -> Watched:
    """More sources than are visited at once take connections and never answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as tarpit:
        url = f"http://127.0.0.1:{tarpit.getsockname()[1]}/"
        stuck = [{"name": f"stuck-{n}", "type": "feed", "url": f"{url}{n}", "interval": "1s"} for n in range(8)]
        with at_work(folder, stuck) as watched:
            watched.publish_for(seconds)
    return watched


def failing_outlet(folder: Path, seconds: float) -> Watched:
    """The outlet answers with errors, and is well again."""
    with at_work(folder) as watched:
        watched.outlet.failing = True
        watched.publish_for(seconds)
        watched.outlet.failing = False
    return watched


def jumping_clock(folder: Path, seconds: float) -> Watched:
    """The machine's clock is six hours ahead, then six hours behind, then right again."""
    shim, shift = folder / "clock.so", folder / "shift"
    code = str(Path(__file__).with_name("clock.c"))
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(shim), code], check=True)
    shift.write_bytes(struct.pack("l", 0))
    with at_work(folder, surroundings={"LD_PRELOAD": str(shim), "CLOCK_SHIFT": str(shift)}) as watched:
        for hours in (6, -6):
            _in_place(shift, hours * 3600)
            watched.publish_for(seconds / 2)
        _in_place(shift, 0)
    return watched


def _in_place(file: Path, number: int) -> None:
    with file.open("r+b") as shared:
        shared.write(struct.pack("l", number))


class _Way:
    """A way to a server that can be cut and mended."""

    def __init__(self, to: tuple[str, int]) -> None:
        self._to, self._open, self._pairs = to, True, set[socket.socket]()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._open = False
        for each in list(self._pairs):
            each.close()

    def mend(self) -> None:
        self._open = True

    def close(self) -> None:
        self.cut()
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                if not self._open:
                    client.close()
                    continue
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), client, socket.create_connection(self._to) as server:
            self._pairs |= {client, server}
            while True:
                for ready in select.select([client, server], [], [], 1)[0]:
                    data = ready.recv(65_536)
                    if not data:
                        return
                    (server if ready is client else client).sendall(data)


@contextmanager
def _forwarder(to: tuple[str, int]) -> Iterator[_Way]:
    way = _Way(to)
    try:
        yield way
    finally:
        way.close()


FAULTS: dict[str, Callable[[Path, float], Watched]] = {
    "full disk": full_disk,
    "locked database": locked_database,
    "database gone": database_gone,
    "names not found": names_not_found,
    "hanging outlets": hanging,
    "failing outlet": failing_outlet,
    "jumping clock": jumping_clock,
}


def main() -> int:
    """Print what came of each fault; exit code 1 where an article was lost or told twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=45, help="how long each fault lasts")
    parser.add_argument("faults", nargs="*", metavar="NAME", help=", ".join(FAULTS))
    given = parser.parse_args()
    chosen = {name: fault for name, fault in FAULTS.items() if not given.faults or name in given.faults}
    bad = 0
    with tempfile.TemporaryDirectory() as root, ThreadPoolExecutor(len(chosen)) as pool:
        running = {}
        for name, fault in chosen.items():
            folder = Path(root) / name.replace(" ", "-")
            folder.mkdir()
            running[name] = pool.submit(fault, folder, given.seconds)
        for name, future in running.items():
            watched = future.result()
            told = watched.figures()
            lost = watched.outlet.published - len(told)
            double = sum(count - 1 for count in told.values())
            bad += lost + double
            ended = watched.process.returncode
            print(f"{name}: {watched.outlet.published} articles, lost {lost}, told twice {double}, exit code {ended}")
            said = Counter(re.sub(r"\d[\d:.,]*", "N", line[20:].strip()) for line in watched.said)
            for line, count in said.most_common(_LINES):
                print(f"    {count:>3} x {line[:150]}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
