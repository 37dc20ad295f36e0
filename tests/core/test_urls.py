"""One article has one canonical address, however it was reached."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.urls import canonical, is_fetchable

ARTICLE = "https://courier.example/news/909-home"


@pytest.mark.parametrize(
    "address",
    [
        "https://courier.example/news/909-home",
        "https://courier.example/news/909-home/",
        "https://courier.example/news/909-home#comments",
        "https://courier.example:443/news/909-home",
        "https://COURIER.example/news/909-home",
        "https://www.courier.example/news/909-home",
        "https://m.courier.example/news/909-home",
        "https://amp.courier.example/news/909-home",
        "https://courier.example/news/909-home/amp",
        "https://courier.example/news/909-home/amp/",
        "https://courier.example/news/909-home?amp=1",
        "https://courier.example/news/909-home?utm_source=rss&utm_medium=feed",
        "https://courier.example/news/909-home?fbclid=1&gclid=2&yclid=3",
        "https://courier.example/news//909-home",
        "  https://courier.example/news/909-home ",
    ],
)
def test_every_way_to_an_article_is_the_article(address: str) -> None:
    assert canonical(address) == ARTICLE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://courier.example/?id=1", "https://courier.example/?id=2"),
        ("https://courier.example/a", "https://courier.example/b"),
        ("https://uk.courier.example/a", "https://ru.courier.example/a"),
    ],
)
def test_different_articles_stay_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_the_order_of_parameters_does_not_matter() -> None:
    assert canonical("https://a.example/?b=2&a=1") == canonical("https://a.example/?a=1&b=2")


@pytest.mark.parametrize(
    "address", ["", "mailto:desk@courier.example", "ftp://a.example/", "http://", "http://[", "//x"]
)
def test_what_is_no_web_address_is_not_fetched(address: str) -> None:
    assert not is_fetchable(address)


HOSTILE = (
    st.text(max_size=80)
    | st.text(max_size=60).map("https://courier.example/".__add__)
    | st.text(max_size=40).map("http://".__add__)
)


@given(HOSTILE)
def test_any_text_has_a_canonical_form_that_is_its_own(address: str) -> None:
    assert canonical(canonical(address)) == canonical(address)
