"""A copy of a database in use, and what is found wrong with one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from core.errors import StorageError
from storage.store import Store
from tests.alerts.stories import an_event
from tests.builders import make_article, make_report


def fill(store: Store, numbers: range) -> None:
    for number in numbers:
        with store.write() as unit:
            unit.add_article(make_article(number, id=f"article-{number}"), make_report())


def test_a_copy_is_whole_though_the_database_is_written_to(
    open_store: Callable[[], Store], backend: str, tmp_path: Path
) -> None:
    store, copy = open_store(), tmp_path / "copy.sqlite"
    fill(store, range(20))
    if backend == "postgres":
        with pytest.raises(StorageError, match="pg_dump"):
            store.back_up(copy)
        return
    writer = Thread(target=fill, args=(open_store(), range(20, 60)))
    writer.start()
    size = store.back_up(copy)
    writer.join()
    assert size == copy.stat().st_size
    with Store.open(f"sqlite:///{copy}") as copied:
        assert copied.problems() == []
        assert 20 <= copied.counts().articles <= 60
    assert {each.name for each in tmp_path.iterdir() if each.name.startswith(".")} == set()


def test_a_copy_that_cannot_be_written_leaves_nothing(store: Store, backend: str, tmp_path: Path) -> None:
    if backend == "sqlite":
        with pytest.raises(StorageError, match="No such file or directory"):
            store.back_up(tmp_path / "nowhere" / "copy.sqlite")
        with pytest.raises(StorageError, match="the database itself"):
            store.back_up(tmp_path / "store.sqlite")
        assert store.problems() == []


def test_rows_that_belong_to_nothing_are_found(store: Store) -> None:
    assert store.problems() == []
    with store.write() as unit:
        unit.put_event(an_event(ledger=(), members=()))
    assert store.problems() == ["1 events without a report"]


def test_damage_is_found(tmp_path: Path) -> None:
    path = tmp_path / "news.sqlite"
    with Store.open(f"sqlite:///{path}") as store:
        store.upgrade()
        fill(store, range(200))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damaged = bytearray(path.read_bytes())
    middle = len(damaged) // 2
    damaged[middle : middle + 8192] = b"\xff" * 8192
    path.write_bytes(damaged)
    with Store.open(f"sqlite:///{path}") as store:
        try:
            assert store.problems()
        except StorageError as error:
            assert "malformed" in str(error)
