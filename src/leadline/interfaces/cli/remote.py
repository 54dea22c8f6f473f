"""`--server`: the same operations, done by a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from leadline.interfaces.cli.frame import complain
from leadline.interfaces.client.connection import Connection
from leadline.settings import Remote


@contextmanager
def connected(remote: Remote) -> Iterator[Callable[[str, Any], Any]]:
    """A function that lets the server run an operation by name."""
    parts = urlsplit(remote.url)
    if remote.token and parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        complain(f"warning: the token goes to {parts.netloc} unencrypted; let a proxy speak https for the server")
    with Connection(remote.url, remote.token) as connection:
        yield connection.run
