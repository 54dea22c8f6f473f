"""The outermost frame of a command: what an error prints and which code it ends with."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from leadline.errors import LeadlineError, Problem, SpecError
from leadline.interfaces.cli.options import Place, own_name
from leadline.settings import Remote, Settings

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")
PIPED_WIDTH = 10_000
"""A line for a program is never folded, whatever it says."""
OK, BROKEN, ILL_WRITTEN, CANNOT_TELL, FORBIDDEN, DEFECT, INTERRUPTED = 0, 1, 2, 3, 4, 70, 130


@contextmanager
def explained() -> Iterator[None]:
    """Turn what Leadline can explain into a message and its exit code, and anything else into a report of a defect."""
    try:
        yield
    except typer.Exit:
        raise
    except SpecError as error:
        for problem in error.problems:
            complain(str(problem))
        raise typer.Exit(error.exit_code) from error
    except LeadlineError as error:
        complain(str(error))
        raise typer.Exit(error.exit_code) from error
    except BrokenPipeError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(OK) from error
    except OSError as error:
        complain(f"{error.filename or 'the output'}: cannot be read or written ({error.strerror or error})")
        raise typer.Exit(FORBIDDEN) from error
    except KeyboardInterrupt as error:
        complain("interrupted; what was written stays")
        raise typer.Exit(INTERRUPTED) from error
    except Exception as error:
        traceback.print_exc()
        complain("this is a defect of Leadline; please report it with the lines above")
        raise typer.Exit(DEFECT) from error


def complain(message: str) -> None:
    """Write one line for the one who must act."""
    typer.echo(f"leadline: {message}", err=True)


@contextmanager
def use_cases(place: Place, *, quiet: bool = False, needs_handbook: bool = True) -> Iterator[Callable[[str, Any], Any]]:
    """As `working`, with errors told on stderr and by the exit code."""
    with explained(), working(place, quiet=quiet, needs_handbook=needs_handbook) as run:
        yield run


@contextmanager
def working(
    place: Place, *, quiet: bool = False, needs_handbook: bool = True, via: str = "cli"
) -> Iterator[Callable[[str, Any], Any]]:
    """A function that runs an operation by name: here, with the handbook read and the store open, or at a server."""
    remote = server_of(place)
    if remote is not None:
        from leadline.interfaces.cli.remote import connected

        with connected(remote) as run:
            yield run
        return
    from leadline.app import call, opened
    from leadline.interfaces.cli.progress import TerminalProgress
    from leadline.ports.audit import Caller

    settings = Settings.of(os.environ, handbook=place.handbook, database=place.database)
    progress, caller = TerminalProgress(quiet=quiet), Caller(own_name(), via)
    with opened(settings, progress, needs_handbook=needs_handbook, caller=caller) as context:
        yield lambda name, request: call(name, request, context)


def server_of(place: Place) -> Remote | None:
    """
    Who is to do the work; what was typed for this machine takes the environment's server away.

    Raises:
        SpecError: a server, and what only this machine can use.
    """
    is_here = place.handbook is not None or place.database is not None
    if place.server and is_here:
        hint = "take --handbook and --database out, or take --server out"
        raise SpecError([Problem("--server", 0, 0, "", "a server has its own handbook and store", place.server, hint)])
    remote = None if is_here else Remote.of(os.environ, server=place.server, token=place.token)
    if remote is None and place.token:
        raise SpecError([Problem("--token", 0, 0, "", "no server to show it to", "a token", "give --server too")])
    return remote


def signature(place: Place, who: str | None) -> str | None:
    """Who says so: the name that was typed, or that of this account; None where a server knows it by the token."""
    remote = server_of(place) if who is None else None
    return who or (None if remote is not None and remote.token else own_name())


def asked(model: type[T], **fields: object) -> T:
    """
    A request from what was typed.

    Raises:
        SpecError: a field is not what the operation takes; names each option.
    """
    from pydantic import ValidationError

    try:
        return model(**fields)
    except ValidationError as error:
        raise SpecError(_problem(detail) for detail in error.errors()) from error


def _problem(detail: Mapping[str, Any]) -> Problem:
    option = f"--{detail['loc'][0]}".replace("_", "-")
    return Problem(option, 0, 0, "", "not what is wanted", str(detail["input"])[:80], detail["msg"].lower())


def answer_console() -> Console:
    """
    Where the answer is printed: as wide as the terminal, and wide enough for everything when it is not one.

    A reader that has left ends the command as it does everywhere else.
    """
    from rich.console import Console

    class Answers(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Answers() if sys.stdout.isatty() else Answers(width=PIPED_WIDTH)


def as_text(instant: datetime) -> str:
    """An instant for people, to the minute, in UTC."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"
