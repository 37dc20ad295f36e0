"""A JSON API -> links to articles, by JMESPath expressions of its stanza."""

from __future__ import annotations

import json
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from scrapy.http import Response

from core.model import Link
from crawler.listed import moment_of
from crawler.spiders.base import Found, SourceSpider, UnreadableSourceError, absolute


class ApiSpider(SourceSpider):
    """Reads the answers of an API, page after page as long as there is something new."""

    _read = 0

    async def find(self, response: Response) -> Found:
        """The links of one answer, and the address of the next where the stanza says how it is found."""
        paths = self.target.paths
        if paths is None:
            raise UnreadableSourceError("the stanza has no paths")
        try:
            data = json.loads(response.body)
        except (ValueError, RecursionError):
            raise UnreadableSourceError("the address gives no JSON") from None
        items = _searched(paths.items, data)
        if not isinstance(items, list) or not items:
            raise UnreadableSourceError(f"paths.items {paths.items!r} finds no list with something in it")
        links = []
        for item in items:
            address = _searched(paths.url, item)
            title = _searched(paths.title, item) if paths.title else None
            published = moment_of(_searched(paths.published, item)) if paths.published else None
            for url in absolute(response, [address] if isinstance(address, str) else []):
                links.append(Link(url, self.target.name, title if isinstance(title, str) else None, published))
        if not links:
            raise UnreadableSourceError(f"paths.url {paths.url!r} finds no address in any item")
        self._read += 1
        following = _searched(paths.next, data) if paths.next and self._read < self.target.max_pages else None
        return Found(links, further=list(absolute(response, [following] if isinstance(following, str) else [])))


def _searched(path: str, data: Any) -> Any:
    try:
        return jmespath.search(path, data)
    except JMESPathError as error:
        raise UnreadableSourceError(
            f"{path!r} cannot be asked of this answer: {' '.join(str(error).split())}"
        ) from None
