"""A source's address -> its links -> the pages of those that are new, each handed to `on_page`."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import scrapy
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from core.model import Answer, FetchFailure, Link, Page
from core.urls import canonical, is_fetchable
from crawler.addresses import REFUSED
from crawler.failures import in_words, one_line
from crawler.hosts import Hosts
from crawler.listed import Listed, ListingFile, TakeApart, here
from crawler.seen import NOT_MODIFIED, Seen, answer_of

OnPage = Callable[[Page], Awaitable[None]]
Known = Callable[[Collection[str]], Awaitable[set[str]]]


class UnreadableSourceError(Exception):
    """What a source gave is not what its type promises; the message says what it is, in words."""


@dataclass(frozen=True, slots=True)
class Paths:
    """JMESPath expressions: of a list of items, of what is wanted of each, and of the address of the next answer."""

    items: str
    url: str
    title: str | None = None
    published: str | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a spider needs to know of a source: plain values. `headers` are sent to the source's own host only."""

    name: str
    url: str
    link_pattern: str | None = None
    link_css: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_links: int = 60
    max_pages: int = 1
    next_css: str | None = None
    paths: Paths | None = None
    headers: tuple[tuple[str, str], ...] = ()
    encoding: str | None = None
    javascript: bool = False


@dataclass(slots=True)
class Tally:
    """What a visit came to, kept while it goes on."""

    links: int = 0
    new_links: int = 0
    pages: int = 0
    problem: str | None = None
    failures: list[FetchFailure] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """What one answer of a source gave: links to articles, pages that are articles already, and further addresses."""

    links: list[Link] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    further: list[str] = field(default_factory=list)


