"""
Which addresses may be asked.

Refused are all that are not of the public internet: private and shared ones, those of the machine itself, of its link
and of clouds' metadata, and whatever is written inside another address (IPv4 in IPv6). Names are resolved here, and
what is returned is what may be connected to, so that a name which answers otherwise the next time changes nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from leadline.ports.egress import EgressFailed, EgressRefused

SETTING = "LEADLINE_EGRESS_ALLOW"
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
LookUp = Callable[..., Sequence[Any]]
"""`socket.getaddrinfo`, or what stands in for it."""
_OTHERS = (ip_network("168.63.129.16/32"), ip_network("192.0.0.0/24"))
"""Taken for public by Python, and yet a cloud's own, or kept for protocols."""
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
"""IPv6 whose last 32 bits are the IPv4 address that is meant."""


def networks(written: Iterable[str]) -> tuple[Network, ...]:
    """Networks that the operator allows, such as 10.0.0.0/8 or one address; the settings have checked them."""
    return tuple(ip_network(text, strict=False) for text in written)


def may_be_asked(address: Address, allowed: Iterable[Network]) -> bool:
    """
    Whether an address is of the public internet, or allowed.

    >>> may_be_asked(ip_address("169.254.169.254"), ())
    False
    >>> may_be_asked(ip_address("::ffff:10.0.0.1"), ())
    False
    >>> may_be_asked(ip_address("10.0.0.1"), networks(["10.0.0.0/24"]))
    True
    """
    meant = _meant(address)
    if any(each in network for each in (address, meant) for network in allowed if network.version == each.version):
        return True
    is_public = meant.is_global and not meant.is_multicast and not meant.is_reserved
    return is_public and not any(meant in network for network in _OTHERS)


def _meant(address: Address) -> Address:
    """The address inside another one that says where it leads."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in _TRANSLATED):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def resolve(
    host: str,
    port: int,
    allowed: Iterable[Network],
    look_up: LookUp = socket.getaddrinfo,
) -> list[str]:
    """
    Addresses of a host, all of which may be asked.

    Raises:
        EgressRefused: one of them may not.
        EgressFailed: there is no such host.
    """
    try:
        rows = look_up(host, port, 0, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise EgressFailed(f"{host}: its address cannot be found ({error})") from error
    permitted = tuple(allowed)
    found = list(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows))
    for each in found:
        if not may_be_asked(ip_address(each), permitted):
            shown = host if host == each else f"{host} ({each})"
            raise EgressRefused(
                f"{shown} is an address of this machine or of a private network; set {SETTING}={each} if it may be told"
            )
    return found
