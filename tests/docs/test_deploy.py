"""The unit for systemd and the file for containers name what there is."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from app.cli import run
from core.config import validate

DEPLOY = Path(__file__).parents[2] / "deploy"


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "exchangewatch.service")
    return parser


def options_of(command: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    assert run([command, "--help"]) == 0
    return set(re.findall(r"--[a-z-]+", capsys.readouterr().out))


def test_the_unit_starts_a_command_that_there_is_without_rights(capsys: pytest.CaptureFixture[str]) -> None:
    service = unit()["Service"]
    program, command, *arguments = shlex.split(service["ExecStart"])
    assert Path(program).name == "exchangewatch"
    assert {each for each in arguments if each.startswith("--")} <= options_of(command, capsys)
    assert (service["DynamicUser"], service["Restart"]) == ("yes", "always")
    assert int(service["TimeoutStopSec"]) > 10


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("NO SYSTEMD-ANALYZE: the unit is not verified")
    copy = tmp_path / "exchangewatch.service"
    copy.write_text((DEPLOY / copy.name).read_text().replace("/opt/exchangewatch/bin/exchangewatch", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, timeout=60, check=False)
    assert [line for line in done.stderr.splitlines() if copy.name in line] == []


def test_the_container_runs_as_nobody_and_asks_for_its_health(capsys: pytest.CaptureFixture[str]) -> None:
    lines = (DEPLOY / "Containerfile").read_text()
    user = re.findall(r"^USER (\S+)", lines, re.MULTILINE)
    assert user == ["watch"]
    (address,) = re.findall(r"http://([\d.]+:\d+)/healthz", lines)
    assert validate({"status": {"listen": address}}, {}).status
    command, *arguments = re.findall(r'"([^"]+)"', re.findall(r"^CMD (.*)", lines, re.MULTILINE)[-1])
    assert {each for each in arguments if each.startswith("--")} <= options_of(command, capsys)
    for copied in re.findall(r"^COPY (?!--from|\. )(.*) \./$", lines, re.MULTILINE):
        assert all((DEPLOY.parent / each).exists() for each in copied.split())
