"""What is old is forgotten, a little at a time; reports, and what they rest on, are not."""

from __future__ import annotations

from datetime import timedelta

from core.model import CrawlResult
from scheduler.intake import take_in
from storage.store import Store
from tests.builders import NOON, make_article, make_rejection, make_report

DAY = timedelta(days=1)


def test_old_articles_that_are_no_reports_are_forgotten_and_not_fetched_again(store: Store) -> None:
    for number, verdict in ((1, make_report()), (2, make_rejection()), (3, make_rejection())):
        article = make_article(number, fetched_at=NOON + (DAY * 100 if number == 3 else timedelta()))
        take_in(store, article, verdict, article.fetched_at, [], max_age=DAY)
    assert [store.forget_articles(NOON + DAY, limit=1) for _ in range(3)] == [1, 0, 0]
    assert {article.url for article in store.articles()} == {make_article(3).url, make_article(1).url}
    assert store.known([make_article(2).url]) == {make_article(2).url}
    assert store.problems() == []


def test_visits_are_forgotten(store: Store) -> None:
    for day in range(5):
        store.record_crawl(CrawlResult("courier", NOON + DAY * day, NOON + DAY * day), None)
    assert store.forget_crawls(NOON + 3 * DAY) == 3
    assert len(store.visits("courier")) == 2


def test_it_is_known_where_the_page_behind_a_report_is_kept(store: Store) -> None:
    taken = take_in(store, make_article(1), make_report(), NOON, [], max_age=DAY, kept=("day.warc.gz", 1234))
    assert taken.article_id
    (kept,) = store.kept([taken.article_id])
    assert (kept.file, kept.position, kept.at) == ("day.warc.gz", 1234, NOON)
    store.forget_evidence(["day.warc.gz"])
    assert store.kept([taken.article_id]) == []
