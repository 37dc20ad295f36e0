"""An engine to a database whose tables are those of this version: the migrations, run from inside the program."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from core.errors import StorageError
from storage.engine import describe, reading, writing

_one_at_a_time = Lock()  # Alembic keeps the migration under way in a global


def upgrade(engine: Engine) -> None:
    """Bring the tables to this version, in one transaction that no other process runs beside."""
    with _one_at_a_time, writing(engine) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def refuse_newer(engine: Engine) -> None:
    """Raise StorageError where a later version of the program has already upgraded the database."""
    with reading(engine) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise StorageError(
            f"{describe(engine.url)} belongs to a newer version of exchangewatch (schema {found}): "
            "update the program or name another database"
        )


def _config() -> Config:
    config = Config()
    # By path: a worker of a cluster has a folder of its own that is called "storage", too.
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config
