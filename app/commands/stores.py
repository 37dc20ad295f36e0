"""What --config and --database name -> the configuration, and a store to read from or to write to."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.commands.options import DEFAULT_CONFIG
from app.detector import use
from core.config import Config, Source, load
from core.errors import ConfigError, InputError
from storage.store import Store

_SQLITE = "sqlite:///"


def configuration(path: Path, database: str | None = None) -> Config:
    """The configuration, with the database that was given in place of its own. Raises ConfigError."""
    config = load(path, os.environ)
    use(config.rules, encoder=config.encoder)
    return config if database is None else config.model_copy(update={"database": as_url(database)})


def configuration_or_none(path: Path, database: str | None = None) -> Config:
    """As `configuration`, or an empty one where nobody named a file and the usual one is not there."""
    if path == DEFAULT_CONFIG and not path.exists():
        return Config() if database is None else Config(database=as_url(database))
    return configuration(path, database)


def use_own_rules(path: Path) -> None:
    """Let the detector read the rule files of a configuration, where it is there and in order."""
    if path.exists():
        with suppress(ConfigError):
            configuration(path)


def as_url(given: str) -> str:
    """A file's name as the URL of a SQLite database; a URL stays."""
    return given if "://" in given else f"{_SQLITE}{given}"


@contextmanager
def reading_store(database: str | None, config: Path) -> Iterator[Store]:
    """The store to read from; raises InputError where there is none yet, rather than making an empty one."""
    url = as_url(database) if database else configuration(config).database
    path = url.removeprefix(_SQLITE)
    if path != url and not Path(path).exists():
        raise InputError(f"there is no database {path} yet: `exchangewatch run --once` makes it")
    with Store.open(url) as store:
        yield store


@contextmanager
def writing_store(database: str | None, config: Path) -> Iterator[Store]:
    """The store to write to, made or brought up to date first."""
    with Store.open(as_url(database) if database else configuration(config).database) as store:
        store.upgrade()
        yield store


def named(config: Config, name: str) -> Source:
    """The source of a name; raises InputError with the names that come close."""
    for source in config.sources:
        if source.name == name:
            return source
    near = difflib.get_close_matches(name, [source.name for source in config.sources], n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`exchangewatch sources` lists them"
    raise InputError(f"the configuration has no source {name}: {hint}")
