"""The pages and what each asks of the operations."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from leadline.domains import operations
from leadline.domains.budgets.model import ShowStatus, Status
from leadline.engine.board import Board
from leadline.interfaces.api.service import Service
from leadline.interfaces.web import overview
from leadline.interfaces.web.asking import RANGES, Asked, asked
from leadline.interfaces.web.rendering import page

THEMES = ("", "light", "dark")


def add_pages(app: FastAPI, service: Service) -> None:
    """Pages and their assets."""
    app.mount("/static", StaticFiles(directory=str(files("leadline.interfaces.web") / "static")), name="static")
    app.include_router(_router(service))


def _router(service: Service) -> APIRouter:
    made = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    known = operations()

    @made.get("/")
    def show_overview(request: Request) -> HTMLResponse:
        board = service.boards.newest
        wanted = asked(request, board.now)
        status: Status = service.read(board, known["status.show"], ShowStatus(at=wanted.at))
        shown = overview.figures(status, board.handbook, wanted)
        return page("overview", **frame(request, board, wanted, "Overview"), status=status, **shown)

    return made


def frame(request: Request, board: Board, wanted: Asked, section: str) -> dict[str, Any]:
    """What every page stands in."""
    theme = request.cookies.get("theme", "")
    return {
        "section": section,
        "board": board,
        "asked": wanted,
        "ranges": RANGES,
        "theme": theme if theme in THEMES else "",
        "path": request.url.path,
    }
