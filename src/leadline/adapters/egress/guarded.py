"""Requests and connections to addresses that may be asked; nothing is taken from proxies of the environment."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from leadline.adapters.egress.addresses import LookUp, Network, networks, resolve
from leadline.ports.egress import Answered, Asked, EgressFailed, EgressRefused

_MOST_BYTES = 2**20
_SCHEMES = (b"http", b"https")


class _Backend(httpcore.SyncBackend):
    """Connects to the very address that was looked at."""

    def __init__(self, allowed: tuple[Network, ...], look_up: LookUp) -> None:
        self._allowed, self._look_up = allowed, look_up

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        errors: list[Exception] = []
        for address in resolve(host, port, self._allowed, self._look_up):
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                errors.append(error)
        raise errors[0]

    def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise EgressRefused(f"{path}: not an address of the internet")


class GuardedEgress:
    """An `Egress`."""

    def __init__(self, allowed: Iterable[str] = (), look_up: LookUp = socket.getaddrinfo) -> None:
        self._allowed, self._look_up = networks(allowed), look_up
        self._backend = _Backend(self._allowed, look_up)

    @property
    def allowed(self) -> tuple[str, ...]:
        return tuple(str(network) for network in self._allowed)

    def ask(self, asked: Asked) -> Answered:
        try:
            url = httpcore.URL(asked.url)
        except (ValueError, TypeError) as error:
            raise EgressRefused(f"not an address: {error}") from error
        if url.scheme not in _SCHEMES or not url.host:
            raise EgressRefused("not an http or https address")
        where = url.host.decode("ascii", "replace")
        try:
            with httpcore.ConnectionPool(
                ssl_context=ssl.create_default_context(), network_backend=self._backend
            ) as pool:
                return _answer(pool, asked, url)
        except httpcore.TimeoutException as error:
            raise EgressFailed(f"{where} did not answer within {asked.timeout_seconds:g} s") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
            raise EgressFailed(f"{where} did not answer ({error or type(error).__name__})") from error

    def connect(self, host: str, port: int, timeout_seconds: float) -> socket.socket:
        failure: OSError | None = None
        for address in resolve(host, port, self._allowed, self._look_up):
            try:
                return socket.create_connection((address, port), timeout_seconds)
            except OSError as error:
                failure = failure or error
        raise EgressFailed(f"{host}:{port} did not answer ({failure})") from failure


def _answer(pool: httpcore.ConnectionPool, asked: Asked, url: httpcore.URL) -> Answered:
    """What comes back, read no longer than the request may take."""
    until = time.monotonic() + asked.timeout_seconds
    limits = dict.fromkeys(("connect", "read", "write", "pool"), asked.timeout_seconds)
    headers = {"Host": _host(url), **asked.headers}
    if asked.body or asked.method in {"POST", "PUT", "PATCH"}:
        headers["Content-Length"] = str(len(asked.body))
    body = bytearray()
    pairs = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
    with pool.stream(asked.method, url, headers=pairs, content=asked.body, extensions={"timeout": limits}) as answer:
        for piece in answer.iter_stream():
            body += piece
            if len(body) >= _MOST_BYTES:
                break
            if time.monotonic() > until:
                raise httpcore.ReadTimeout
        read = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
        return Answered(answer.status, read, bytes(body[:_MOST_BYTES]))


def _host(url: httpcore.URL) -> str:
    host = url.host.decode("ascii")
    host = f"[{host}]" if ":" in host else host
    return host if url.port is None else f"{host}:{url.port}"
