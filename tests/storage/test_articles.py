"""Articles and unreadable pages: stored once, found under every URL, as they were."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import StorageError
from core.model import Article, Rejection, Report, Unreadable
from storage.store import Store
from tests.builders import NOON, make_article, make_rejection, make_report

DAY = timedelta(days=1)


def put(store: Store, article: Article, detection: Report | Rejection | None = None) -> str | None:
    with store.write() as unit:
        return unit.add_article(article, detection or make_rejection())


def test_an_article_comes_back_as_it_was_under_every_url(store: Store) -> None:
    article = make_article(aliases=("https://m.outlet-1.example/story", "https://outlet-1.example/story?from=feed"))
    article_id = put(store, article, make_report())
    for name in (article_id, article.url, *article.aliases):
        found = store.article(str(name))
        assert found is not None
        assert (found.id, found.url, found.text, found.published) == (article_id, article.url, article.text, NOON)
        assert sorted(found.aliases) == sorted(article.aliases)
        assert store.detection(str(name)) == make_report()
    assert store.known([article.url, *article.aliases, "https://else.example/"]) == {article.url, *article.aliases}
    assert store.article("https://else.example/") is None
    assert store.detection("https://else.example/") is None


def test_an_id_that_an_article_brings_is_kept(store: Store) -> None:
    assert put(store, make_article(id="en-001")) == "en-001"


def test_an_id_of_another_article_is_refused_and_nothing_is_stored(store: Store) -> None:
    put(store, make_article(1, id="en-001"))
    with pytest.raises(StorageError, match=r"the article id en-001 of .* already belongs to"):
        put(store, make_article(2, id="en-001"))
    assert store.known([make_article(2).url]) == set()


def test_the_same_url_is_the_same_article_and_brings_its_new_urls(store: Store) -> None:
    first = put(store, make_article())
    assert put(store, make_article(text="Another text.", aliases=("https://amp.example/1",))) is None
    found = store.article("https://amp.example/1")
    assert found is not None
    assert (found.id, found.text) == (first, make_article().text)
    assert put(store, make_article(2, url="https://amp.example/1", text="A third.")) is None
    assert store.counts().articles == 1


def test_the_same_text_of_the_same_outlet_is_the_same_article(store: Store) -> None:
    put(store, make_article())
    again = make_article(url="https://outlet-1.example/moved", text=make_article().text.replace(" ", "\u00a0 "))
    assert put(store, again) is None
    assert store.known([again.url]) == {again.url}


@pytest.mark.parametrize("other", [{"outlet": "outlet-2.example"}, {"published": NOON + 30 * DAY}, {"title": "Else"}])
def test_the_same_text_elsewhere_or_next_month_is_another_article(store: Store, other: dict[str, object]) -> None:
    put(store, make_article())
    assert put(store, make_article(**{"url": "https://other.example/", **other})) is not None


def test_what_no_database_stores_keeps_its_place(store: Store) -> None:
    article_id = put(store, make_article(text="a\x00b\ud800c", title="\x00"))
    found = store.article(str(article_id))
    assert found is not None
    assert (found.text, found.title) == ("a\ufffdb\ufffdc", "\ufffd")


def test_an_endless_url_is_known_like_any_other(store: Store) -> None:
    article = make_article(url="https://outlet.example/?" + "x" * 9000)
    put(store, article)
    other = article.url[:-1] + "y"
    assert store.known([article.url, other]) == {article.url}
    found = store.article(article.url)
    assert found is not None
    assert (found.url, found.aliases) == (article.url, ())


def test_thousands_of_urls_are_asked_about_at_once(store: Store) -> None:
    put(store, make_article())
    asked = [f"https://outlet.example/{number}" for number in range(3000)]
    assert store.known([*asked, make_article().url]) == {make_article().url}


def test_a_time_without_a_timezone_is_refused(store: Store) -> None:
    with pytest.raises(StorageError, match="without a timezone"):
        put(store, make_article(published=NOON.replace(tzinfo=None)))


def test_an_unreadable_page_is_done_until_it_can_be_read(store: Store) -> None:
    page = Unreadable("https://outlet-1.example/story", "outlet-1", "no text", NOON, ("https://short.example/1",))
    with store.write() as unit:
        assert unit.add_unreadable(page)
        assert not unit.add_unreadable(page)
    assert store.known([page.url, *page.aliases]) == {page.url, *page.aliases}
    assert (store.counts().unreadable, store.counts().articles) == (1, 0)
    put(store, make_article())
    assert (store.counts().unreadable, store.counts().articles) == (0, 1)
    with store.write() as unit:
        assert not unit.add_unreadable(page)


def test_articles_are_chosen_by_source_time_and_whether_they_report(store: Store) -> None:
    put(store, make_article(1), make_report())
    put(store, make_article(2, published=None, fetched_at=NOON + DAY))
    put(store, make_article(3, published=NOON - DAY))
    assert [each.outlet[7] for each in store.articles()] == ["2", "1", "3"]
    assert [each.outlet[7] for each in store.articles(reports_only=True)] == ["1"]
    assert [each.outlet[7] for each in store.articles(source="outlet-3")] == ["3"]
    assert [each.outlet[7] for each in store.articles(since=NOON, limit=1)] == ["2"]
    assert [each.outlet[7] for each in store.articles(until=NOON)] == ["1", "3"]


def test_a_block_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.write() as unit:
        unit.add_article(make_article(), make_report())
        raise RuntimeError
    assert store.counts().articles == 0
