"""Problem documents of a server, turned back into the errors that they were made from."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

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

_ERRORS: dict[int, type[RecordError]] = {
    HTTPStatus.UNAUTHORIZED: NotAllowed,
    HTTPStatus.FORBIDDEN: NotAllowed,
    HTTPStatus.MISDIRECTED_REQUEST: NotAllowed,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: RecordError,
    HTTPStatus.SERVICE_UNAVAILABLE: StoreUnavailable,
}


class _Mistake(BaseModel):
    model_config = ConfigDict(extra="ignore")

    file: str = "request"
    line: int = 0
    column: int = 0
    key: str = ""
    what: str
    value: str = ""
    hint: str = "see the documentation of the API"


class _ProblemDocument(BaseModel):
    model_config = ConfigDict(extra="ignore")

    detail: str
    problems: tuple[_Mistake, ...] = ()


def refusal(url: str, answer: httpx.Response) -> LeadlineError:
    """What a server has told, as the error that it was there."""
    told = _document(answer)
    if told is None:
        return SourceError(_foreign(url, answer), retryable=False)
    if told.problems:
        return SpecError(_problem(mistake) for mistake in told.problems)
    kind = _ERRORS.get(answer.status_code)
    if kind is not None:
        return kind(told.detail)
    status = _status(answer)
    if answer.is_client_error:
        return SpecError([Problem("request", 0, 0, "", told.detail, status, "compare the versions of both sides")])
    if answer.status_code == HTTPStatus.BAD_GATEWAY:
        return SourceError(told.detail, retryable=True)
    return SourceError(f"{url}: {status}: {told.detail}; its log tells more", retryable=False)


def _foreign(url: str, answer: httpx.Response) -> str:
    if answer.is_redirect:
        return f"{url}: leads on to {answer.headers.get('location')}; give that as --server"
    return f"{url}: answers {_status(answer)}, and not in the way of Leadline's API; check the address"


def _status(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.reason_phrase}".strip()


def _document(answer: httpx.Response) -> _ProblemDocument | None:
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return None
    try:
        return _ProblemDocument.model_validate_json(answer.content)
    except ValidationError:
        return None


def _problem(mistake: _Mistake) -> Problem:
    told: dict[str, Any] = mistake.model_dump()
    return Problem(**told)
