"""Errors as `application/problem+json` (RFC 9457): by who must act, with every mistake and its place."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import ValidationError

from leadline.errors import (
    LeadlineError,
    NotAllowed,
    NotFound,
    Problem,
    RecordError,
    SourceError,
    SpecError,
    StoreUnavailable,
)

MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[LeadlineError], HTTPStatus], ...] = (
    (SpecError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (SourceError, HTTPStatus.BAD_GATEWAY),
    (NotFound, HTTPStatus.NOT_FOUND),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (StoreUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (RecordError, HTTPStatus.CONFLICT),
)
"""The first that fits."""


def problem(status: HTTPStatus, detail: str, **more: Any) -> JSONResponse:
    """One problem document."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **more}
    return JSONResponse(body, status, media_type=MEDIA_TYPE)


def status_of(kind: type[LeadlineError]) -> HTTPStatus:
    """The status that tells who must act, of a kind of error."""
    return next((status for of, status in _STATUS if issubclass(kind, of)), HTTPStatus.INTERNAL_SERVER_ERROR)


def explained(error: LeadlineError) -> JSONResponse:
    """What Leadline can explain, with the exit code that the command line would end with."""
    more: dict[str, Any] = {"exit_code": error.exit_code}
    if isinstance(error, SpecError):
        more["problems"] = [_mistake(mistake) for mistake in error.problems]
    return problem(status_of(type(error)), str(error), **more)


def refused(error: ValidationError) -> JSONResponse:
    """A request that is not what the operation takes: every field that is wrong."""
    mistakes = [
        {
            "key": ".".join(str(part) for part in detail["loc"]),
            "what": detail["msg"],
            "value": str(detail["input"])[:80],
        }
        for detail in error.errors(include_url=False, include_context=False)
    ]
    said = "; ".join(f"{mistake['key']}: {mistake['what'].lower()}, read {mistake['value']}" for mistake in mistakes)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, said, exit_code=SpecError.exit_code, problems=mistakes)


def _mistake(mistake: Problem) -> Mapping[str, str | int]:
    return {
        "file": mistake.file,
        "line": mistake.line,
        "column": mistake.column,
        "key": mistake.key,
        "what": mistake.what,
        "value": mistake.value,
        "hint": mistake.hint,
    }
