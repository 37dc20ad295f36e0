"""Events to an Atom feed (RFC 4287) on disk, one entry each, replaced as its event grows, for a web server to serve."""

from __future__ import annotations

import asyncio
import fcntl
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as Xml

from alerts.channels import Channel, Desk, Sent, unknown_settings
from alerts.digest import Digest
from alerts.message import Message, as_text, compose
from core.errors import ConfigError, Refused, RetryLater
from core.model import Alert

_ATOM = "http://www.w3.org/2005/Atom"
_MOST = 200  # entries; older events fall out at the end
_FEED_ID = "urn:exchangewatch:events"

Xml.register_namespace("", _ATOM)


class AtomChannel:
    """Keeps one file, which is always whole: a new one is written beside it and put in its place."""

    pause = timedelta()  # a feed pings nobody

    def __init__(self, name: str, names: Mapping[str, str], path: Path) -> None:
        self.name = name
        self._names, self._path = names, path

    async def send(self, alert: Alert, thread: str | None, later: Sequence[Alert] = ()) -> Sent:
        """Put the event's entry at the head of the feed, in place of an older one."""
        last = later[-1] if later else alert
        entry_id = thread or f"urn:exchangewatch:event:{quote(alert.event_id)}"
        await asyncio.to_thread(self._put, entry_id, last, compose(alert, self._names, later))
        return Sent(alert.id, entry_id)

    async def find(self, alert: Alert, thread: str | None) -> Sent | None:
        """None: an entry that is put a second time replaces the first."""
        return None

    async def show(self, alert: Alert, thread: str) -> None:
        """Bring the event's entry up to date."""
        await asyncio.to_thread(self._put, thread, alert, compose(alert, self._names))

    async def listen(self, desk: Desk) -> None:
        """Nothing: a feed is only read."""

    async def send_together(self, alerts: Sequence[Alert]) -> Sent:
        """Put the entry of each event."""
        last = {alert.event_id: alert for alert in alerts}
        for alert in last.values():
            await self.send(alert, None)
        return Sent(None, None, tuple(each.id for each in alerts))

    async def tell(self, digest: Digest) -> None:
        """Nothing: a feed has events only."""

    async def close(self) -> None:
        """Nothing to let go of."""

    def _put(self, entry_id: str, alert: Alert, message: Message) -> None:
        try:
            # One writer at a time, of this process or another: each reads what the one before it wrote.
            with Path(f"{self._path}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                feed = self._read()
                _place(feed, _entry(entry_id, alert, message))
                self._replace(Xml.tostring(feed, "utf-8", xml_declaration=True))
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            what = error.strerror or type(error).__name__
            raise Refused(
                f"{self.name}: the feed cannot be written: {what}; mend that and restart", whole=True
            ) from None
        except OSError as error:
            raise RetryLater(f"{self.name}: the feed cannot be written: {error.strerror}") from None

    def _read(self) -> Xml.Element:
        """The feed as it is, or a new one where there is none, or one that somebody spoiled."""
        with suppress(FileNotFoundError, Xml.ParseError):
            feed = Xml.fromstring(self._path.read_bytes())  # noqa: S314 - our own file
            if feed.tag == _name("feed"):
                return feed
        feed = Xml.Element(_name("feed"))
        Xml.SubElement(feed, _name("id")).text = _FEED_ID
        Xml.SubElement(feed, _name("title")).text = "Exchanges between warring sides"
        author = Xml.SubElement(feed, _name("author"))
        Xml.SubElement(author, _name("name")).text = "ExchangeWatch"
        Xml.SubElement(feed, _name("updated"))
        return feed

    def _replace(self, written: bytes) -> None:
        handle, beside = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(written)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).chmod(0o644)
            Path(beside).replace(self._path)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise


def _entry(entry_id: str, alert: Alert, message: Message) -> Xml.Element:
    entry = Xml.Element(_name("entry"))
    Xml.SubElement(entry, _name("id")).text = entry_id
    Xml.SubElement(entry, _name("title")).text = message.headline
    Xml.SubElement(entry, _name("updated")).text = _moment(alert.created)
    Xml.SubElement(entry, _name("published")).text = _moment(alert.event.first_seen)
    Xml.SubElement(entry, _name("category"), term=alert.event.kind)
    Xml.SubElement(entry, _name("category"), term=alert.event.status)
    for link in message.links:
        if link.url:
            Xml.SubElement(entry, _name("link"), rel="related", href=link.url, title=link.label)
    Xml.SubElement(entry, _name("content"), type="text").text = as_text(message)
    return entry


def _place(feed: Xml.Element, entry: Xml.Element) -> None:
    entry_id = entry.findtext(_name("id"))
    older = [each for each in feed.findall(_name("entry")) if each.findtext(_name("id")) != entry_id]
    for each in feed.findall(_name("entry")):
        feed.remove(each)
    feed.extend([entry, *older[: _MOST - 1]])
    updated = feed.find(_name("updated"))
    if updated is None:
        updated = Xml.SubElement(feed, _name("updated"))
    updated.text = entry.findtext(_name("updated"))


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _name(tag: str) -> str:
    return f"{{{_ATOM}}}{tag}"


def from_settings(name: str, settings: Mapping[str, object], names: Mapping[str, str]) -> Channel:
    """The setting `path` -> the channel. Raises ConfigError."""
    problems = unknown_settings(name, settings, ("path",))
    path = settings.get("path")
    if not isinstance(path, (str, Path)) or not str(path):
        problems.append(f"alerts.{name}.path: {path!r}; allowed: the name of a file")
    if problems:
        raise ConfigError(problems)
    return AtomChannel(name, names, Path(str(path)))
