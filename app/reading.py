"""A fetched page and what is known of its source -> its article and what that reports; run in a reader process."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.detector import detector
from core.model import Article, Page, Rejection, Report, Unreadable
from parsers.extract import extract


class Assignment(NamedTuple):
    """One page to read, with its outlet and the outlet's own language and timezone."""

    page: Page
    outlet: str
    language: str | None = None
    timezone: str = "UTC"


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


def read(assignment: Assignment) -> Reading | Unreadable:
    """Extract and detect. An article that does not say when it was published counts as published when fetched.

    "Today" in a text is the outlet's day, not the day in Greenwich.
    """
    page, outlet, language, timezone = assignment
    article = extract(page, outlet, language, timezone)
    if isinstance(article, Unreadable):
        return article
    published = (article.published or article.fetched_at).astimezone(ZoneInfo(timezone))
    return Reading(article, detector().detect(article.title, article.text, published, article.language))
