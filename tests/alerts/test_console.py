"""The console: plain where nobody sees colours, coloured in a terminal, readable at any width and in any encoding."""

from __future__ import annotations

import io
import re

import pytest

from alerts.channels import Sent
from alerts.channels.console import ConsoleChannel
from core.errors import Refused
from tests.alerts.stories import NAMES, an_alert
from tests.alerts.test_message import AT_80


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def a_plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


async def test_a_file_gets_the_plain_text() -> None:
    stream = io.StringIO()
    assert await ConsoleChannel("console", NAMES, stream, 80).send(an_alert(), None) == Sent(None, None)
    assert stream.getvalue() == AT_80 + "\n\n"


@pytest.mark.parametrize("width", [80, 160])
async def test_a_terminal_gets_the_same_in_colours(width: int) -> None:
    plain, coloured = io.StringIO(), Terminal()
    for stream in (plain, coloured):
        await ConsoleChannel("console", NAMES, stream, width).send(an_alert(), None)
    assert "\x1b[" in coloured.getvalue()
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured.getvalue()) == plain.getvalue()


async def test_letters_that_an_encoding_lacks_do_not_stop_an_alert() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    await ConsoleChannel("console", NAMES, stream, 80).send(an_alert(), None)
    assert b"909 for 34" in raw.getvalue()


async def test_standard_output_is_meant_where_no_stream_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    await ConsoleChannel("console", NAMES, width=80).send(an_alert(), None)
    assert capsys.readouterr().out == AT_80 + "\n\n"


async def test_a_closed_stream_is_refused() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(Refused):
        await ConsoleChannel("console", NAMES, stream, 80).send(an_alert(), None)
