"""Errors as `application/problem+json` (RFC 9457): by who must act, with every mistake and its place."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError

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


class Mistake(BaseModel):
    """One mistake, with its place; what has no place in a file tells none."""

    file: str = ""
    line: int = 0
    column: int = 0
    key: str
    """The field, such as `spec.target`; empty where there is none."""
    what: str
    value: str
    """As it was read, shortened."""
    hint: str = ""
    """The way out."""


class ProblemDocument(BaseModel):
    """Why there is no answer."""

    type: str
    title: str
    status: int
    detail: str
    exit_code: int | None = None
    """What the command line would end with."""
    problems: list[Mistake] | None = None
    """Every mistake, where something is ill-written."""
    needed: str | None = None
    """The role that is wanted, where the token's does not suffice."""
    role: str | None = None
    id: str | None = None
    """Of a defect; it stands in the server's log."""


class Unreadable(Exception):
    """A request that cannot be understood, or is more than is taken at once; with the status to answer."""

    def __init__(self, status: HTTPStatus, what: str) -> None:
        self.status = status
        super().__init__(what)


def problem(status: HTTPStatus, detail: str, **more: Any) -> Response:
    """One problem document; ASCII alone, since what was sent need not be text that can be told again."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **more}
    return Response(json.dumps(body), status, media_type=MEDIA_TYPE)


def told(error: Exception, path: str) -> Response:
    """Whatever kept an operation from its answer; a defect is logged under an id, and tells no more than that."""
    if isinstance(error, LeadlineError):
        return explained(error)
    if isinstance(error, ValidationError):
        return refused(error)
    if isinstance(error, Unreadable):
        return problem(error.status, str(error), exit_code=SpecError.exit_code)
    number = secrets.token_hex(6)
    structlog.get_logger("leadline.api").error("defect", id=number, path=path, exc_info=error)
    detail = f"this is a defect of Leadline; the server's log tells more under {number}, please report it"
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, exit_code=LeadlineError.exit_code, id=number)


def status_of(kind: type[LeadlineError]) -> HTTPStatus:
    """The status that tells who must act, of a kind of error."""
    return next((status for of, status in _STATUS if issubclass(kind, of)), HTTPStatus.INTERNAL_SERVER_ERROR)


def explained(error: LeadlineError) -> Response:
    """What Leadline can explain, with the exit code that the command line would end with."""
    more: dict[str, Any] = {"exit_code": error.exit_code}
    if isinstance(error, SpecError):
        more["problems"] = [_mistake(mistake) for mistake in error.problems]
    return problem(status_of(type(error)), str(error), **more)


def refused(error: ValidationError) -> Response:
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
