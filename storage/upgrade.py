"""An engine to a database whose tables are those of this version: the migrations, run from inside the program."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from core.errors import StorageError
from storage.engine import describe, reading, writing

# Alembic is loaded where there is something to migrate: every command opens the database, and few change its tables.
if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).with_name("migrations")
_NAMED = re.compile(r'^(revision|down_revision) = "(\w+)"$', re.MULTILINE)
_one_at_a_time = Lock()  # Alembic keeps the migration under way in a global


def upgrade(engine: Engine) -> None:
    """Bring the tables to this version, in one transaction that no other process runs beside."""
    with reading(engine) as connection:
        if {_revision(connection)} == _known()[0]:
            return
    from alembic import command  # noqa: PLC0415

    with _one_at_a_time, writing(engine) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def refuse_newer(engine: Engine) -> None:
    """Raise StorageError where a later version of the program has already upgraded the database."""
    with reading(engine) as connection:
        found = _revision(connection)
    if found is not None and found not in _known()[1]:
        raise StorageError(
            f"{describe(engine.url)} belongs to a newer version of exchangewatch (schema {found}): "
            "update the program or name another database"
        )


def _revision(connection: Connection) -> str | None:
    """The revision of a database; None where it has no tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


@cache
def _known() -> tuple[set[str], set[str]]:
    """The last revision of this version of the program (one, or a migration was forgotten), and all of them."""
    named = [_NAMED.findall(file.read_text("utf-8")) for file in (_MIGRATIONS / "versions").glob("r*.py")]
    revisions = {value for found in named for name, value in found if name == "revision"}
    followed = {value for found in named for name, value in found if name == "down_revision"}
    return revisions - followed, revisions


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    # By path: a worker of a cluster has a folder of its own that is called "storage", too.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
