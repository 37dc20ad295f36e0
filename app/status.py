"""The monitor's state over HTTP: /healthz for whoever restarts it, /metrics for Prometheus."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from core.config import Listen
from core.errors import ConfigError, ExchangeWatchError

if TYPE_CHECKING:
    from aiohttp import web

Health = Callable[[], Awaitable[dict[str, Any]]]
Exposition = Callable[[], Awaitable[bytes]]
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@asynccontextmanager
async def served(listen: Listen, health: Health, exposition: Exposition) -> AsyncIterator[None]:
    """Serve both while inside. Raises ConfigError where the address cannot be had.

    A state whose `failing` is not empty answers 503.
    """
    from aiohttp import web  # noqa: PLC0415 - a round or a check serves nothing

    async def healthz(request: web.Request) -> web.StreamResponse:
        state = await health()
        return web.json_response(state, status=503 if state["failing"] else 200, headers={"Cache-Control": "no-store"})

    async def metrics(request: web.Request) -> web.StreamResponse:
        try:
            return web.Response(body=await exposition(), headers={"Content-Type": _PROMETHEUS})
        except ExchangeWatchError as error:
            return web.Response(text=f"{error}\n", status=503)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, listen.host, listen.port).start()
    except OSError as error:
        await runner.cleanup()
        raise ConfigError([f"status.listen: {listen}: {error.strerror or error}"]) from None
    try:
        yield
    finally:
        await runner.cleanup()
