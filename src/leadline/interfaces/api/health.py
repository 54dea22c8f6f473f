"""Whether the process lives (`/healthz`), and whether what it answers can be relied on (`/readyz`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from leadline.domains.budgets.watching import WARNINGS
from leadline.engine.board import Board
from leadline.interfaces.api.problems import problem
from leadline.interfaces.api.service import Service

STUCK_AFTER = timedelta(minutes=5)
"""A server whose last turn is so old does not follow any more."""


def router(service: Service) -> APIRouter:
    """Both, for whoever starts and watches the server; they need no token."""
    made = APIRouter(include_in_schema=False)

    @made.get("/healthz")
    async def healthy() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @made.get("/readyz", response_model=None)
    async def ready() -> Response:
        board = service.boards.newest
        age = service.now() - board.now
        if not board.number:
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "the first turn has not ended")
        if age > STUCK_AFTER:
            detail = f"the last turn began {int(age.total_seconds())} s ago; look at the log for what holds it up"
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, **_told(board, age))
        return JSONResponse({"status": "ready", **_told(board, age)}, headers={"Cache-Control": "no-store"})

    return made


def _told(board: Board, age: timedelta) -> Mapping[str, object]:
    return {
        "turn": board.number,
        "now": board.now.isoformat().replace("+00:00", "Z"),
        "age_seconds": round(age.total_seconds(), 3),
        "is_leading": board.is_leading,
        "leader": board.lease.holder if board.lease else None,
        "problems": [str(each) for each in board.problems],
        "faults": dict(board.faults),
        "warnings": list(board.memory.known(WARNINGS) or ()),
    }
