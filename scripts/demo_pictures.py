"""Draws the pages of the demo at one instant, as pictures for README and docs: light, dark, and on a phone."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from leadline.app import engine
from leadline.engine.desk import Diet
from leadline.handbook.shipped import shipped
from leadline.interfaces.api.access import Door, KnownTokens
from leadline.interfaces.api.application import application
from leadline.interfaces.api.service import Service
from leadline.interfaces.cli.logs import configure_logs
from leadline.settings import Settings

AT = datetime(2026, 11, 24, 15, 12, tzinfo=UTC)
STORY_AT = AT - timedelta(minutes=10)
LARGE, PHONE = (1440, 900), (390, 844)
PICTURES = (
    ("overview-light", "/", LARGE, "light"),
    ("overview-dark", "/", LARGE, "dark"),
    ("overview-phone", "/", PHONE, "light"),
    ("objective-light", "/slos/slo-node-002", LARGE, "light"),
    ("objective-dark", "/slos/slo-node-002", LARGE, "dark"),
)


def draw_demo(images: Path) -> None:
    """Tell the story up to the instant, and photograph it."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("pictures of the demo need Debian's chromium: apt-get install chromium")
    configure_logs(is_terminal=True, least=logging.WARNING)
    with tempfile.TemporaryDirectory() as house, _served(Path(house)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--hide-scrollbars"])
        for name, path, size, theme in PICTURES:
            _photograph(browser, url + path, images / f"{name}.png", size, theme)
        browser.close()


def _photograph(browser: Browser, url: str, file: Path, size: tuple[int, int], theme: str) -> None:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        java_script_enabled=False,
    )
    page = context.new_page()
    page.goto(url)
    page.screenshot(path=file)
    context.close()


@contextmanager
def _served(house: Path) -> Iterator[str]:
    """A server whose clock stands still, with all of its history."""
    folder = shutil.copytree(shipped("virtengine"), house / "virtengine", ignore=shutil.ignore_patterns(".*"))
    diet = Diet(scenario="", story_at=STORY_AT, filling_seconds=600)
    with engine(Settings(folder, f"sqlite:///{house}/demo.db"), diet, now=lambda: AT, environ={}) as (turning, place):
        turning.take_turn()
        door = Door(KnownTokens(place.tokens), turning.now, "127.0.0.1", "")
        app = application(Service(place, turning.boards, turning.now), door)
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
        thread = threading.Thread(target=server.run, name="server")
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
