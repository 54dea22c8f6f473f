"""A server in a thread of this process, on a port of its own: what `leadline up` puts in front of a store."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import uvicorn

from instants import NOON
from leadline.app import engine
from leadline.engine.board import Boards
from leadline.engine.desk import Diet
from leadline.interfaces.api.access import Door, KnownTokens
from leadline.interfaces.api.application import application
from leadline.interfaces.api.service import Service
from leadline.settings import Settings
from simulated import VIRTENGINE

ASKING = ("collect_newest", "fill_history")
"""Steps that ask sources; what these tests look at is there already."""


@dataclass(frozen=True)
class Served:
    """A running server."""

    url: str
    port: int
    boards: Boards
    """What its turns found; a test may put up another board."""

    def ask(self, method: str, path: str, *, token: str | None = None, **sent: object) -> httpx.Response:
        """One request; redirects are not followed."""
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **sent.pop("headers", {})}  # type: ignore[dict-item] # a mapping, as it is typed here
        return httpx.request(method, self.url + path, headers=headers, timeout=30, **sent)  # type: ignore[arg-type] # as httpx takes them


@contextmanager
def served(
    shop: Path,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    host: str = "127.0.0.1",
    public_url: str = "",
    diet: Diet | None = None,
    github_secret: str = "",
) -> Iterator[Served]:
    """
    Serve a shop's handbook after one turn, which asks no source and ends no request unless a diet is given.

    `host` is what the server believes to listen on.
    """
    settings = Settings.of({"LEADLINE_HANDBOOK": str(shop / "handbook")})
    with engine(settings, diet or Diet(), now=now) as (turning, workplace), socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        if diet is None:
            turning.steps = [step for step in turning.steps if step.name not in (*ASKING, "roll_back")]
        turning.take_turn()
        door = Door(KnownTokens(workplace.tokens), now, host, public_url, github_secret)
        app = application(Service(workplace, turning.boards, now), door)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        try:
            port = listening.getsockname()[1]
            url = f"http://127.0.0.1:{port}"
            httpx.get(f"{url}/healthz", timeout=30)
            yield Served(url, port, turning.boards)
        finally:
            app.state.stopping.set()
            server.should_exit = True
            running.join()


@contextmanager
def practice(folder: Path) -> Iterator[Served]:
    """Serve the shipped practice at NOON, after three simulated days."""
    shutil.copytree(VIRTENGINE, folder / "handbook", ignore=shutil.ignore_patterns(".leadline"))
    reach = timedelta(days=3)
    diet = Diet(scenario="", first_reach=reach, filling_reach=reach)
    with served(folder, now=lambda: NOON + timedelta(minutes=2), diet=diet) as server:
        yield server
