"""What a source answered before -> whether it has changed: by its own word (ETag, Last-Modified), and by its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from scrapy.http import Response

from core.model import Answer

NOT_MODIFIED = 304


class Seen:
    """The answers of a source's addresses that were read to the end."""

    def __init__(self, answers: Iterable[Answer] = ()) -> None:
        self._answers = {answer.url: answer for answer in answers}

    def headers(self, url: str) -> dict[str, str]:
        """What to ask with, so that a server may answer "not modified"."""
        known = self._answers.get(url)
        if known is None:
            return {}
        found = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
        return {name: value for name, value in found.items() if value}

    def unchanged(self, url: str, response: Response) -> Answer | None:
        """The answer before, where it is still the same: the server says so, or its bytes do. Servers lie both ways."""
        known = self._answers.get(url)
        same = known is not None and (response.status == NOT_MODIFIED or _digest(response) == known.digest)
        return known if same else None


def answer_of(url: str, response: Response) -> Answer:
    """The marks of what an address answered."""

    def header(name: str) -> str | None:
        value = response.headers.get(name)
        return value.decode("latin-1") if value else None

    return Answer(url, header("ETag"), header("Last-Modified"), _digest(response))


def _digest(response: Response) -> str:
    return hashlib.sha256(response.body).hexdigest()
