"""Server-sent events: one for each turn, so that pages and programs know when to ask again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from leadline.engine.board import Board
from leadline.interfaces.api.service import Service

_PATIENCE_SECONDS = 1.0
"""How soon a stopping server or a closed connection is noticed."""
_SILENCE = 15
"""After so many waits a comment is sent, since proxies cut what says nothing."""


def router(service: Service) -> APIRouter:
    """`/api/v1/events`."""
    made = APIRouter(prefix="/api/v1")

    @made.get("/events", summary="Follow the turns.", tags=["events"], response_class=StreamingResponse)
    async def events(request: Request) -> StreamingResponse:
        return StreamingResponse(
            _told(request, service), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    return made


async def _told(request: Request, service: Service) -> AsyncIterator[str]:
    board = service.boards.newest
    yield _event(board)
    waits = 0
    while not await request.is_disconnected() and not request.app.state.stopping.is_set():
        newest = await run_in_threadpool(service.boards.after, board, _PATIENCE_SECONDS)
        waits = (waits + 1) % _SILENCE
        if newest is not board:
            board, waits = newest, 0
            yield _event(board)
        elif not waits:
            yield ": still here\n\n"


def _event(board: Board) -> str:
    told = {
        "turn": board.number,
        "now": board.now.isoformat().replace("+00:00", "Z"),
        "faults": sorted(board.faults),
        "problems": len(board.problems),
    }
    return f"id: {board.number}\nevent: turn\ndata: {json.dumps(told)}\n\n"
