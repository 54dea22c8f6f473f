"""
A route for each operation that a server may run, made from its declaration.

Answers to reads are kept for the time between two turns, as bytes with their ETag: what is asked two hundred times a
second is worked out once a minute.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from leadline.interfaces.api.access import forbidden, visitor
from leadline.interfaces.api.bodies import fields
from leadline.interfaces.api.describing import answer_text, request_text
from leadline.interfaces.api.paging import PARAMETERS, Page, cut, paged
from leadline.interfaces.api.problems import told
from leadline.interfaces.api.service import Service
from leadline.ports.operation import Operation, Where, attribute

_IN_BRACES = re.compile(r"{(\w+)}")
_BEARER = HTTPBearer(scheme_name="token", description="Made by `leadline token create`.", auto_error=False)
"""For the text of the API; what it means is decided in `access`, before any route."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that is good until the next turn."""

    body: bytes
    etag: str


def router(service: Service, operations: Mapping[str, Operation]) -> APIRouter:
    """The routes of every operation that is not local."""
    made = APIRouter(prefix="/api/v1")
    served = [operation for operation in operations.values() if operation.where is Where.SERVER]
    # Names may hold a slash, as `checkout/2` does: a longer route is tried before one that would take it for a name.
    for operation in sorted(served, key=lambda each: -len(each.route)):
        _add(made, service, operation)
    return made


def _add(made: APIRouter, service: Service, operation: Operation) -> None:
    method, _, path = operation.route.partition(" ")
    request_model: type[BaseModel] = attribute(operation.request)
    response_model: type[BaseModel] = attribute(operation.response)
    made.add_api_route(
        _IN_BRACES.sub(r"{\1:path}", path),
        _endpoint(service, operation, request_model, method),
        methods=[method],
        name=operation.name,
        operation_id=operation.name.replace(".", "_"),
        summary=operation.summary,
        description=request_model.__doc__,
        response_model=paged(response_model) if operation.pages else response_model,
        responses=answer_text(operation),
        tags=[operation.name.partition(".")[0]],
        dependencies=[Security(_BEARER)],
        openapi_extra=request_text(operation, request_model),
    )


def _endpoint(
    service: Service, operation: Operation, model: type[BaseModel], method: str
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if (refusal := forbidden(request, operation)) is not None:
            return refusal
        try:
            found = await fields(request, operation, model, method)
            page = Page(**{name: found.pop(name) for name in PARAMETERS if operation.pages and name in found})
            asked = model.model_validate(found, strict=False)
            if not operation.is_read_only:
                done = await run_in_threadpool(service.write, operation, asked, visitor(request).caller)
                headers = {"Cache-Control": "no-store"}
                return Response(done.model_dump_json(), media_type="application/json", headers=headers)
            kept = await _kept(service, operation, asked, page)
        except Exception as error:  # noqa: BLE001 - the outermost frame of an interface
            return told(error, request.url.path)
        return _answer(request, kept)

    return answer


async def _kept(service: Service, operation: Operation, asked: BaseModel, page: Page) -> Kept:
    board = service.boards.newest
    key = ("body", operation.name, asked.model_dump_json(), page.limit, page.cursor)

    def make() -> Kept:
        answer = service.read(board, operation, asked)
        body = cut(answer, operation.pages, page) if operation.pages else answer.model_dump_json().encode()
        return Kept(body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')

    if operation.is_live:
        return await run_in_threadpool(make)
    known: Kept | None = board.memory.known(key)
    if known is None:
        known = await run_in_threadpool(board.memory.recall, key, make)
    return known


def _answer(request: Request, kept: Kept) -> Response:
    headers = {"ETag": kept.etag, "Cache-Control": "no-cache"}
    if kept.etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(kept.body, media_type="application/json", headers=headers)
