"""Where a stranger's link may lead: to the public net, and to private addresses only where the operator says so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address

from crawler.addresses import Guard, GuardedResolver

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.20.0.1",
    "192.168.1.1",
    "169.254.169.254",  # where clouds keep the keys of a machine
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_permitted(address: str) -> None:
    guard = Guard()
    assert guard.permits("outlet.example", 443, [address]) == []
    assert guard.refused("http://outlet.example/a")
    host = f"[{address}]" if ":" in address else address
    assert guard.refuses(f"http://{host}/a")


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_permitted(address: str) -> None:
    guard = Guard()
    assert guard.permits("outlet.example", 443, [address]) == [address]
    assert not guard.refused("http://outlet.example/a")


def test_what_the_operator_names_may_be_private() -> None:
    guard = Guard()
    guard.allow("news.internal", "10.0.0.0/8")
    guard.allow_url("http://127.0.0.1:8000/feed")
    assert guard.permits("News.Internal", 80, ["192.168.1.1"]) == ["192.168.1.1"]
    assert guard.permits("other.example", 80, ["10.9.9.9", "192.168.1.1"]) == ["10.9.9.9"]
    assert not guard.refuses("http://127.0.0.1:8000/a")
    assert guard.refuses("http://127.0.0.1:5432/a")
    guard.forget_url("http://127.0.0.1:8000/other")
    assert guard.refuses("http://127.0.0.1:8000/a")
    assert guard.refuses("http://127.0.0.2/a")


def test_a_name_is_not_refused_for_ever() -> None:
    guard = Guard()
    guard.permits("outlet.example", 443, ["127.0.0.1"])
    assert guard.refused("https://outlet.example/a")
    guard.permits("outlet.example", 443, ["8.8.8.8"])
    assert not guard.refused("https://outlet.example/a")


@given(st.text(max_size=60))
def test_any_address_is_judged(url: str) -> None:
    assert Guard().refuses(url) in (True, False)
    assert Guard().refuses(f"http://{url}/") in (True, False)


def test_what_a_name_resolves_to_is_kept_back() -> None:
    """Where the connection is made, so that a name which has two faces gains nothing."""

    class Names:
        def resolveHostName(self, receiver: Any, name: str, port: int, *_: object) -> None:
            receiver.resolutionBegan(None)
            receiver.addressResolved(IPv4Address("TCP", "127.0.0.1", port))
            receiver.addressResolved(IPv6Address("TCP", "2606:2800:220:1::1", port))
            receiver.resolutionComplete()

    class Asker:
        def __init__(self) -> None:
            self.found: list[str] = []
            self.done = False

        def resolutionBegan(self, resolution: object) -> None:
            return

        def addressResolved(self, address: Any) -> None:
            self.found.append(address.host)

        def resolutionComplete(self) -> None:
            self.done = True

    asker: Any = Asker()
    GuardedResolver(Names(), Guard()).resolveHostName(asker, "outlet.example", 80)
    assert (asker.found, asker.done) == (["2606:2800:220:1::1"], True)
