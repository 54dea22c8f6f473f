"""
A process whose way out is guarded, whatever library connects: `python -m … MODULE NETWORKS` runs the module's `main`.

Every name that a library asks for is looked up here first, and it is given no address but those that may be asked. A
refusal is a line on stderr that begins with `REFUSED`.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from leadline.adapters.egress.addresses import networks, resolve
from leadline.ports.egress import EgressFailed, EgressRefused

REFUSED = "egress refused: "


def guarded(look_up: Callable[..., Sequence[Any]], allowed: Sequence[str]) -> Callable[..., Sequence[Any]]:
    """`look_up`, without what may not be asked."""
    permitted = networks(allowed)

    def looked_up(host: Any, port: Any, *rest: Any, **named: Any) -> Sequence[Any]:
        name = host.decode() if isinstance(host, bytes) else str(host)
        try:
            known = set(resolve(name, port, permitted, look_up))
        except (EgressRefused, EgressFailed) as error:
            if isinstance(error, EgressRefused):
                sys.stderr.write(f"{REFUSED}{error}\n")
            raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
        rows = look_up(host, port, *rest, **named)
        return [row for row in rows if str(row[4][0]).partition("%")[0] in known]

    return looked_up


def main(arguments: Sequence[str]) -> None:
    """Guard this process, then run a module in it."""
    module, allowed = arguments
    socket.getaddrinfo = guarded(socket.getaddrinfo, [each for each in allowed.split(",") if each])  # type: ignore[assignment]  # the same, for all who call it
    import_module(module).main()


if __name__ == "__main__":
    main(sys.argv[1:])
