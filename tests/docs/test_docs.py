"""The documents say what the program does: every command, option and key is told, and every sample works."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel
from typer.main import get_command

from app.cli import COMMANDS, run
from app.rows import BadLine, read_rows
from core import config

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "WEBHOOK_SECRET": "x" * 24,
    "MAIL_PASSWORD": "secret",
    "HILL_AGENCY_KEY": "key",
}
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def commands() -> Iterator[tuple[str, ...]]:
    """Every command that can be typed, so that a new one cannot be left out of the documents."""
    for name, entry in COMMANDS.items():
        command = get_command(importlib.import_module(f"app.commands.{entry.module}").app)
        below = getattr(command, "commands", {})
        if not below or getattr(command, "invoke_without_command", False):
            yield (name,)
        yield from ((name, each) for each in below)


def samples(page: Path, language: str) -> list[str]:
    """The code blocks of one language in a page."""
    blocks = re.findall(rf"^( *)```{language}\n(.*?)^\1```", page.read_text(), re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks]


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_every_command_and_option_is_documented(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--help"]) == 0
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE)) - {"--help"}
    page = (DOCS / "commands.md").read_text()
    heading = rf"^## exchangewatch {' '.join(command)}(?! [a-z])[^\n]*\n(.*?)(?=^## |\Z)"
    section = re.search(heading, page, re.MULTILINE | re.DOTALL)
    assert section, f"docs/commands.md has no heading for {' '.join(command)}"
    of_all = {"--config", "--database"}
    missing = [each for each in options if each not in (page if each in of_all else section.group(1))]
    assert missing == []


def keys(model: type[BaseModel], section: str = "The top") -> Iterator[tuple[str, str]]:
    """Every key, with the heading under which it is told; keys of keys are told with their section."""
    for name, field in model.model_fields.items():
        yield section, field.alias or name
        for below in (field.annotation, *get_args(field.annotation)):
            if isinstance(below, type) and issubclass(below, BaseModel):
                yield from keys(below, name if model is config.Config else section)


def test_the_keys_are_found() -> None:
    found = set(keys(config.Config))
    assert {("The top", "crawl"), ("crawl", "delay"), ("alerts", "token"), ("sources", "url")} <= found


@pytest.mark.parametrize(("section", "key"), list(keys(config.Config)))
def test_every_key_of_the_configuration_is_documented(section: str, key: str) -> None:
    page = (DOCS / "configuration.md").read_text()
    part = page.split(f"## {section}\n")[1].split("\n## ")[0]
    assert f"`{key}`" in part


def test_every_yaml_sample_of_the_configuration_is_accepted() -> None:
    found = samples(DOCS / "configuration.md", "yaml")
    assert len(found) >= 3
    for sample in found:
        config.validate(yaml.safe_load(sample), _SECRETS)


def test_every_yaml_sample_elsewhere_is_yaml() -> None:
    for page in PAGES:
        for sample in samples(page, "yaml"):
            assert yaml.safe_load(sample)


def test_every_json_sample_is_an_article_that_can_be_read() -> None:
    for sample in samples(DOCS / "commands.md", "json"):
        assert json.loads(sample)
        assert not any(isinstance(row, BadLine) for row in read_rows([sample.encode()]))


def test_the_configuration_that_is_delivered_is_valid_and_large() -> None:
    found = config.load(ROOT / "config.yaml", {})
    assert len(found.sources) >= 35


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_documents_exist(page: Path) -> None:
    for name in re.findall(r"exchangewatch ([a-z]+)\b", page.read_text().replace("exchangewatch COMMAND", "")):
        assert name in COMMANDS


def test_every_make_target_in_the_readme_exists() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z]+)\b", (ROOT / "README.md").read_text())) <= set(targets)
