"""The command that stays: `leadline up`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from leadline.app import engine
from leadline.engine.desk import Diet
from leadline.interfaces.api.server import serve
from leadline.interfaces.cli.logs import configure_logs
from leadline.settings import Settings, read_url


def up(
    handbook: Path | None,
    database: str | None,
    *,
    host: str,
    port: int,
    scenario: str | None,
    public_url: str | None,
) -> None:
    """Serve until interrupted."""
    configure_logs(is_terminal=sys.stderr.isatty())
    known_as = read_url(public_url, "--public-url") if public_url else ""
    settings = Settings.of(os.environ, handbook=handbook, database=database)
    with engine(settings, Diet(scenario=scenario)) as (turning, workplace):
        secret = settings.github_secret
        serve(turning, workplace, host, port, _tell, public_url=known_as, github_secret=secret)


def _tell(url: str) -> None:
    typer.echo(f"Leadline is at {url}", err=True)
