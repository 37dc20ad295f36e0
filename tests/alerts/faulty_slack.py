"""A server that answers as Slack, or as what may stand before it, does on a bad day; faults are told beforehand."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

HOOK = "webhook"
Answer = Callable[[web.Request], Any]


class FaultySlack:
    """Answers each call with the next fault, or else as Slack would; keeps what was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: deque[tuple[str, Answer]] = deque()
        self.posted = 0
        self.uploads: list[bytes] = []
        app = web.Application()
        app.router.add_post("/api/{method}", self._answer)
        app.router.add_post("/upload", self._upload)
        app.router.add_post("/services/T0/B0/{secret}", self._answer)
        self._server = TestServer(app)

    async def start(self) -> None:
        await self._server.start_server(access_log=None)

    async def stop(self) -> None:
        await self._server.close()

    @property
    def url(self) -> str:
        return str(self._server.make_url("/api/"))

    @property
    def hook(self) -> str:
        """The address of an incoming webhook, which is its secret."""
        return str(self._server.make_url("/services/T0/B0/SECRETSECRET"))

    def methods(self) -> list[str]:
        """The methods that were called, in order."""
        return [method for method, _ in self.calls]

    def fail(self, method: str, answer: Answer) -> None:
        """Let the next call of a method fail so; faults of one method are taken in order."""
        self.faults.append((method, answer))

    async def _upload(self, request: web.Request) -> web.Response:
        self.uploads.append(await request.read())
        return web.Response(text="OK")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info.get("method", HOOK)
        is_json = request.content_type == "application/json"
        self.calls.append((method, await request.json() if is_json else {**await request.post(), **request.query}))
        for fault in self.faults:
            if fault[0] == method:
                self.faults.remove(fault)
                answer = fault[1](request)
                return await answer if asyncio.iscoroutine(answer) else answer
        if method == HOOK:
            return web.Response(text="ok")
        if method == "files.getUploadURLExternal":
            place = str(self._server.make_url("/upload"))
            return web.json_response({"ok": True, "upload_url": place, "file_id": "F1"})
        if method == "files.completeUploadExternal":
            return web.json_response({"ok": True, "files": [{"id": "F1"}]})
        self.posted += method == "chat.postMessage"
        return web.json_response({"ok": True, "ts": f"1750000000.{self.posted:06}", "messages": []})


def refusing(code: str) -> Answer:
    """Slack's answer to what it does not take."""
    return lambda request: web.json_response({"ok": False, "error": code})


def status(number: int, body: str = "", headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with this status."""
    return lambda request: web.Response(status=number, text=body, headers=headers)


def said(text: str, content_type: str) -> Answer:
    """An answer with status 200 that is not what Slack would say."""
    return lambda request: web.Response(text=text, content_type=content_type)


def echoing_the_token(request: web.Request) -> web.Response:
    """What a debugging proxy does: the request's own headers in the answer, as JSON."""
    return web.json_response({"ok": False, "error": f"bad {request.headers['Authorization']}"}, status=400)


def echoing_the_token_as_text(request: web.Request) -> web.Response:
    return web.Response(text=json.dumps(dict(request.headers)), content_type="text/html", status=502)


async def silent(request: web.Request) -> web.Response:
    """No answer for longer than anybody waits."""
    await asyncio.sleep(2)
    return web.Response()


async def hanging_up(request: web.Request) -> web.Response:
    """The connection breaks before the answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()
