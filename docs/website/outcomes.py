"""Reference of exit codes, the errors behind them, and settings."""

from __future__ import annotations

from collections.abc import Iterator

from leadline import settings
from leadline.errors import LeadlineError
from leadline.interfaces.api.problems import status_of
from leadline.interfaces.cli import frame
from website.markdown import code, page, plain, table
from website.told import cells

AT = "reference/outcomes.md"


def outcomes_page() -> str:
    """What a program is told besides the answer, and what it is told by."""
    return page(
        "# Exit codes and settings",
        '"No" and "cannot tell" are never the same code.',
        "## Exit codes",
        table(("code", "meaning", "who acts"), (_code(number) for number in exit_codes())),
        "## Errors",
        "What Leadline can explain ends a command with its code, and answers a request with its status. Anything else "
        f"is a defect: {code(str(frame.DEFECT))}, status 500.",
        table(
            ("error", "means", "exit code", "HTTP status"),
            (
                (code(kind.__name__), plain(kind.__doc__ or ""), str(kind.exit_code), str(status_of(kind).value))
                for kind in errors()
            ),
        ),
        "## Settings",
        "What differs between deployments is read from the environment. A flag wins over it; an unknown name that "
        f"begins with {code('LEADLINE_')} is refused.",
        table(
            ("environment variable", "flag", "default"), (cells("operating", of=name, at=AT) for name in settings.KNOWN)
        ),
    )


def exit_codes() -> tuple[int, ...]:
    """Every code that a command may end with, but for the one of an interrupt."""
    of_commands = {frame.OK, frame.BROKEN, frame.ILL_WRITTEN, frame.CANNOT_TELL, frame.FORBIDDEN, frame.DEFECT}
    return tuple(sorted(of_commands | {kind.exit_code for kind in errors()}))


def errors() -> Iterator[type[LeadlineError]]:
    """Every error that Leadline explains, a sort before its parts."""
    todo = LeadlineError.__subclasses__()
    while todo:
        kind = todo.pop(0)
        if kind.__module__ == LeadlineError.__module__:
            yield kind
            todo = [*kind.__subclasses__(), *todo]


def _code(number: int) -> list[str]:
    return cells("operating", of=str(number), at=AT)
