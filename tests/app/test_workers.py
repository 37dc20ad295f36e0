"""Readers survive what they are given to read."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.wiring import taking_apart
from app.workers import LostReaderError, Readers
from crawler.feeds import read_feed
from crawler.listed import ListingFile


@pytest_asyncio.fixture
async def readers() -> AsyncIterator[Readers]:
    readers = Readers(count=1, patience=0.5)
    await readers.start(len, "abc")
    yield readers
    readers.close()


async def test_a_page_that_ends_its_process_is_named_and_the_next_is_read(readers: Readers) -> None:
    assert await readers.read(len, "abc") == 3
    with pytest.raises(LostReaderError, match="ended the process"):
        await readers.read(os._exit, 1)
    with pytest.raises(LostReaderError, match=r"longer than 0\.5 seconds"):
        await readers.read(time.sleep, 60)
    assert await readers.read(len, "abcd") == 4


async def test_a_feed_that_would_take_an_hour_is_given_up_and_the_next_is_read(readers: Readers) -> None:
    apart = taking_apart(readers)
    endless = ListingFile("courier", "https://courier.example/rss", b"<rss><channel>" + b"<a>" * 1_000_000)
    short = endless._replace(body=b"<rss><channel><item><link>/1</link></item></channel></rss>")
    assert "took longer" in str((await apart(read_feed, endless)).problem)
    readers.patience = 30.0
    assert [link.url for link in (await apart(read_feed, short)).links] == ["https://courier.example/1"]


async def test_closing_does_not_wait_for_what_hangs(readers: Readers) -> None:
    readers.close()
    readers.close()


async def test_closing_while_they_start_ends_nobody_else() -> None:
    readers = Readers(count=1)
    starting = asyncio.create_task(readers.start(len, "abc"))
    await asyncio.sleep(0)
    readers.close()
    starting.cancel()
    await asyncio.wait([starting])
