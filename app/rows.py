"""JSONL lines of articles, as other programs write them -> rows that are checked, each bad line with its own reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One article as a line gives it: `id` is echoed as it came; `published` is a day or an aware moment."""

    id: str | int
    title: str | None
    text: str
    published: datetime | date | None
    language: str | None = None
    url: str | None = None
    outlet: str | None = None

    @property
    def published_at(self) -> datetime | None:
        """The moment of publication in UTC; a bare day counts as its midnight."""
        if self.published is None or isinstance(self.published, datetime):
            return self.published
        return datetime.combine(self.published, time(), UTC)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no article: its number, counted from 1, and what is wrong with it."""

    number: int
    reason: str


def read_rows(lines: Iterable[bytes]) -> Iterator[Row | BadLine]:
    """Raw lines -> a row or a bad line for each that is not blank, one at a time, in order; never raises on content."""
    for number, raw in enumerate(lines, start=1):
        line = raw.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else raw.strip()
        if not line:
            continue
        try:
            yield _row(_parsed(line))
        except _WrongLineError as wrong:
            yield BadLine(number, str(wrong))


class _WrongLineError(Exception):
    """What is wrong with one line, in words."""


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _WrongLineError(f"byte {error.start} is not UTF-8: convert the file to UTF-8") from None
    except json.JSONDecodeError as error:
        raise _WrongLineError(f"not JSON at column {error.colno}: {error.msg}") from None
    except (ValueError, RecursionError):
        raise _WrongLineError("not JSON that can be read: a number is too long or brackets are too deep") from None
    if not isinstance(value, dict):
        raise _WrongLineError('an object {"id", "url", "title", "text", "published"} is wanted')
    return value


def _row(value: Mapping[str, Any]) -> Row:
    identifier = value.get("id")
    if not isinstance(identifier, str | int) or isinstance(identifier, bool) or identifier == "":
        raise _WrongLineError('"id" must be a string or a number')
    text = _words(value, "text")
    title = _words(value, "title")
    if text is None and title is None:
        raise _WrongLineError('"text" is missing')
    return Row(
        id=identifier,
        title=title,
        text=text or "",
        published=_published(value.get("published")),
        language=_words(value, "lang") or None,
        url=_words(value, "url") or None,
        outlet=_words(value, "outlet") or None,
    )


def _words(value: Mapping[str, Any], key: str) -> str | None:
    words = value.get(key)
    if words is not None and not isinstance(words, str):
        raise _WrongLineError(f'"{key}" must be a string or null')
    return words


def _published(value: Any) -> datetime | date | None:
    if value is None or value == "":
        return None
    try:
        if len(value) == len("2025-06-13"):
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise _WrongLineError('"published" must be a day such as 2025-06-13, an ISO 8601 time, or null') from None
