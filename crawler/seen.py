"""What a source answered before -> whether it has changed: by its own word (ETag, Last-Modified), and by its bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from scrapy.http import Response

NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Answer:
    """The marks of one answer. Servers lie both ways about change, so the bytes are remembered too."""

    etag: str | None
    modified: str | None
    digest: bytes


@dataclass(slots=True)
class Seen:
    """The answers of addresses that were read to the end. Kept while the monitor runs; a restart reads all once."""

    answers: dict[str, Answer] = field(default_factory=dict)

    def headers(self, url: str) -> dict[str, str]:
        """What to ask with, so that a server may answer "not modified"."""
        known = self.answers.get(url)
        if known is None:
            return {}
        found = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
        return {name: value for name, value in found.items() if value}

    def unchanged(self, url: str, response: Response) -> bool:
        """Whether an answer is the one before: the server says so, or its bytes do."""
        known = self.answers.get(url)
        if known is None:
            return False
        return response.status == NOT_MODIFIED or _digest(response) == known.digest

    def remember(self, url: str, answer: Answer) -> None:
        """From now on this answer is old news."""
        self.answers[url] = answer


def answer_of(response: Response) -> Answer:
    """The marks of an answer."""

    def header(name: str) -> str | None:
        value = response.headers.get(name)
        return value.decode("latin-1") if value else None

    return Answer(header("ETag"), header("Last-Modified"), _digest(response))


def _digest(response: Response) -> bytes:
    return hashlib.sha256(response.body).digest()
