"""A configuration -> the monitor: store, crawls, readers, deliveries and clock, put together and ready to work."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from alerts.channels import Channel
from app.canary import SilentError, sing
from app.channels import channels, chosen_channels
from app.detector import detector
from app.metrics import Metrics
from app.reading import Reading, assigned, practice, read
from app.status import served
from app.summary import Round, in_words
from app.wishes import Helpers, Wishes
from app.workers import LostReaderError, Readers
from core.config import Config, Crawl, Source
from core.errors import ConfigError, ExchangeWatchError, StorageError
from core.model import Page, Trouble, Unreadable
from core.urls import canonical
from crawler.archives.evidence import Evidence
from crawler.listed import Listed, ListingFile, TakeApart
from crawler.run import Crawls
from crawler.settings import Manners
from scheduler.checkup import checkup, no_room
from scheduler.digests import Digests
from scheduler.jobs import Jobs, Visit, Ways
from scheduler.run import Clock, Deliveries, within
from scheduler.saying import Saying
from scheduler.troubles import Troubles
from storage.store import Store

Result = TypeVar("Result")

# Each visit has an engine of its own; more of them at a time would only wait for the readers.
AT_ONCE = 8
Fresh = Callable[[], Config | None]
_LOOK = timedelta(seconds=2)
_CHECKUP = timedelta(minutes=5)
_CLEARING = timedelta(hours=6)
_BREATH = 0.2
_TICK = 0.5
_VISITS_KEPT = timedelta(days=90)
_AT_START = ("database", "crawl", "alerts", "rules", "keep", "status", "canary", "board")
# A stop within ten seconds is promised: what outlets are slow to answer is left, and the rest has time to end.
_LAST_PAGES = 6.0
_AFTER_TROUBLE = timedelta(minutes=1)

_log = logging.getLogger(__name__)


class Monitor:
    """The whole monitor in one process. Made by `opened`, which also takes it apart again."""

    def __init__(self, config: Config, store: Store, channels: Sequence[Channel]) -> None:
        self.config = config
        self.store = store
        self.sources = [source for source in config.sources if source.enabled]
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._readers = Readers(config.crawl.processes)
        self._starting: asyncio.Task[None]
        names = detector().party_names
        self._saying = Saying()
        operators = chosen_channels(config.alerts.operators, config.alerts, names)
        self._troubles = Troubles(store, operators, self._write, self._saying)
        file = config.database.removeprefix("sqlite:///")
        self.metrics = Metrics()
        self._canary = chosen_channels(config.canary, config.alerts, names)
        self._silent: list[Trouble] = []
        self._wishes = Wishes()
        self._checked = time.monotonic()
        self._folders = [Path(file).parent] if file != config.database else []
        self._deliveries = Deliveries(store, channels)
        self._evidence = Evidence(config.keep.evidence) if config.keep.evidence else None
        ways = Ways(self._read, self._write, self._deliveries.wake, self._keep if self._evidence else None)
        self._crawls = Crawls(manners(config.crawl), taking_apart(self._readers))
        self.jobs = Jobs(config, store, self._crawls, [each.name for each in channels], ways)

    @classmethod
    @asynccontextmanager
    async def opened(cls, config: Config) -> AsyncIterator[Monitor]:
        """A monitor at work on its outbox, with its store brought up to date. Raises ConfigError, StorageError."""
        names = detector().party_names
        with Store.open(config.database) as store, sole_use(config.database) as alone:
            store.upgrade()
            if alone:  # what a killed process had begun need not wait until it could have ended
                store.reclaim_deliveries(datetime.now(UTC))
            store.retry_kept(datetime.now(UTC))  # whoever mended a channel has started the monitor anew
            monitor = cls(config, store, channels(config.alerts, names))
            monitor._starting = asyncio.create_task(monitor._readers.start(read, practice()))
            monitor._deliveries.start()
            try:
                yield monitor
            finally:
                monitor._starting.cancel()
                monitor._readers.close()
                await monitor._troubles.close()
                for channel in monitor._canary:
                    await channel.close()
                await monitor._deliveries.stop()
                monitor._thread.shutdown()

    async def ready(self) -> None:
        """Wait until the readers are ready; whoever does not wait has the first pages wait for them."""
        await self._starting

    async def once(self, stop: asyncio.Event, seen: Callable[[Visit], None]) -> Round:
        """Visit every source once, deliver what is new, and tell what came of it."""
        started = time.monotonic()
        gate = asyncio.Semaphore(AT_ONCE)
        done: list[Visit] = []

        async def visit(source: Source) -> None:
            async with gate:
                done.append(await self.jobs.visit(source))
            seen(done[-1])

        visits = asyncio.gather(*(visit(source) for source in self.sources))
        stopped = asyncio.create_task(stop.wait())
        both: list[asyncio.Future[Any]] = [visits, stopped]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if stopped.cancel():  # it was still waiting, so the visits are done; raises what one of them raised
            await visits
        else:
            await within(_LAST_PAGES, self.jobs.stop())
        await self._deliveries.settle(patient=not stop.is_set())
        counts = await self._write(self.store.counts)
        return Round(tuple(done), counts.deliveries_pending, time.monotonic() - started)

    async def serve(self, stop: asyncio.Event, fresh: Fresh | None = None) -> None:
        """Visit each source whenever it is due, and deliver at once, until `stop` is set.

        `fresh` is asked every few seconds for a configuration that has changed.
        """
        async with AsyncExitStack() as stack:
            if self.config.status:
                await stack.enter_async_context(served(self.config.status.listen, self._state, self._exposition))
            await self._serve(stop, fresh)

    async def _serve(self, stop: asyncio.Event, fresh: Fresh | None) -> None:
        clock = Clock()
        now = datetime.now(UTC)
        await self._watch(clock, self.sources)
        if fresh is not None:
            clock.at("configuration", now + _LOOK, partial(self._look, clock, fresh))
        clock.at("corrections", now, self._reread)
        clock.at("wishes", await self._heed(clock), partial(self._heed, clock))
        clock.at("upkeep", now + _LOOK, self._clear_away)
        clock.at("health", now + _CHECKUP, self._check_up)
        if self._canary:
            clock.at("canary", now + _LOOK, self._sing)
        measuring = asyncio.create_task(self._measure_the_loop())
        digests = self._digests()
        if digests is not None:
            clock.at("digest", digests.first_due(now), lambda: digests.send(datetime.now(UTC)))
        clock.start()
        await stop.wait()
        clock.pause()
        measuring.cancel()
        if not await within(_LAST_PAGES, self.jobs.stop()):
            _log.warning("some outlets were slow to answer: their pages are fetched again at the next start")
        clock.shut_down()
        if digests is not None:
            await digests.close()

    def working(self) -> Helpers:
        """What the board needs of a monitor at work."""
        return Helpers(lambda: self.config, self.store, self._crawls, self._readers, self._deliveries.wake)

    async def _heed(self, clock: Clock) -> datetime:
        """Visit at once what the desk asks for, and again what it had paused."""
        try:
            states = await self._write(self.store.source_wishes)
        except StorageError:  # whoever reads or stores next tells it
            return datetime.now(UTC) + _AFTER_TROUBLE
        for name in self._wishes.due(states):
            clock.at(name, datetime.now(UTC), self._turn(name))
        return datetime.now(UTC) + _LOOK

    async def _reread(self) -> datetime:
        try:
            return await self.jobs.reread()
        except ExchangeWatchError as error:
            self._saying.begin("database", f"{error}; all is tried again")
            return datetime.now(UTC) + _AFTER_TROUBLE

    async def _check_up(self) -> datetime:
        """Tell the operators of what has fallen ill, once, and once when it is well again."""
        now = datetime.now(UTC)
        room = no_room(self._folders, now)
        self._checked = time.monotonic()
        try:
            found = await self._write(lambda: checkup(self.store, self.sources, now))
        except StorageError as error:  # of everything else nothing is known
            troubled = [*room, *self._silent, Trouble("database", "failing", str(error), now)]
            await self._troubles.now(troubled, lambda subject: subject.startswith(("folder ", "canary")))
        else:
            await self._troubles.now([*room, *self._silent, *found])
        return now + _CHECKUP

    async def _sing(self) -> datetime:
        """Send an article of our own through everything, and have the operators hear where it was not told."""
        now = datetime.now(UTC)
        try:
            seconds = await sing(self.config, self._crawls, self._read, self._canary)
        except (SilentError, OSError) as error:
            self.metrics.canary(None)
            self._silent = [Trouble("canary", "failing", str(error), now)]
            await self._troubles.now(self._silent, lambda subject: False)
        else:
            self.metrics.canary(seconds)
            _log.info("canary: told after %.1f s", seconds)
            if self._silent:
                self._silent = []
                await self._troubles.now([], lambda subject: subject == "canary")
        plan = self.config.canary
        return datetime.now(UTC) + (plan.every if plan else _CHECKUP)

    async def _measure_the_loop(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(_TICK)
            self.metrics.woke_late(time.monotonic() - began - _TICK)

    async def _state(self) -> dict[str, Any]:
        """What /healthz tells: `failing` holds what a restart or a person has to mend."""
        failing = [trouble.words for trouble in self._silent]
        troubles: list[str] = []
        pending = None
        try:
            counts, known = await self._write(lambda: (self.store.counts(), self.store.troubles()))
        except StorageError as error:
            failing.append(str(error))
        else:
            pending = counts.deliveries_pending
            troubles = [f"{each.subject}: {each.words}" for each in known.values()]
        if time.monotonic() - self._checked > 3 * _CHECKUP.total_seconds():
            failing.append("the last check-up was long ago")
        state = "failing" if failing else "ok"
        watching = len(self.sources)
        return {"state": state, "failing": failing, "troubles": troubles, "sources": watching, "pending": pending}

    async def _exposition(self) -> bytes:
        return await self._write(lambda: self.metrics.exposition(self.store, self.sources))

    async def _clear_away(self) -> datetime:
        """Delete what was kept long enough, a little at a time, so that nothing has to wait for it."""
        now, keep = datetime.now(UTC), self.config.keep
        try:
            for forget, before in (
                (self.store.forget_articles, now - keep.articles_for),
                (self.store.forget_crawls, now - _VISITS_KEPT),
            ):
                while await self._write(partial(forget, before)):
                    await asyncio.sleep(_BREATH)
            if self._evidence:
                gone = await asyncio.to_thread(self._evidence.forget, (now - keep.evidence_for).date())
                await self._write(partial(self.store.forget_evidence, gone))
        except ExchangeWatchError as error:
            _log.error("what is old could not be cleared away: %s", error)
        return now + _CLEARING

    def _digests(self) -> Digests | None:
        """The daily digest, where there is to be one; in channels of its own, since deliveries have their own loop."""
        plan, names = self.config.alerts.digest, detector().party_names
        return Digests(self.store, plan, channels(self.config.alerts, names), names) if plan else None

    async def _watch(self, clock: Clock, sources: Sequence[Source]) -> None:
        """Visit sources that were not watched before, each when it is due."""
        now = datetime.now(UTC)
        due = await self._write(lambda: {source.name: self.jobs.due(source, now) for source in sources})
        for source in sources:
            clock.at(source.name, due[source.name], self._turn(source.name))

    async def _look(self, clock: Clock, fresh: Fresh) -> datetime:
        """Go by a configuration that has changed; one that cannot be used is told once, and the old one stays."""
        try:
            config = fresh()
        except ConfigError as error:
            for problem in error.problems:
                _log.error("the configuration stays as it was: %s", problem)
            config = None
        if config is not None:
            await self._use(clock, config)
        return datetime.now(UTC) + _LOOK

    async def _use(self, clock: Clock, config: Config) -> None:
        old = {source.name for source in self.sources}
        fixed = [name for name in _AT_START if getattr(config, name) != getattr(self.config, name)]
        # Of these the parts are built once; whatever they say now is for the next start.
        config = config.model_copy(update={name: getattr(self.config, name) for name in fixed})
        self.config, self.sources = config, [source for source in config.sources if source.enabled]
        self.jobs.use(config)
        await self._watch(clock, [source for source in self.sources if source.name not in old])
        _log.info("the configuration was read anew: watching %d sources", len(self.sources))
        if fixed:
            _log.warning("what is new under %s is used after a restart", " and ".join(fixed))

    def _turn(self, name: str) -> Callable[[], Awaitable[datetime | None]]:
        async def turn() -> datetime | None:
            source = next((each for each in self.sources if each.name == name), None)
            if source is None or not self._wishes.begin(name):
                return None
            try:
                began = time.monotonic()
                visit = await self.jobs.visit(source)
                self.metrics.visited(visit, time.monotonic() - began)
                due = await self._write(lambda: self.jobs.due(source, datetime.now(UTC)))
                self._saying.over("database")
                self._tell(visit)
                return due
            except ExchangeWatchError as error:
                self._saying.begin("database", f"{error}; all is tried again")
                return datetime.now(UTC) + _AFTER_TROUBLE
            finally:
                self._wishes.end(name)

        return turn

    def _tell(self, visit: Visit) -> None:
        """Tell of a visit that brought something; of one that failed only where the one before did not."""
        if visit.problem and self.jobs.stopping:  # it was cut short
            return
        if visit.problem:
            self._saying.begin(visit.source, f"could not be read: {visit.problem}", logging.INFO)
            return
        self._saying.over(visit.source)
        _log.log(logging.INFO if visit.pages else logging.DEBUG, "%s", in_words(visit))

    def _keep(self, page: Page) -> tuple[str, int] | None:
        try:
            place = self._evidence.keep(page) if self._evidence else None
        except StorageError as error:
            self._saying.begin("evidence", str(error))
            return None
        self._saying.over("evidence")
        return place

    async def _read(self, page: Page, source: Source) -> Reading | Unreadable:
        try:
            return await self._readers.read(read, assigned(page, source))
        except LostReaderError as error:
            _log.warning("%s: %s", page.url, error)
            aliases = tuple({page.url, page.requested_url, canonical(page.requested_url)})
            return Unreadable(canonical(page.url), page.source, str(error), page.fetched_at, aliases)

    async def _write(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


@contextmanager
def sole_use(database: str) -> Iterator[bool]:
    """Whether this is the only monitor at work on a SQLite file; of a server's database nobody can tell."""
    path = database.removeprefix("sqlite:///")
    if path == database:
        yield False
        return
    with Path(f"{path}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it however the process ends
        except BlockingIOError:
            yield False
            return
        yield True


def taking_apart(readers: Readers) -> TakeApart:
    """Feeds and sitemaps taken apart by the readers, which a hostile one may keep busy or end."""

    async def apart(work: Callable[[ListingFile], Listed], file: ListingFile) -> Listed:
        try:
            return await readers.read(work, file)
        except LostReaderError as error:
            return Listed(problem=f"the source cannot be read: {error}")

    return apart


def manners(crawl: Crawl) -> Manners:
    """The `crawl` section of the configuration as the crawler takes it."""
    return Manners(
        user_agent=crawl.user_agent,
        concurrency=crawl.concurrency,
        per_site_concurrency=crawl.per_site_concurrency,
        delay=crawl.delay.total_seconds(),
        timeout=crawl.timeout.total_seconds(),
        max_size=crawl.max_size,
        retries=crawl.retries,
        proxy=crawl.proxy,
        private_hosts=crawl.private_hosts,
        browser=str(crawl.browser) if crawl.browser else None,
        obey_robots=crawl.obey_robots,
    )
