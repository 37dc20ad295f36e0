"""Slack's Socket Mode on loopback, which the emulator has not: clicks go out, acknowledgements come back.

Every other call is handed on to the emulator, so that one address serves the whole channel.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer


class SocketSlack:
    """Tells of clicks as Slack does, each until it is acknowledged."""

    def __init__(self, emulator: str | None = None) -> None:
        self.answers: dict[str, Any] = {}
        self.calls: list[tuple[str, Any]] = []
        self.connections = 0
        self.refusals: list[str] = []
        self._emulator = emulator
        self._socket: web.WebSocketResponse | None = None
        self._ready, self._answered = asyncio.Event(), asyncio.Condition()
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", self._open)
        app.router.add_post("/api/{method}", self._hand_on)
        app.router.add_get("/socket", self._connect)
        self._server = TestServer(app)

    async def start(self) -> None:
        await self._server.start_server(access_log=None)

    async def stop(self) -> None:
        await self.hang_up()
        await self._server.close()

    @property
    def url(self) -> str:
        return str(self._server.make_url("/api/"))

    async def tell(self, number: int, payload: dict[str, Any]) -> Any:
        """Tell of something, and wait for its acknowledgement; what came with it."""
        await asyncio.wait_for(self._ready.wait(), 10)
        assert self._socket is not None
        name = f"envelope-{number}"
        envelope = {"type": "interactive", "envelope_id": name, "accepts_response_payload": True, "payload": payload}
        await self._socket.send_str(json.dumps(envelope))
        async with self._answered:
            await asyncio.wait_for(self._answered.wait_for(lambda: name in self.answers), 10)
        return self.answers[name]

    async def hang_up(self) -> None:
        """Break the connection."""
        self._ready.clear()
        if self._socket is not None:
            await self._socket.close()

    async def _open(self, request: web.Request) -> web.Response:
        self.calls.append(("apps.connections.open", request.headers["Authorization"]))
        if self.refusals:
            return web.json_response({"ok": False, "error": self.refusals.pop(0)})
        url = self._server.make_url("/socket?ticket=SECRETSECRET").with_scheme("ws")
        return web.json_response({"ok": True, "url": str(url)})

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(json.dumps({"type": "hello", "num_connections": 1}))
        self._socket, self.connections = socket, self.connections + 1
        self._ready.set()
        async for message in socket:
            if message.type == aiohttp.WSMsgType.TEXT:
                told = json.loads(message.data)
                async with self._answered:
                    self.answers[told["envelope_id"]] = told.get("payload")
                    self._answered.notify_all()
        return socket

    async def _hand_on(self, request: web.Request) -> web.Response:
        method, body = request.match_info["method"], await request.read()
        self.calls.append((method, body.decode()))
        if self._emulator is None:
            return web.json_response({"ok": True})
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self._emulator + method, data=body, headers=headers) as answer,
        ):
            return web.Response(body=await answer.read(), status=answer.status, content_type="application/json")
