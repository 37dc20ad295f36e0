"""Clicks below Slack's messages, over Socket Mode, to what was said of an event, stored before Slack is answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import aiohttp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from alerts.channels import Desk
from alerts.channels.slack_buttons import Asked, WrongFigureError, clicked, dialog
from alerts.channels.slack_errors import code_of, translated
from core.errors import ExchangeWatchError, Refused
from core.feedback import Feedback

_FIRST_WAIT, _LONGEST_WAIT = 5.0, 300.0
_LOOK_AGAIN = 10.0
_CONNECTED_WITHIN = 30.0
_GOOD_BYE = 2.0

# slack-sdk writes the address of its socket, which is a secret for a while, and whole messages to its logger.
_sdk_log = logging.getLogger(f"{__name__}.sdk")
_sdk_log.setLevel(logging.CRITICAL + 1)
_log = logging.getLogger(__name__)


class Tokens(NamedTuple):
    """By what Slack knows the bot and the app, and where Slack is."""

    bot: str
    app: str
    base_url: str


class SlackDesk:
    """Listens for clicks in one channel, and connects anew however often the connection breaks."""

    def __init__(
        self,
        name: str,
        channel: str,
        names: Mapping[str, str],
        desk: Desk,
        tokens: Tokens,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._name, self._channel, self._names = name, channel, names
        self._desk = desk
        self._app_token = tokens.app
        self._clock = clock
        self._web = AsyncWebClient(token=tokens.bot, base_url=tokens.base_url, retry_handlers=[], logger=_sdk_log)
        self.connected = asyncio.Event()

    async def listen(self) -> None:
        """Hear clicks until cancelled; ends by itself only where Slack refuses the app token, which is told once."""
        wait, told = _FIRST_WAIT, False
        try:
            while True:
                try:
                    address = await self._address()
                except Refused as refused:
                    _log.error("%s; alerts go on, the buttons below them are not heard", refused)
                    return
                except ExchangeWatchError as trouble:
                    if not told:
                        _log.warning("%s; the buttons are heard again once that is over", trouble)
                    told = True
                    await asyncio.sleep(wait)
                    wait = min(2 * wait, _LONGEST_WAIT)
                    continue
                wait, told = _FIRST_WAIT, False
                await self._connection(address)
        finally:
            if self._web.session is not None:
                await self._web.session.close()

    async def _address(self) -> str:
        """Where to connect, good for one connection. Raises RetryLater or Refused."""
        if self._web.session is None:
            self._web.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        try:
            answer = await self._web.apps_connections_open(app_token=self._app_token)
        except Exception as error:
            trouble = translated(self._name, error)
            if isinstance(trouble, Refused):
                cure = "SLACK_APP_TOKEN wants an app-level token (xapp-…) with connections:write, see docs/slack.md"
                trouble = Refused(f"{self._name}: Slack refused the app token ({code_of(error)}): {cure}")
            raise trouble from None
        return str(answer["url"])

    async def _connection(self, address: str) -> None:
        """One connection, until it is lost for good; shorter breaks are slack-sdk's to mend."""
        client = SocketModeClient(self._app_token, logger=_sdk_log, web_client=self._web)
        client.wss_uri = address
        client.socket_mode_request_listeners.append(self._heard)
        try:
            async with asyncio.timeout(_CONNECTED_WITHIN):
                await client.connect()  # type: ignore[no-untyped-call]
            self.connected.set()
            while await client.is_connected():
                await asyncio.sleep(_LOOK_AGAIN)
        except Exception as error:
            # Not the error's text: it may hold the address, which is a secret for a while.
            _log.warning("%s: no connection for the buttons (%s); tried again", self._name, type(error).__name__)
            await asyncio.sleep(_FIRST_WAIT)
        finally:
            self.connected.clear()
            await _closed(client)

    async def _heard(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Do what was clicked, and only then tell Slack that it was heard: until then Slack would tell it again."""
        answer: dict[str, Any] | None = None
        if request.type == "interactive":
            try:
                await self._do(clicked(request.payload, self._channel, self._clock()))
            except WrongFigureError as wrong:
                answer = {"response_action": "errors", "errors": {"figure": str(wrong)}}
            except Exception as error:
                what = str(error) if isinstance(error, ExchangeWatchError) else type(error).__name__
                _log.error("%s: a click could not be stored, Slack will tell it again: %s", self._name, what)
                return
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=answer))

    async def _do(self, said: Feedback | Asked | None) -> None:
        if isinstance(said, Asked):
            await self._ask(said)
        elif said is not None:
            self._desk.say(said)

    async def _ask(self, asked: Asked) -> None:
        """Show the dialog for a figure; whoever sees none clicks again."""
        event = self._desk.event(asked.event_id)
        if event is None:
            return
        view = dialog(event, self._names)
        try:
            await self._web.views_open(trigger_id=asked.trigger, view=view)
        except Exception as error:
            _log.warning(
                "%s: the dialog for a figure could not be shown: %s", self._name, translated(self._name, error)
            )


async def _closed(client: SocketModeClient) -> None:
    """End a connection, without waiting long for a Slack that says no good-bye: a stop has ten seconds in all."""
    client.closed = True
    tasks = (client.message_processor, client.current_session_monitor, client.message_receiver)
    running = [each for each in tasks if each is not None]
    for each in running:
        each.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    with suppress(Exception):
        async with asyncio.timeout(_GOOD_BYE):
            await client.close()  # type: ignore[no-untyped-call]
    await client.aiohttp_client_session.close()
