"""What a backfill has changed -> one digest to the configured channels, once it has ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from alerts.digest import digest
from app.channels import channels
from app.detector import detector
from core.config import Config
from core.errors import DeliveryError
from storage.store import Store

Members = Mapping[str, frozenset[str]]

_log = logging.getLogger(__name__)


def members_of(store: Store) -> Members:
    """Which members each event has, to be compared with those that it has later."""
    return {event.id: frozenset(member.key for member in event.members) for event in store.events()}


def send_digest(settings: Config, store: Store, before: Members, read: str) -> bool:
    """Tell the channels, once, of the events that are new or have other members than before; whether all took it.

    `read` is the summary of the backfill, in one line.
    """
    now, names = datetime.now(UTC), detector().party_names
    members = members_of(store)
    fresh = [event for event in store.events() if before.get(event.id) != members.get(event.id)]
    told = digest(f"backfill of {now.date()}", fresh, store.coverage(now, now), names)
    # Two backfills of a day are two digests, also to those who tell what came twice by its identifier.
    told = replace(told, day=f"backfill of {now.isoformat()}", coverage=f"Read: {read}.")

    async def send() -> bool:
        taken = True
        for channel in channels(settings.alerts, names):
            try:
                await channel.tell(told)
            except DeliveryError as error:
                taken = False
                _log.error("the digest was not taken: %s", error)
            finally:
                await channel.close()
        return taken

    return asyncio.run(send())
