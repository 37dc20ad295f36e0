"""Work for other processes -> its results: a pool for a stream, and readers that survive what they are given."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing.connection import wait
from threading import Thread
from typing import TypeVar

from app.detector import detector

Item = TypeVar("Item")
Result = TypeVar("Result")


class LostReaderError(Exception):
    """The process that was given something to read died of it, or had to be ended; the message says which."""


def new_pool(workers: int | None = None) -> ProcessPoolExecutor:
    """A pool of fresh processes (spawned: a fork would copy the threads' locks), one a core unless told otherwise."""
    return ProcessPoolExecutor(
        max_workers=workers or os.cpu_count() or 1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_prepare,
    )


def _prepare() -> None:
    """In a worker: the terminal sends Ctrl-C to the whole group, but only the parent decides; it alone speaks, too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable()
    Thread(target=_end_with_the_parent, daemon=True).start()
    gc.disable()  # loading makes much and leaves no garbage; what it makes stays for good
    detector()
    gc.freeze()
    gc.enable()


def _end_with_the_parent() -> None:
    """A killed parent can say nothing, and a pool's process would wait for its next work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


class Readers:
    """A few processes that read one thing each at a time, so that it is known which thing ended which process."""

    def __init__(self, count: int | None = None, patience: float = 30.0) -> None:
        """`count` processes (one a core), each given `patience` seconds for one thing."""
        self.patience = patience
        self._readers = [_Reader() for _ in range(count or os.cpu_count() or 1)]
        self._idle: asyncio.Queue[_Reader] = asyncio.Queue()
        for reader in self._readers:
            self._idle.put_nowait(reader)

    async def start(self, work: Callable[[Item], Result], item: Item) -> None:
        """Start every process now, and let each practise on `item`, so that nothing has to wait for what loads late."""
        await asyncio.gather(*(self.read(work, item) for _ in self._readers))

    async def read(self, work: Callable[[Item], Result], item: Item) -> Result:
        """`work(item)` in the next idle process; raises LostReaderError when that ends or takes the patience of it."""
        reader = await self._idle.get()
        try:
            return await reader.read(work, item, self.patience)
        finally:
            self._idle.put_nowait(reader)

    def close(self) -> None:
        """End the processes, whatever they are doing, and wait until they and the threads that watch them are gone.

        A thread that still closes its pipe while the interpreter ends makes it print an exception (CPython 3.11).
        """
        for reader in self._readers:
            reader.end(wait=True)


class _Reader:
    """One process; started anew after it was lost."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._pid = 0

    async def start(self) -> ProcessPoolExecutor:
        self._pool = new_pool(1)
        self._pid = await asyncio.wrap_future(self._pool.submit(os.getpid))
        return self._pool

    async def read(self, work: Callable[[Item], Result], item: Item, patience: float) -> Result:
        pool = self._pool or await self.start()
        try:
            async with asyncio.timeout(patience):
                return await asyncio.wrap_future(pool.submit(work, item))
        except TimeoutError:
            self.end()
            raise LostReaderError(f"reading it took longer than {patience:g} seconds") from None
        except BrokenExecutor:
            self.end()
            raise LostReaderError("reading it ended the process that read it") from None

    def end(self, *, wait: bool = False) -> None:
        """Kill the process; a pool can only be asked to finish, which a hanging process never does."""
        pid, pool, self._pid, self._pool = self._pid, self._pool, 0, None
        if pid:  # one that has not yet said who it is ends with this process
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if pool:
            pool.shutdown(wait=wait, cancel_futures=True)
