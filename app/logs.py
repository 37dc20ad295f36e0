"""Records of the log -> lines on standard error: for a person, or as JSON for a machine."""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal

from core.wording import clean, visible

LogFormat = Literal["text", "json"]
# Their warnings are about one page or one request, which a visit tells in its own words.
_TALKATIVE = (
    "scrapy",
    "twisted",
    "apscheduler",
    "asyncio",
    "trafilatura",
    "htmldate",
    "alembic",
    "aiohttp",
    "sqlalchemy",
)
_LONGEST = 2_000


class _OneLine(logging.Formatter):
    """What a site sends may stand in a message: no control character of it reaches the terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = clean(record.message, _LONGEST)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        """A traceback, whose last line may quote a site, too."""
        return visible(super().formatException(ei))


def log_to_stderr(level: int, form: LogFormat = "text") -> None:
    """One line for each thing that an operator should know; libraries only where something is broken."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json() if form == "json" else _OneLine("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _json() -> logging.Formatter:
    import structlog  # noqa: PLC0415 - most commands write no JSON, and need not wait for it

    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            stamp,
            structlog.stdlib.ExtraAdder(allow=("progress",)),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
    )
