"""A browser's way out: public addresses, and private ones only where the operator says so, whatever their names are."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from crawler.addresses import Guard
from crawler.doorway import Doorway

NAMES = {"outlet.example": ["127.0.0.1"], "both.example": ["::2", "127.0.0.1"]}


async def resolve(host: str, port: int) -> list[str]:
    return NAMES.get(host, [])


@pytest.fixture
async def site() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that answers everything with "served", its port, and what it was asked."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nserved")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], asked


async def said(guard: Guard, sent: bytes, resolver: object = resolve) -> bytes:
    """What comes back of bytes sent to a doorway."""
    door = Doorway(guard, resolver)  # type: ignore[arg-type]
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(await door.url()).port)
    writer.write(sent)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:  # hung up on before all of it was read
        return b""
    finally:
        writer.close()
        await door.close()


async def test_a_name_that_leads_to_a_private_address_is_refused(site: tuple[int, list[bytes]]) -> None:
    port, asked = site
    guard = Guard()
    for request in (f"GET http://outlet.example:{port}/a HTTP/1.1", f"CONNECT outlet.example:{port} HTTP/1.1"):
        assert (await said(guard, f"{request}\r\n\r\n".encode())).startswith(b"HTTP/1.1 403")
    assert asked == []
    assert guard.refused(f"http://outlet.example:{port}/a")


async def test_what_the_operator_allows_is_asked_without_the_headers_of_the_way(
    site: tuple[int, list[bytes]],
) -> None:
    port, asked = site
    guard = Guard()
    guard.allow("both.example")
    request = (
        f"GET http://both.example:{port}/a?b=c HTTP/1.1\r\nHost: both.example\r\nProxy-Connection: keep-alive\r\n\r\n"
    )
    assert (await said(guard, request.encode())).endswith(b"served")
    assert asked == [b"GET /a?b=c HTTP/1.1\r\nHost: both.example\r\nConnection: close\r\n\r\n"]


async def test_a_tunnel_carries_bytes_both_ways(site: tuple[int, list[bytes]]) -> None:
    port, asked = site
    guard = Guard()
    guard.allow(f"outlet.example:{port}")
    sent = f"CONNECT outlet.example:{port} HTTP/1.1\r\n\r\nGET /inside HTTP/1.1\r\n\r\n".encode()
    told = await said(guard, sent)
    assert told.startswith(b"HTTP/1.1 200 Connected\r\n\r\n")
    assert told.endswith(b"served")
    assert asked == [b"GET /inside HTTP/1.1\r\n\r\n"]


async def test_two_browsers_at_once_have_one_doorway() -> None:
    door = Doorway(Guard(), resolve)
    one, two = await asyncio.gather(door.url(), door.url())
    assert one == two
    await door.close()


async def test_a_name_without_an_address_and_a_port_that_nobody_serves_are_bad_gateways() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    guard = Guard()
    guard.allow("outlet.example")
    for host in ("nowhere.example", "outlet.example"):
        assert (await said(guard, f"GET http://{host}:{port}/ HTTP/1.1\r\n\r\n".encode())).startswith(b"HTTP/1.1 502")


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n",
        b"nonsense\r\n\r\n",
        b"GET http://[::1/ HTTP/1.1\r\n\r\n",
        b"GET http://a:99999999/ HTTP/1.1\r\n\r\n",
        "GET http://є/ HTTP/1.1\r\n\r\n".encode(),
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 300 + b"\r\n",
        b"G" * 200_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_hung_up_on(sent: bytes) -> None:
    assert (await said(Guard(), sent)) in (
        b"",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )
