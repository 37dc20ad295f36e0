"""What is not well with the monitor now -> its operators told: once when a trouble begins, once when it is over."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from alerts.channels import Channel
from alerts.digest import Digest
from core.errors import DeliveryError, StorageError
from core.model import Trouble
from core.wording import clean
from scheduler.saying import Saying, span
from storage.store import Store

# One message holds so many lines; a night without a network is trouble of every source, and one message.
_MOST_LINES = 30

_log = logging.getLogger(__name__)

Write = Callable[[Callable[[], Any]], Awaitable[Any]]


class Troubles:
    """What the operators know. Kept in the database, so that a restart does not tell it again."""

    def __init__(self, store: Store, channels: Sequence[Channel], write: Write, saying: Saying | None = None) -> None:
        """`channels` are those of the operators; the log is always told, by `saying`. `write` works on the store."""
        self._store, self._channels, self._write = store, tuple(channels), write
        self._saying = saying or Saying()
        self._known: dict[str, Trouble] | None = None
        self._meanwhile: dict[str, Trouble] = {}  # told before the database could be asked what was told

    async def now(self, found: Iterable[Trouble], subjects: Callable[[str], bool] = lambda subject: True) -> None:
        """Tell what has begun and what is over: of `subjects`, these troubles and no others are there now."""
        known = await self._all_known()
        current = {trouble.subject: trouble for trouble in found}
        begun = [each for each in current.values() if known.get(each.subject, _NONE).state != each.state]
        over = [each for each in known.values() if each.subject not in current and subjects(each.subject)]
        if not (begun or over) or not await self._tell(begun, over):
            return
        for trouble in begun:
            known[trouble.subject] = trouble
            await self._keep(partial(self._store.put_trouble, trouble))
        for trouble in over:
            del known[trouble.subject]
            await self._keep(partial(self._store.end_trouble, trouble.subject))

    async def close(self) -> None:
        """Let go of the channels."""
        for channel in self._channels:
            await channel.close()

    async def _all_known(self) -> dict[str, Trouble]:
        if self._known is None:
            try:
                stored: dict[str, Trouble] = await self._write(self._store.troubles)
            except StorageError:
                return self._meanwhile
            self._known = stored | self._meanwhile
        return self._known

    async def _keep(self, work: Callable[[], None]) -> None:
        # A database in trouble is the very thing that may have to be told; what is not kept is told after a restart.
        try:
            await self._write(work)
        except StorageError as error:
            _log.debug("it is not written down that the operators were told: %s", error)

    async def _tell(self, begun: Sequence[Trouble], over: Sequence[Trouble]) -> bool:
        """Tell it; False where no channel of the operators took it, so that it is told again."""
        for trouble in begun:
            self._saying.begin(trouble.subject, trouble.words)
        for trouble in over:
            self._saying.over(trouble.subject)
        if not self._channels:
            return True
        notice = _notice(begun, over, datetime.now(UTC))
        taken = False
        for channel in self._channels:
            try:
                await channel.tell(notice)
                taken = True
            except DeliveryError as error:
                _log.warning("the operators could not be told: %s", error)
        return taken


_NONE = Trouble("", "", "", datetime.min.replace(tzinfo=UTC))


def _notice(begun: Sequence[Trouble], over: Sequence[Trouble], now: datetime) -> Digest:
    lines = [f"{each.subject}: {each.words}" for each in begun]
    lines += [f"{each.subject}: well again after {span(now - each.since)}" for each in over]
    more = len(lines) - _MOST_LINES
    shown = [clean(line, 300) for line in lines[:_MOST_LINES]] + ([f"and {more:,} more"] if more > 0 else [])
    what = [f"{len(begun):,} not well"] if begun else []
    what += [f"{len(over):,} well again"] if over else []
    return Digest(now.isoformat(), f"Monitor: {', '.join(what)}", tuple(shown), kind="notice")
