"""`leadline up`: the engine in a thread of its own, the HTTP application in front, and an orderly end."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import uvicorn
from fastapi import FastAPI

from leadline.app import Workplace
from leadline.domains.access.rules import refuse_open_house
from leadline.engine.turns import Engine
from leadline.interfaces.api.access import Door, KnownTokens
from leadline.interfaces.api.application import application
from leadline.interfaces.api.listening import listening
from leadline.interfaces.api.service import Service

_SWITCH_SECONDS = 0.000_5
"""A turn computes beside those who answer; they wait ten times as long for it with Python's own 5 ms."""


def serve(
    engine: Engine,
    workplace: Workplace,
    host: str,
    port: int,
    on_ready: Callable[[str], None],
    *,
    public_url: str = "",
    github_secret: str = "",
) -> None:
    """
    Serve until interrupted; the turn under way is finished, then the answers under way.

    Raises:
        SpecError: others could reach it, and there is no token.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    refuse_open_house(host, workplace.tokens.every(), engine.now())
    engine.tools.dispatching.telling = replace(engine.tools.dispatching.telling, public_url=public_url)
    door = Door(KnownTokens(workplace.tokens), engine.now, host, public_url, github_secret)
    app = application(Service(workplace, engine.boards, engine.now), door)
    app.router.lifespan_context = _beside(engine, app)
    config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=5)
    server = _Server(config, app, on_ready)
    # uvicorn ends by the signal that stopped it once all is done; an orderly end is no failure
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    with listening(host, port) as taken:
        server.run([taken])


class _Server(uvicorn.Server):
    """Tells when it listens, and lets open event streams end."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, on_ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._app, self._on_ready = app, on_ready

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override] # sockets of uvicorn
        await super().startup(sockets)  # type: ignore[arg-type] # as above
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            self._on_ready(f"http://{self.config.host}:{port}")

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override] # as above
        self._app.state.stopping.set()
        await super().shutdown(sockets)  # type: ignore[arg-type] # as above


def _beside(engine: Engine, app: FastAPI) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        stop = threading.Event()
        turning = threading.Thread(target=engine.run, args=(stop,), name="engine")
        turning.start()
        try:
            yield
        finally:
            app.state.stopping.set()
            stop.set()
            turning.join()

    return lifespan
