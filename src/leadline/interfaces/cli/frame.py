"""The outermost frame of a command: what an error prints and which code it ends with."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from leadline.errors import LeadlineError, SpecError
from leadline.settings import Settings

OK, BROKEN, ILL_WRITTEN, CANNOT_TELL, DEFECT = 0, 1, 2, 3, 70


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
    except Exception as error:
        traceback.print_exc()
        complain("this is a defect of Leadline; please report it with the lines above")
        raise typer.Exit(DEFECT) from error


def complain(message: str) -> None:
    """Write one line for the one who must act."""
    typer.echo(f"leadline: {message}", err=True)


@contextmanager
def use_cases(
    handbook: Path | None, database: str | None, *, quiet: bool = False
) -> Iterator[Callable[[str, Any], Any]]:
    """A function that runs an operation by name, with the handbook read and the store open."""
    from leadline.app import call, opened
    from leadline.interfaces.cli.progress import TerminalProgress

    with explained():
        settings = Settings.of(os.environ, handbook=handbook, database=database)
        with opened(settings, TerminalProgress(quiet=quiet)) as context:
            yield lambda name, request: call(name, request, context)


def as_text(instant: datetime) -> str:
    """An instant for people, to the minute, in UTC."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"
