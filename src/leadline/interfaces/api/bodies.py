"""What a request carries, as fields of the operation's request: from its path, query, headers and body."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, get_origin

from fastapi import Request
from pydantic import BaseModel

from leadline.interfaces.api.problems import Unreadable
from leadline.ports.operation import Operation

LARGEST_BODY = 1 << 20
LARGEST_PUSH = 16 << 20
"""Bytes; some 150,000 slices."""
WRITER_HEADER = "Leadline-Writer"


async def fields(request: Request, operation: Operation, model: type[BaseModel], method: str) -> dict[str, Any]:
    """
    Fields of the request model.

    Raises:
        Unreadable: the body is not what is taken.
    """
    in_path: dict[str, Any] = dict(request.path_params)
    if operation.body:
        named = {"writer": request.headers[WRITER_HEADER]} if WRITER_HEADER in request.headers else {}
        sent = await content(request, LARGEST_PUSH, f"send fewer slices at once, {LARGEST_PUSH >> 20} MiB at most")
        return named | _queried(request, model) | in_path | {"content": _lines(request, sent)}
    if method == "GET":
        return _queried(request, model) | in_path
    sent = await content(request, LARGEST_BODY, f"{LARGEST_BODY >> 20} MiB at most is taken")
    body = decoded(sent) if sent.strip() else {}
    if not isinstance(body, dict):
        raise Unreadable(HTTPStatus.BAD_REQUEST, "the body is not a JSON object; write one field for each parameter")
    return body | in_path


def _queried(request: Request, model: type[BaseModel]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in dict.fromkeys(request.query_params):
        values = request.query_params.getlist(name)
        field = model.model_fields.get(name)
        is_many = field is not None and get_origin(field.annotation) in {tuple, list}
        found[name] = values if is_many else values[-1]
    return found


async def content(request: Request, limit: int, way_out: str) -> bytes:
    """The body, of which no more is held than the limit."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > limit:
            raise Unreadable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is too large; {way_out}")
    return bytes(read)


def _lines(request: Request, content: bytes) -> bytes:
    """Lines of JSON as they came, or made from one slice or an array of them."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return content
    read = decoded(content)
    return b"\n".join(json.dumps(each).encode() for each in (read if isinstance(read, list) else [read]))


def decoded(content: bytes) -> Any:
    """
    The value of a body.

    Raises:
        Unreadable: it is not JSON.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {error}") from error
