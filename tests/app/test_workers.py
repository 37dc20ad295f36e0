"""Readers survive what they are given to read."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.workers import LostReaderError, Readers


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
