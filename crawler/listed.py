"""What a file that lists articles held: links, further addresses, or why nothing; plain values that cross processes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urljoin

from core.model import Link
from core.urls import is_fetchable


class ListingFile(NamedTuple):
    """A feed or a sitemap as it was downloaded; `encoding` is what the operator says of it."""

    source: str
    url: str
    body: bytes
    content_type: str = ""
    encoding: str | None = None


@dataclass(slots=True)
class Listed:
    """The links of a file, other files that it names, or the reason in words why it holds nothing."""

    links: list[Link] = field(default_factory=list)
    further: list[str] = field(default_factory=list)
    problem: str | None = None


# How a file is taken apart: a hostile one may take minutes, so that it is best done in a process that can be ended.
TakeApart = Callable[[Callable[[ListingFile], Listed], ListingFile], Awaitable[Listed]]


async def here(work: Callable[[ListingFile], Listed], file: ListingFile) -> Listed:
    """Take a file apart in this process."""
    return work(file)


def absolute(base: str, addresses: Iterable[str]) -> Iterator[str]:
    """Addresses as a page of the address `base` gives them -> absolute ones; what cannot be one is left out."""
    for address in addresses:
        try:
            url = urljoin(base, address.strip())
        except ValueError:
            continue
        if is_fetchable(url):
            yield url


def moment_of(value: object) -> datetime | None:
    """A time (UTC) as ISO 8601 has it, or as seconds since 1970; None where it is neither."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(str(value).strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def declares_entities(body: bytes) -> bool:
    """Whether an XML file has entities of its own: no feed needs them, and bombs are made of them."""
    return b"<!ENTITY" in (body.replace(b"\0", b"") if b"\0" in body[:64] else body)
