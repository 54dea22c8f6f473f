"""The socket that a server listens on, taken before anything else is begun."""

from __future__ import annotations

import errno
import socket

from leadline.errors import RecordError


def listening(host: str, port: int) -> socket.socket:
    """
    A socket that nobody else listens on.

    Raises:
        RecordError: the port is taken, or the address is none of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(family, kind, protocol)
    except OSError as error:
        raise RecordError(f"cannot listen on {host}: {error.strerror}; write an address of this machine") from error
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(2048)
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            hint = "name another with --port, or let --port 0 take a free one"
            raise RecordError(f"port {port} of {host} is taken; {hint}") from error
        raise RecordError(f"cannot listen on {host}:{port}: {error.strerror}; name another address or port") from error
    return taken
