"""Which addresses may be asked, and that what is connected to is what was looked at."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from leadline.adapters.egress.addresses import may_be_asked, networks, resolve
from leadline.adapters.egress.guarded import GuardedEgress
from leadline.adapters.egress.guarded_process import REFUSED, guarded
from leadline.ports.egress import Asked, EgressFailed, EgressRefused
from receivers import Anything, received

REFUSED_ADDRESSES = (
    "127.0.0.1", "127.1.2.3", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "192.0.0.192", "168.63.129.16", "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1",
    "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1",
)  # fmt: skip


def answering(*addresses: str) -> Any:
    def look_up(_host: str, port: int, *_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    return look_up


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not may_be_asked(ip_address(address), ())
    with pytest.raises(EgressRefused, match=f"LEADLINE_EGRESS_ALLOW={address}"):
        resolve("innocent.example.com", 443, (), answering(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_an_address_of_the_public_internet_may_be_asked(address: str) -> None:
    assert may_be_asked(ip_address(address), ())


def test_the_operator_allows_networks() -> None:
    allowed = networks(["10.20.0.0/16", "fd00::/8"])
    assert may_be_asked(ip_address("10.20.3.4"), allowed)
    assert may_be_asked(ip_address("::ffff:10.20.3.4"), allowed)
    assert may_be_asked(ip_address("fd00::7"), allowed)
    assert not may_be_asked(ip_address("10.21.0.1"), allowed)


def test_one_private_address_among_several_is_enough_to_refuse() -> None:
    with pytest.raises(EgressRefused, match=r"a\.example \(10\.0\.0\.1\)"):
        resolve("a.example", 443, (), answering("1.1.1.1", "10.0.0.1"))


def test_a_name_that_leads_nowhere_is_no_refusal() -> None:
    def nobody(*_: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(EgressFailed, match="cannot be found"):
        resolve("nobody.example", 443, (), nobody)


def test_what_is_connected_to_is_the_address_that_was_looked_at() -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int, *rest: object) -> list[Any]:
        asked.append(host)
        return answering("127.0.0.1" if len(asked) == 1 else "10.0.0.1")(host, port, *rest)  # type: ignore[no-any-return]  # rows of getaddrinfo

    with received(Anything()) as receiver:
        url = f"http://rebound.example:{receiver.url.rpartition(':')[2]}/x"
        egress = GuardedEgress(["127.0.0.0/8"], rebinding)
        assert egress.ask(Asked("POST", url, b"{}")).status == 200
        assert receiver.asked[0][2]["host"] == url.split("/")[2]
        with pytest.raises(EgressRefused, match=r"10\.0\.0\.1"):
            egress.ask(Asked("POST", url, b"{}"))
        assert (asked, len(receiver.asked)) == (["rebound.example"] * 2, 1)


def test_a_connection_is_guarded_as_a_request_is() -> None:
    with received(Anything()) as receiver:
        port = int(receiver.url.rpartition(":")[2])
        with pytest.raises(EgressRefused):
            GuardedEgress().connect("localhost", port, 2)
        GuardedEgress(["127.0.0.1", "::1"]).connect("127.0.0.1", port, 2).close()
    with pytest.raises(EgressFailed, match="did not answer"):
        GuardedEgress(["127.0.0.1"]).connect("127.0.0.1", port, 2)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com", "nothing", "http://", "unix:/run/x", ""])
def test_only_http_and_https_are_spoken(url: str) -> None:
    with pytest.raises(EgressRefused, match="not an"):
        GuardedEgress().ask(Asked("POST", url))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "localhost"])
def test_an_address_in_disguise_is_refused(host: str) -> None:
    with pytest.raises((EgressRefused, EgressFailed)):
        GuardedEgress().ask(Asked("POST", f"http://{host}:9/", timeout_seconds=2))


def test_a_process_of_other_libraries_is_given_no_other_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    look_up = guarded(answering("127.0.0.1"), [])
    with pytest.raises(socket.gaierror):
        look_up("innocent.example.com", 80)
    assert capsys.readouterr().err.startswith(f"{REFUSED}innocent.example.com (127.0.0.1)")
    assert guarded(answering("127.0.0.1"), ["127.0.0.1"])(b"innocent.example.com", 80)[0][4] == ("127.0.0.1", 80)
