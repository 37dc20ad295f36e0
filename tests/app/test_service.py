"""The monitor watched from outside: its health, its metrics, its log, its canary."""

from __future__ import annotations

import json
import logging
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.logs import log_to_stderr
from tests.app.command import Run, running
from tests.crawler.site_of_tests import Site, serving


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def asked(url: str) -> tuple[int, str]:
    """The status and the text of an address."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def configure(folder: Path, site: Site, **more: Any) -> str:
    """A configuration with one source that answers and one that does not; where its status is served."""
    port = free_port()
    sources = [
        {"name": "courier", "type": "feed", "url": f"{site.base}/atom.xml"},
        {"name": "gone", "type": "feed", "url": f"{site.base}/gone"},
    ]
    config = {
        "crawl": {"delay": "0s", "processes": 1},
        "schedule": {"interval": "1s"},
        "status": {"listen": f"127.0.0.1:{port}"},
        "sources": sources,
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config | more))
    return f"http://127.0.0.1:{port}"


def lines_until(process: Any, *words: str) -> list[dict[str, Any]]:
    """The lines of the log, as JSON, until each of these words was said."""
    found: list[dict[str, Any]] = []
    for line in process.stderr:
        found.append(json.loads(line))
        if all(any(each in said["message"] for said in found) for each in words):
            return found
    raise AssertionError(f"not all of {words} were said: {found}")


def test_health_metrics_and_a_canary_that_is_heard(tmp_path: Path) -> None:
    with serving() as site:
        base = configure(tmp_path, site, canary={"every": "1h", "to": ["console"]})
        with running(tmp_path, "serve", "--log-format", "json") as process:
            wanted = ("canary: told after ", "courier: 1 page, ", "gone: could not be read: HTTP 404")
            log = lines_until(process, *wanted)
            status, health = asked(f"{base}/healthz")
            assert (status, json.loads(health)["state"], json.loads(health)["sources"]) == (200, "ok", 2)
            status, metrics = asked(f"{base}/metrics")
            process.send_signal(signal.SIGTERM)
            told, _ = process.communicate(timeout=30)
    assert {"at", "level", "logger", "message"} <= set(log[0])
    assert "FIRST REPORT: completed, by canary" in told
    assert status == 200
    for line in (
        'exchangewatch_pages_total{source="courier"} 1.0',
        'exchangewatch_visit_failures_total{source="courier"} 0.0',
        "exchangewatch_canary_failures_total 0.0",
        "exchangewatch_stored_events 0.0",  # no event of the desk is a drill
        "exchangewatch_alerts_pending 0.0",
    ):
        assert line in metrics.splitlines()
    assert 'exchangewatch_visit_failures_total{source="gone"}' in metrics
    assert "exchangewatch_loop_lag_seconds_bucket" in metrics
    assert "exchangewatch_process_resident_memory_bytes" in metrics


def test_a_canary_that_nobody_hears_is_a_trouble(tmp_path: Path) -> None:
    hook = {"url": "http://127.0.0.1:9/hook", "secret": "x" * 24}
    alerts = {"console": True, "webhook": hook, "operators": {"to": ["console"]}}
    with serving() as site:
        base = configure(tmp_path, site, alerts=alerts, canary={"every": "1h", "to": ["webhook"]})
        with running(tmp_path, "serve", "--log-format", "json") as process:
            lines_until(process, "canary: an article of our own was taken by 0 of 1 channels")
            status, health = asked(f"{base}/healthz")
            process.send_signal(signal.SIGTERM)
            told, _ = process.communicate(timeout=30)
    assert (status, json.loads(health)["state"]) == (503, "failing")
    assert "Monitor: 1 not well" in told


def test_an_address_that_is_taken_is_said(run: Run, tmp_path: Path) -> None:
    with serving() as site:
        configure(tmp_path, site, status={"listen": f"127.0.0.1:{site.server_port}"})
        done = run("serve")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("exchangewatch: status.listen: 127.0.0.1:")


@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_that_a_site_sends_reaches_the_terminal_as_a_command(
    form: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    log_to_stderr(logging.INFO, form)
    logging.getLogger("app").info("%s", "title \x1b]0;owned\x07\x1b[2Jend\nforged line \u202e")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "end" in said
    assert not any(each in said for each in ("\x1b", "\x07", "\u202e"))
