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
from typing import Any

from fastapi import APIRouter, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ValidationError

from leadline.engine.board import Board
from leadline.errors import LeadlineError
from leadline.interfaces.api.access import forbidden, visitor
from leadline.interfaces.api.bodies import Unreadable, fields
from leadline.interfaces.api.problems import explained, problem, refused
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
        response_model=response_model,
        tags=[operation.name.partition(".")[0]],
        dependencies=[Security(_BEARER)],
        openapi_extra=_described(operation, request_model, method, path),
    )


def _endpoint(
    service: Service, operation: Operation, model: type[BaseModel], method: str
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if (refusal := forbidden(request, operation)) is not None:
            return refusal
        try:
            asked = model.model_validate(await fields(request, operation, model, method), strict=False)
        except ValidationError as error:
            return refused(error)
        except Unreadable as error:
            return problem(error.status, str(error))
        try:
            if not operation.is_read_only:
                done = await run_in_threadpool(service.write, operation, asked, visitor(request).caller)
                headers = {"Cache-Control": "no-store"}
                return Response(done.model_dump_json(), media_type="application/json", headers=headers)
            board = service.boards.newest
            key = (operation.name, asked.model_dump_json())
            kept = board.memory.known(("body", *key)) or await run_in_threadpool(
                _kept, service, board, operation, asked
            )
        except LeadlineError as error:
            return explained(error)
        return _answer(request, kept)

    return answer


def _kept(service: Service, board: Board, operation: Operation, asked: BaseModel) -> Kept:
    key = (operation.name, asked.model_dump_json())

    def make() -> Kept:
        body = service.read(board, operation, asked).model_dump_json().encode()
        return Kept(body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')

    return board.memory.recall(("body", *key), make)


def _answer(request: Request, kept: Kept) -> Response:
    headers = {"ETag": kept.etag, "Cache-Control": "no-cache"}
    if kept.etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(kept.body, media_type="application/json", headers=headers)


def _described(operation: Operation, model: type[BaseModel], method: str, path: str) -> dict[str, Any]:
    """What OpenAPI says of the request: parameters of the path and query, or the body."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    in_path = set(_IN_BRACES.findall(path))
    wanted = set(schema.get("required", ()))
    parameters = (
        [
            {
                "name": name,
                "in": "path" if name in in_path else "query",
                "required": name in in_path or name in wanted,
                "schema": each,
                **({"description": each["description"]} if "description" in each else {}),
            }
            for name, each in schema["properties"].items()
            if name in in_path or method in {"GET", "DELETE"}
        ]
        if "properties" in schema
        else []
    )
    extra: dict[str, Any] = {"parameters": parameters, "x-permission": operation.permission.value}
    if method not in {"GET", "DELETE"}:
        rest = {name: each for name, each in schema.get("properties", {}).items() if name not in in_path}
        body = {**schema, "properties": rest, "required": sorted(wanted - in_path)}
        extra["requestBody"] = {"required": bool(wanted - in_path), "content": {"application/json": {"schema": body}}}
    return extra
