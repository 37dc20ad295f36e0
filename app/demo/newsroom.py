"""Turns a day into a newsroom on 127.0.0.1: an HTTP proxy behind which the demo's outlets publish their news."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from datetime import date
from threading import Thread
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiohttp import web

from app.demo.dates import HERE, read_yaml
from app.demo.site import Site
from app.demo.stories import load_outlets

LOOPBACK = "127.0.0.1"


class Served(NamedTuple):
    """One request that the newsroom answered."""

    method: str
    url: str
    status: int


class Newsroom:
    """A web server in a thread of its own, running inside a `with` block."""

    def __init__(self, today: date, port: int = 0) -> None:
        """The day of the demo and a port (0: any free one) in."""
        self._site = Site(load_outlets(today))
        self._port = port
        self._served: list[Served] = []
        self._started: Future[int] = Future()
        self._thread = Thread(target=self._run, name="newsroom", daemon=True)

    def __enter__(self) -> Self:
        """Return once requests are answered; an OSError says that the port is taken."""
        self._thread.start()
        self._port = self._started.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server and wait for its thread."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def proxy_url(self) -> str:
        """The address to use as an HTTP proxy."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def requests(self) -> list[Served]:
        """Every request answered so far, in order."""
        return list(self._served)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # whatever it is, the one who waits in __enter__ must hear of it
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, LOOPBACK, self._port).start()
            self._started.set_result(int(runner.addresses[0][1]))
            await self._stop.wait()
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        """A request in absolute form, or with a Host header, in; the response of the outlet's site out."""
        address = f"http://{request.host.partition(':')[0].lower()}{request.path_qs}"
        status, headers, body = self._site.answer(address).to(request.headers)
        self._served.append(Served(request.method, address, status))
        return web.Response(status=status, headers=headers, body=body)


def sources() -> list[dict[str, Any]]:
    """Nothing in, a stanza of configuration for each outlet out."""
    return [_source(path.stem, read_yaml(f"stories/{path.name}")) for path in sorted((HERE / "stories").glob("*.yaml"))]


def _source(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """The name and the YAML of an outlet in, the stanza by which the monitor finds it out."""
    feed = data["feed"]
    path = "/" if feed.get("announced") else feed["path"]
    source = {
        "name": name,
        "type": "feed" if feed["kind"] in {"rss", "atom", "jsonfeed"} else feed["kind"],
        "url": f"http://{data['host']}{path}",
        "language": data["language"],
        "country": data["country"],
        "kind": data["kind"],
    }
    return source | {key: feed[key] for key in ("link_pattern",) if key in feed}
