"""The command that assistants start: `leadline mcp`."""

from __future__ import annotations

from typing import Any

import typer

from leadline.errors import Problem, SpecError
from leadline.interfaces.cli.frame import explained, server_of, working
from leadline.interfaces.cli.options import DatabaseOption, HandbookOption, Place, ServerOption, TokenOption


def add_assistant_commands(app: typer.Typer) -> None:
    """Add the command to a group."""
    app.command("mcp")(mcp)


def mcp(
    handbook: HandbookOption = None,
    database: DatabaseOption = None,
    server: ServerOption = None,
    token: TokenOption = None,
) -> None:
    """Answer an assistant over stdin and stdout, by the Model Context Protocol: it may read, and change nothing."""
    with explained():
        place = Place(handbook, database, server, token)
        server_of(place)  # what cannot be is told before an assistant waits
        try:
            from leadline.interfaces.mcp.tools import serve
        except ModuleNotFoundError as error:
            if error.name is None or not error.name.startswith("mcp"):
                raise
            hint = "install it with pip install 'leadline[mcp]'"
            raise SpecError([Problem("leadline mcp", 0, 0, "", "a package is missing", error.name, hint)]) from error

        def run(name: str, request: Any) -> Any:
            # Anew for each question, so that an answer belongs to the handbook as it is now.
            with working(place, quiet=True, via="mcp") as ask:
                return ask(name, request)

        serve(run)
