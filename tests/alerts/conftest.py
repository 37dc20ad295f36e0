"""Slack's stand-ins: the emulator that is most like it, and a server of our own that fails in every way Slack can."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from alerts.channels import build
from alerts.channels.slack import SlackChannel
from tests.alerts.faulty_slack import FaultySlack
from tests.alerts.mailbox import Mailbox
from tests.alerts.stories import NAMES

TOKEN = "xoxb-1234567890-SECRETSECRETSECRET"
SCRIPT = Path(__file__).parents[1] / "slack_emulator.sh"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """slack-sdk takes a proxy from the environment, which would stand between the tests and their servers."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    """The address of the emulator's Web API; skips, and says so, where it is not installed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(["bash", SCRIPT, "start", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        for _ in range(200):
            if process.poll() is not None:
                reason = process.stderr.read().decode().strip() if process.stderr else ""
                pytest.skip(f"NO SLACK EMULATOR: {reason} (tests/slack_emulator.sh install)")
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/api/"
    finally:
        process.terminate()
        process.wait(10)
        if process.stderr:
            process.stderr.close()


@pytest.fixture
async def emulated_channel(emulator: str) -> str:
    """The id of a new channel in the emulator."""
    name = f"exchanges-{time.monotonic_ns()}"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        aiohttp.ClientSession(base_url=emulator, headers=headers) as session,
        session.post("conversations.create", json={"name": name}) as answer,
    ):
        channel: str = (await answer.json())["channel"]["id"]
    return channel


@pytest.fixture
async def slack(emulator: str, emulated_channel: str) -> AsyncIterator[SlackChannel]:
    """The Slack channel with the real slack-sdk, posting to the emulator."""
    settings = {"token": TOKEN, "channel": emulated_channel, "base_url": emulator, "pause": timedelta()}
    channel = build("slack", settings, names=NAMES)
    assert isinstance(channel, SlackChannel)
    yield channel
    await channel.close()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes everything, until it is told otherwise."""
    server = Mailbox()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def faulty() -> AsyncIterator[FaultySlack]:
    """A Slack that does as it is told, mostly wrong."""
    server = FaultySlack()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def slack_in_trouble(faulty: FaultySlack) -> AsyncIterator[SlackChannel]:
    """The Slack channel, posting to the server of faults."""
    settings = {"token": TOKEN, "channel": "C0000FAULTY", "base_url": faulty.url, "timeout": 1.0}
    channel = build("slack", settings, names=NAMES)
    assert isinstance(channel, SlackChannel)
    yield channel
    await channel.close()