class SourceSpider(scrapy.Spider):
    """The common part of every source type; a type says in `find` what an answer holds."""

    name = "source"
    thorough = False  # also reads on where all that was found is known

    def __init__(
        self,
        target: Target,
        on_page: OnPage,
        known: Known,
        hosts: Hosts,
        answers: Iterable[Answer] = (),
        apart: TakeApart = here,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=target.name, **kwargs)
        self.target = target
        self.hosts = hosts
        self.answered: dict[str, Answer] = {}
        self._old_answers = Seen(answers)
        self.tally = Tally()
        self._on_page = on_page
        self._known = known
        self._apart = apart
        self._asked: set[str] = set()

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the source itself."""
        yield self._ask(self.target.url)

    async def find(self, response: Response) -> Found:
        """What an answer of the source holds. Raises UnreadableSourceError in words."""
        raise NotImplementedError

    async def taken_apart(self, work: Callable[[ListingFile], Listed], response: Response) -> Found:
        """What a file held that a process of its own took apart. Raises UnreadableSourceError in words."""
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        file = ListingFile(self.target.name, response.url, response.body, kind, self.target.encoding)
        listed = await self._apart(work, file)
        if listed.problem:
            raise UnreadableSourceError(listed.problem)
        return Found(links=listed.links, further=listed.further)

    def _ask(self, url: str) -> scrapy.Request:
        return scrapy.Request(
            url,
            callback=self.parse_source,
            errback=self._source_failed,
            headers=self._old_answers.headers(url),
            meta={"handle_httpstatus_list": [NOT_MODIFIED], **self._rendered()},
            cb_kwargs={"asked": url},
            dont_filter=True,
        )

    def _rendered(self) -> dict[str, Any]:
        """What has a browser fetch a page and run its scripts, where the stanza wants that."""
        return {"playwright": True} if self.target.javascript else {}

    async def parse_source(self, response: Response, asked: str) -> AsyncIterator[Any]:
        """An answer of the source -> requests for its new articles and for what it points on to."""
        unchanged = self._old_answers.unchanged(asked, response)
        if unchanged:
            self.answered[asked] = unchanged
            return
        if self.target.encoding and isinstance(response, TextResponse):
            response = response.replace(encoding=self.target.encoding)
        try:
            found = await self.find(response)
        except UnreadableSourceError as problem:
            self.tally.problem = self.tally.problem or str(problem)
            return
        # What only points on to others, as an index does, is always read: they may change while it does not.
        if found.pages or found.links or not found.further:
            self.answered[asked] = answer_of(asked, response)
        fresh = await self._fresh_pages(found.pages)
        for page in fresh:
            await self._hand_on(page)
        links = await self._fresh_links(found.links)
        for link in links:
            yield scrapy.Request(
                link.url,
                callback=self.parse_article,
                errback=self._article_failed,
                cb_kwargs={"link": link},
                meta=self._rendered(),
            )
        # Where all is known, what is older is known too.
        if self.thorough or fresh or links or not (found.pages or found.links):
            for url in found.further:
                yield self._ask(url)

    async def _fresh_links(self, links: Sequence[Link]) -> list[Link]:
        wanted: dict[str, Link] = {}
        for link in links:
            key = canonical(link.url)
            if (
                self._wanted(link.url)
                and key not in self._asked
                and len(self._asked) + len(wanted) < self.target.max_links
            ):
                wanted.setdefault(key, link)
        self.tally.links += len(wanted)
        known = await self._known({*wanted, *(link.url for link in wanted.values())}) if wanted else set()
        fresh = {key: link for key, link in wanted.items() if key not in known and link.url not in known}
        self._asked.update(wanted)
        self.tally.new_links += len(fresh)
        return list(fresh.values())

    async def _fresh_pages(self, pages: Sequence[Page]) -> list[Page]:
        known = await self._known({page.url for page in pages}) if pages else set()
        fresh = [page for page in pages if page.url not in known and page.url not in self._asked]
        self._asked.update(page.url for page in pages)
        self.tally.links += len(pages)
        self.tally.new_links += len(fresh)
        return fresh

    def _wanted(self, url: str) -> bool:
        include, exclude = self.target.include, self.target.exclude
        if not is_fetchable(url) or any(re.search(pattern, url) for pattern in exclude):
            return False
        return not include or any(re.search(pattern, url) for pattern in include)

    async def parse_article(self, response: Response, link: Link) -> None:
        """A page of an article, handed on."""
        await self._hand_on(page_of(response, self.target.name, link))

    async def _hand_on(self, page: Page) -> None:
        try:
            await self._on_page(page)
        except Exception as error:
            # One page that cannot be taken in must not end the visit; it is tried again on the next one.
            self.tally.failures.append(FetchFailure(page.url, f"could not be taken in: {one_line(error)}"))
        else:
            self.tally.pages += 1

    def _article_failed(self, failure: Failure) -> None:
        url = failure.request.url  # type: ignore[attr-defined]
        self.tally.failures.append(FetchFailure(url, self._reason(url, failure)))

    def _source_failed(self, failure: Failure) -> None:
        url = failure.request.url  # type: ignore[attr-defined]
        reason = self._reason(url, failure)
        if url == self.target.url or not self.tally.links:
            self.tally.problem = self.tally.problem or reason
        else:
            self.tally.failures.append(FetchFailure(url, reason))

    def _reason(self, url: str, failure: Failure) -> str:
        return REFUSED if self.hosts.guard.refused(url) else in_words(failure)


def page_of(response: Response, source: str, link: Link) -> Page:
    """A downloaded response -> a page."""
    header = response.headers.get("Content-Type")
    return Page(
        url=response.url,
        requested_url=link.url,
        source=source,
        status=response.status,
        body=response.body,
        fetched_at=datetime.now(UTC),
        content_type=header.decode("latin-1") if header else None,
        link=link,
    )


def text_of(response: Response) -> TextResponse:
    """The response as text. Raises UnreadableSourceError when it is none."""
    if not isinstance(response, TextResponse):
        kind = (response.headers.get("Content-Type") or b"nothing named").decode("latin-1")
        raise UnreadableSourceError(f"the source gave no text but {kind}")
    return response


def absolute(response: Response, addresses: Iterable[str]) -> Iterator[str]:
    """Addresses as a page gives them -> absolute ones, its <base> minded; what cannot be one is left out."""
    for address in addresses:
        try:
            url = response.urljoin(address.strip())
        except ValueError:
            continue
        if is_fetchable(url):
            yield url
