"""Addresses on the net -> whether a link or a redirect of a stranger may lead there.

A page can send its visitor to the machine's own services or to the network behind it. Hosts that the operator names
may be private; whatever else is found must be public. It is decided where a connection is made, so that a name which
changes its address between the question and the connection gains nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

REFUSED = "leads to a private address, which is refused (crawl.private_hosts allows it)"
# RFC 6052: an IPv4 address behind the translators of an IPv6 network.
_TRANSLATED = ip_network("64:ff9b::/96")
_MOST_REMEMBERED = 1_000
_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True)
class Guard:
    """What may be private: hosts, by name or address, also with a port; networks as in "10.0.0.0/8"."""

    allowed: set[str] = field(default_factory=set)
    networks: list[Any] = field(default_factory=list)
    _refused: set[str] = field(default_factory=set)

    def allow(self, *hosts: str) -> None:
        """These may be private."""
        for host in hosts:
            if "/" in host:
                self.networks.append(ip_network(host, strict=False))
            else:
                self.allowed.add(host.lower())

    def allow_url(self, url: str) -> None:
        """The host of an address that the operator gave may be private, at its port."""
        self.allowed.add(_place(url))

    def forget_url(self, url: str) -> None:
        """As if it had never been allowed."""
        self.allowed.discard(_place(url))

    def permits(self, host: str, port: int, addresses: Iterable[str]) -> list[str]:
        """Those of a host's addresses that may be connected to."""
        if {host.lower(), f"{host.lower()}:{port}"} & self.allowed:
            return list(addresses)
        permitted = [each for each in addresses if self._may(each)]
        self._refused.discard(host.lower())
        if not permitted:
            if len(self._refused) >= _MOST_REMEMBERED:
                self._refused.clear()
            self._refused.add(host.lower())
        return permitted

    def refuses(self, url: str) -> bool:
        """Whether an address says itself that it leads where it may not."""
        host = _host(url)
        if {host, _place(url)} & self.allowed:
            return False
        return not host or host == "localhost" or (_is_literal(host) and not self._may(host))

    def refused(self, url: str) -> bool:
        """Whether an address was found to lead where it may not, when its name was last looked up."""
        return self.refuses(url) or _host(url) in self._refused

    def _may(self, address: str) -> bool:
        given = ip_address(address.partition("%")[0])
        ip = _inner(given) if isinstance(given, IPv6Address) else given
        return is_public(ip) or any(ip in network for network in self.networks if network.version == ip.version)


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether an address is of the public net, as the registries of special addresses have it."""
    return ip.is_global and not ip.is_multicast


def _inner(ip: IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if ip in _TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or ip


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _place(url: str) -> str:
    """Host and port, as in "courier.example:443"."""
    try:
        parts = urlsplit(url)
        return f"{_host(url)}:{parts.port or _PORTS.get(parts.scheme, 0)}"
    except ValueError:
        return ""


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@implementer(IHostnameResolver)
class GuardedResolver:
    """A resolver of names for Twisted that keeps back what the guard does not permit."""

    def __init__(self, resolver: Any, guard: Guard) -> None:
        self.behind, self._guard = resolver, guard

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """As Twisted's interface has it."""
        receiver = _Receiver(resolutionReceiver, hostName, portNumber, self._guard)
        found: IHostResolution = self.behind.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )
        return found


@implementer(IResolutionReceiver)
class _Receiver:
    def __init__(self, receiver: Any, host: str, port: int, guard: Guard) -> None:
        self._receiver, self._host, self._port, self._guard = receiver, host, port, guard
        self._found: list[Any] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        self._receiver.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: IAddress) -> None:
        self._found.append(address)

    def resolutionComplete(self) -> None:
        hosts = [each.host for each in self._found]
        permitted = set(self._guard.permits(self._host, self._port, hosts)) if hosts else set()
        for address in self._found:
            if address.host in permitted:
                self._receiver.addressResolved(address)
        self._receiver.resolutionComplete()
