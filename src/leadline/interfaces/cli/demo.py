"""`leadline demo`: the shipped practice in a house of its own, with a story that begins when the demo does."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import TextIO

import typer

from leadline import __version__
from leadline.app import engine
from leadline.core.scenarios import Kind, Scenario
from leadline.engine.desk import Diet
from leadline.errors import RecordError
from leadline.handbook.shipped import shipped
from leadline.handbook.specs import Handbook
from leadline.interfaces.api.server import serve
from leadline.interfaces.cli.logs import configure_logs
from leadline.settings import Settings

PRACTICE = "virtengine"
STORY_LASTS = timedelta(hours=6)
"""A demo that is started again after this long begins anew: what it has to show happens around its begin."""
_SHOWN = 3
_DATABASE = "leadline.db"


def demo(folder: Path | None, *, port: int, reset: bool) -> None:
    """
    Serve until interrupted.

    Raises:
        RecordError: another demo runs in this folder, the folder holds something else, or the port is taken.
    """
    configure_logs(is_terminal=sys.stderr.isatty(), least=logging.WARNING)
    house = House(folder or own_folder())
    with house.held() as lock:
        began_at = house.story(datetime.now(UTC), reset=reset)
        settings = Settings(house.handbook, f"sqlite:///{house.folder / _DATABASE}")
        with engine(settings, Diet(scenario="", story_at=began_at), environ={}) as (turning, workplace):

            def tell(url: str) -> None:
                lock.truncate(0)
                lock.write(url)
                lock.flush()
                typer.echo("\n".join(told(url, workplace.handbook, house)))

            serve(turning, workplace, "127.0.0.1", port, tell)


def told(url: str, handbook: Handbook, house: House) -> list[str]:
    """The address, and what to look at first."""
    scenario = next(iter(handbook.simulations.values()))
    return [
        f"Leadline is at {url}",
        "",
        "Three things to try:",
        *(f"  {number}. {line}" for number, line in enumerate(worth_a_look(url, scenario, handbook), 1)),
        "",
        f"Handbook and database are in {house.folder}; Ctrl-C ends the demo, --reset begins anew.",
    ]


def worth_a_look(url: str, scenario: Scenario, handbook: Handbook) -> list[str]:
    """The first incidents of the story, each with the page of the objective that it hurts most."""
    hurt = [
        (slo.id, planted.description)
        for planted in scenario.planted
        if planted.is_in_story and planted.kind is Kind.INCIDENT
        for slo in handbook.slos.values()
        if slo.sli.id == planted.effects[0].sli
    ]
    return [f"{url}/slos/{name}\n     {description}" for name, description in hurt[:_SHOWN]]


def own_folder() -> Path:
    """Where this user's programs keep what they made."""
    if state := os.environ.get("XDG_STATE_HOME"):
        return Path(state) / "leadline" / "demo"
    usual = Path("Library", "Application Support") if sys.platform == "darwin" else Path(".local", "state")
    return Path.home() / usual / "leadline" / "demo"


@dataclass(frozen=True, slots=True)
class House:
    """The folder of a demo: a copy of the handbook, the database, and when the story began."""

    folder: Path

    @property
    def handbook(self) -> Path:
        """A copy, so that it can be edited, and its compiled form kept beside it."""
        return self.folder / PRACTICE

    @contextmanager
    def held(self) -> Iterator[TextIO]:
        """
        Keep other demos out for as long as the block runs.

        Raises:
            RecordError: one is in, or the folder is somebody else's.
        """
        known = {PRACTICE, "story.json", "lock"}
        if self.folder.is_dir():
            strange = sorted(path.name for path in self.folder.iterdir() if path.name not in known)
            strange = [name for name in strange if not name.startswith(_DATABASE)]
            if strange:
                raise RecordError(f"{self.folder} holds {strange[0]}, which is no demo's; name an empty --folder")
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("a+", encoding="utf-8") as lock:
            try:
                flock(lock, LOCK_EX | LOCK_NB)
            except BlockingIOError as error:
                lock.seek(0)
                where = lock.read() or "and is starting"
                way_out = "end it with Ctrl-C where it runs, or name another --folder"
                raise RecordError(f"a demo runs already: {where}\n  ({way_out})") from error
            lock.truncate(0)
            yield lock

    def story(self, now: datetime, *, reset: bool) -> datetime:
        """When the story began; begun anew, with nothing kept, where that is long ago or another version told it."""
        notes = self.folder / "story.json"
        began_at = None if reset else _began(notes)
        if began_at is None or not timedelta(0) <= now - began_at <= STORY_LASTS:
            for path in self.folder.glob(f"{_DATABASE}*"):
                path.unlink()
            shutil.rmtree(self.handbook, ignore_errors=True)
            shutil.copytree(shipped(PRACTICE), self.handbook, ignore=shutil.ignore_patterns(".*"))
            for path in (self.handbook, *self.handbook.rglob("*")):
                path.chmod(path.stat().st_mode | 0o200)
            began_at = now
            notes.write_text(json.dumps({"began": now.isoformat(), "version": __version__}), encoding="utf-8")
        return began_at


def _began(notes: Path) -> datetime | None:
    try:
        said = json.loads(notes.read_text(encoding="utf-8"))
        return datetime.fromisoformat(said["began"]) if said["version"] == __version__ else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
