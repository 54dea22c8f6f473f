"""Options that several commands take, after the subcommand."""

from __future__ import annotations

import getpass
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from leadline.units import checked_instant, parse_instant

PLAIN = {"rich_markup_mode": None, "no_args_is_help": True, "pretty_exceptions_enable": False}
"""Settings of every group of commands."""


def instant(text: str) -> datetime:
    """Read an instant, or refuse it in the way of the command line."""
    try:
        return checked_instant(parse_instant(text))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def own_name() -> str:
    """Who types: the name of the account, where there is one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


WhoOption = Annotated[
    str | None, typer.Option("--who", help="Who says so (default: whose the token is, else whose the account is).")
]
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
ServerOption = Annotated[
    str | None,
    typer.Option("--server", metavar="URL", help="Let this server do it (default: LEADLINE_SERVER, else nobody)."),
]
TokenOption = Annotated[
    str | None,
    typer.Option("--token", help="What the server asks for (default: LEADLINE_TOKEN, LEADLINE_TOKEN_FILE)."),
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command does its work and how it answers: what all commands that run operations take."""

    handbook: Path | None = None
    database: str | None = None
    server: str | None = None
    token: str | None = None
    as_json: bool = False


_SHARED = {
    "handbook": HandbookOption,
    "database": DatabaseOption,
    "server": ServerOption,
    "token": TokenOption,
    "as_json": JsonOption,
}
"""Field of `Place` → the option that it is typed as."""


def at_a_place(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `Place`; it takes them as its argument `place`."""
    signature = inspect.signature(function, eval_str=True)
    own = [each for name, each in signature.parameters.items() if name != "place"]
    shared = [
        inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=option)
        for field in fields(Place)
        for option in [_SHARED[field.name]]
    ]

    @wraps(function)
    def command(**typed: Any) -> None:
        function(
            **{each.name: typed[each.name] for each in own}, place=Place(**{name: typed[name] for name in _SHARED})
        )

    command.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined] # what Typer reads
    command.__annotations__ = {each.name: each.annotation for each in (*own, *shared)}
    return command
