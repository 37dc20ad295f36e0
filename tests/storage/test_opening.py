"""Databases that can be used, and one line about those that cannot."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from core.errors import StorageError
from storage.engine import connect
from storage.schema import metadata
from storage.store import Store


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("news.sqlite", "the database URL cannot be read: write"),
        ("postgresql://u:hunter2@h:port/x", "the database URL cannot be read: write"),
        ("mysql://u:hunter2@h/x", "names mysql, which is not supported: write"),
        ("sqlite://", "names no file: write"),
        ("sqlite:////no/such/folder/news.sqlite", "the folder /no/such/folder for the database news.sqlite does not"),
        ("sqlite:////", "/ is a folder, not a database file"),
        ("postgresql://u:hunter2@127.0.0.1:1/x", "PostgreSQL database x at 127.0.0.1:1: "),
        ("postgresql://u:hunter2@127.0.0.1:1/x?sslmode=hunter2", "PostgreSQL database x at 127.0.0.1:1: "),
    ],
)
def test_an_unusable_url_is_one_line_without_the_password(url: str, says: str) -> None:
    with pytest.raises(StorageError) as caught:
        Store.open(url)
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "news.sqlite"
    path.write_text("This is a newspaper, and it is longer than the header of a database file would be." * 20)
    with pytest.raises(StorageError, match="not a database"):
        Store.open(f"sqlite:///{path}")
    assert path.read_text().startswith("This is a newspaper")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="unable to open"):
        Store.open(f"sqlite:///{tmp_path / 'news.sqlite'}")


def test_without_tables_the_way_to_make_them_is_said(empty_database_url: str) -> None:
    with Store.open(empty_database_url) as store, pytest.raises(StorageError, match="run `exchangewatch db upgrade`"):
        store.counts()


def test_upgrading_twice_changes_nothing(store: Store) -> None:
    store.upgrade()
    assert store.counts().articles == 0


def test_many_may_upgrade_at_once(empty_database_url: str) -> None:
    with ExitStack() as opened:
        stores = [opened.enter_context(Store.open(empty_database_url)) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Store.upgrade, stores))
        assert stores[0].counts().events == 0


def test_a_newer_database_is_refused(empty_database_url: str) -> None:
    with Store.open(empty_database_url) as store:
        store.upgrade()
    engine = connect(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StorageError, match="newer version of exchangewatch"):
        Store.open(empty_database_url)


def test_the_migrations_make_the_tables_of_the_schema(store: Store, database_url: str) -> None:
    engine = connect(database_url)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert [each for each in differences if "alembic_version" not in str(each)] == []


def test_the_first_tables_can_be_taken_back(tmp_path: Path) -> None:
    from alembic import command

    from storage.upgrade import _config

    path = tmp_path / "news.sqlite"
    with Store.open(f"sqlite:///{path}") as store:
        store.upgrade()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    engine.dispose()
    connection_left = sqlite3.connect(path)
    left = connection_left.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection_left.close()
    assert left == [("alembic_version",)]


def test_sqlite_keeps_what_was_recorded_through_a_power_cut(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'news.sqlite'}")
    with engine.connect() as connection:
        settings = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]
        keys = connection.execute(text("PRAGMA foreign_keys")).scalar()
    engine.dispose()
    assert settings == ["wal", 2]
    assert keys == 1
