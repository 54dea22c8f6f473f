"""Options that several commands take, after the subcommand."""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from leadline.units import parse_instant

PLAIN = {"rich_markup_mode": None, "no_args_is_help": True, "pretty_exceptions_enable": False}
"""Settings of every group of commands."""


def instant(text: str) -> datetime:
    """Read an instant, or refuse it in the way of the command line."""
    try:
        found = parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if not 1970 <= found.year < 2200:
        raise typer.BadParameter("an instant between 1970 and 2200 is wanted")
    return found


def own_name() -> str:
    """Who types: the name of the account, where there is one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


WhoOption = Annotated[str | None, typer.Option("--who", help="Who says so (default: the user of this account).")]
HandbookOption = Annotated[
    Path | None,
    typer.Option("--handbook", help="Folder of the handbook (default: LEADLINE_HANDBOOK, else ./handbook)."),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        help="sqlite:///PATH or postgresql://… (default: LEADLINE_DATABASE_URL, else beside the handbook).",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AtOption = Annotated[
    datetime | None,
    typer.Option("--at", parser=instant, metavar="INSTANT", help="As of this instant, ISO 8601 or epoch seconds."),
]
