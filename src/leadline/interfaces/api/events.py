"""Server-sent events: one for each turn and each write, so that pages and programs know when to ask again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from leadline.engine.board import Board
from leadline.interfaces.api.describing import refusals
from leadline.interfaces.api.service import Service
from leadline.ports.operation import Permission

_PATIENCE_SECONDS = 0.5
"""How soon a stopping server is noticed."""
_SILENCE = 30
"""After so many waits a comment is sent, since proxies cut what says nothing."""
_RETRY = "retry: 2000\n\n"
"""Milliseconds until a browser that was cut off comes again."""
_EXAMPLE = 'id: 1772625602-14-0\nevent: turn\ndata: {"turn": 14, "now": "2026-03-04T12:00:02Z", "faults": []}\n\n'


def router(service: Service) -> APIRouter:
    """`/api/v1/events`."""
    made = APIRouter(prefix="/api/v1")
    stream = {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}}

    @made.get(
        "/events",
        operation_id="events",
        summary="Follow the turns.",
        description="One event now, unless Last-Event-ID says that it is known, and one at each change from then on.",
        tags=["events"],
        openapi_extra={"x-permission": Permission.VIEWER.value},
        response_class=StreamingResponse,
        responses={200: {"description": "A stream without end.", "content": stream}, **refusals(has_body=False)},
    )
    async def events(request: Request) -> StreamingResponse:
        return StreamingResponse(
            _told(request, service),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return made


async def _told(request: Request, service: Service) -> AsyncIterator[str]:
    """Waits on the loop alone: a client costs no thread."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()
    leave = service.boards.follow(partial(loop.call_soon_threadsafe, changed.set))
    known = request.headers.get("last-event-id", "")
    waits = 0
    try:
        yield _RETRY
        while not request.app.state.stopping.is_set():
            changed.clear()
            board = service.boards.newest
            if board.mark != known:
                known, waits = board.mark, 0
                yield _event(board)
            waits += not await _set_in_time(changed)
            if waits == _SILENCE:
                waits = 0
                yield ": still here\n\n"
    finally:
        leave()


async def _set_in_time(changed: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(changed.wait(), _PATIENCE_SECONDS)
    except TimeoutError:
        return False
    return True


def _event(board: Board) -> str:
    told = {
        "turn": board.number,
        "now": board.now.isoformat().replace("+00:00", "Z"),
        "faults": sorted(board.faults),
        "problems": len(board.problems),
    }
    return f"id: {board.mark}\nevent: turn\ndata: {json.dumps(told)}\n\n"
