"""A fetched page and what is known of its source -> its article and what that reports; run in a reader process."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.detector import detector
from core.config import Css, Source
from core.model import Article, Hints, Page, Rejection, Report, Unreadable


class Assignment(NamedTuple):
    """One page to read, with its outlet and the outlet's own language and timezone, and where its pages hold what.

    `by_evidence` leaves the encoder out, which takes as long as a hundred records of an archive of files.
    """

    page: Page
    outlet: str
    language: str | None = None
    timezone: str = "UTC"
    hints: Hints = Hints()
    by_evidence: bool = False


def assigned(page: Page, source: Source) -> Assignment:
    """A page of a source, to be read as its stanza says."""
    css = source.css or Css()
    hints = Hints(css.title, css.text, css.date, source.encoding)
    return Assignment(page, source.name, source.language, source.timezone, hints)


def practice() -> Assignment:
    """A page that makes a new reader process load all that it will need."""
    body = (
        b"<html><body><article><p>Ukraine and Russia exchanged nothing today, said nobody.</p></article></body></html>"
    )
    url = "http://practice.invalid/"
    return Assignment(Page(url, url, "practice", 200, body, datetime.now(UTC)), "practice")


class Reading(NamedTuple):
    """An article, and what detection made of it."""

    article: Article
    verdict: Report | Rejection


class Timed(NamedTuple):
    """What reading a page gave, and how long (s) it took to extract and to detect."""

    read: Reading | Unreadable
    extracting: float
    detecting: float


def read_timed(assignment: Assignment) -> Timed:
    """As `read`, with the times."""
    detector()  # what it loads the first time is no part of them
    began = time.perf_counter()
    article = _extracted(assignment)
    extracted = time.perf_counter()
    done = article if isinstance(article, Unreadable) else _detected(article, assignment)
    return Timed(done, extracted - began, time.perf_counter() - extracted)


def read(assignment: Assignment) -> Reading | Unreadable:
    """Extract and detect. An article that does not say when it was published counts as published when fetched.

    "Today" in a text is the outlet's day, not the day in Greenwich.
    """
    article = _extracted(assignment)
    return article if isinstance(article, Unreadable) else _detected(article, assignment)


def _extracted(assignment: Assignment) -> Article | Unreadable:
    from parsers.extract import extract  # noqa: PLC0415 - only reader processes need it, and it is large

    page, outlet, language, timezone, hints, _ = assignment
    return extract(page, outlet, language, timezone, hints)


def _detected(article: Article, assignment: Assignment) -> Reading:
    published = (article.published or article.fetched_at).astimezone(ZoneInfo(assignment.timezone))
    judge = detector().by_evidence() if assignment.by_evidence else detector()
    return Reading(article, judge.detect(article.title, article.text, published, article.language))
