"""
A connection to a server: an operation becomes a request, and the answer a model or the error that was told.

Leaves out numpy and the store, so that a command which asks a server starts fast.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from leadline import __version__
from leadline.domains import operations
from leadline.errors import Problem, SourceError, SpecError
from leadline.interfaces.client.refusals import refusal
from leadline.ports.operation import Operation, Where, attribute

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 600
"""A server may be asked to collect a month."""
_TRIES = 4
"""A turn may end between two pages of a list; then it is read anew."""


def _certificates(url: str) -> ssl.SSLContext:
    # They take longer to load than most servers take to answer.
    is_encrypted = url.lower().startswith("https:")
    return ssl.create_default_context() if is_encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Connection:
    """Asks one server; keeps its connection until it is closed."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._url = url.rstrip("/")
        self.operations: Mapping[str, Operation] = operations()
        """What a server can do, by name."""
        headers = {"User-Agent": f"leadline/{__version__}", "Accept": "application/json"}
        self._http = httpx.Client(
            headers=headers | ({"Authorization": f"Bearer {token}"} if token else {}),
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
            # Certificates take longer to load than most servers take to answer.
            verify=ssl.create_default_context()
            if url.startswith("https:")
            else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    def run(self, name: str, request: BaseModel) -> Any:
        """
        Let the server run an operation.

        Raises:
            SpecError: the operation cannot be run elsewhere, or the request is ill-written.
            LeadlineError: what the server has told.
            SourceError: no server answers there.
        """
        operation = self.operations[name]
        if operation.where is Where.LOCAL:
            what = f"{name} works on files of this machine, which a server cannot see"
            raise SpecError([Problem("--server", 0, 0, "", what, self._url, 'take it out, or give --server ""')])
        model: type[BaseModel] = attribute(operation.response)
        answer = self._answered(operation, request)
        if operation.pages is None:
            return self._read(name, model, answer)
        for _ in range(_TRIES):
            pages = [answer, *self._following(operation, request, answer)]
            if len({page.get("at") for page in pages}) == 1:
                field = operation.pages.field
                return self._read(name, model, {**answer, field: [each for page in pages for each in page[field]]})
            answer = self._answered(operation, request)
        raise SourceError(f"{self._url}: its list changed while it was read; try again", retryable=True)

    def _following(self, operation: Operation, request: BaseModel, page: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The pages after one; its cursor is taken out of each, since it is not part of the answer."""
        while (cursor := page.pop("next", None)) is not None:
            page = self._answered(operation, request, cursor=cursor)
            yield page

    def _read(self, name: str, model: type[BaseModel], answer: dict[str, Any]) -> Any:
        try:
            return model.model_validate(answer, strict=False)
        except ValidationError as error:
            raise self._unknown(name) from error

    def _unknown(self, name: str) -> SourceError:
        return SourceError(
            f"{self._url}: its answer is not what leadline {__version__} knows as {name}; "
            "is it a Leadline of the same version?",
            retryable=False,
        )

    def _answered(self, operation: Operation, request: BaseModel, **more: str) -> dict[str, Any]:
        answer = self._sent(operation, request, more)
        if not answer.is_success:
            raise refusal(self._url, answer)
        try:
            found = answer.json()
        except ValueError as error:
            raise self._unknown(operation.name) from error
        if not isinstance(found, dict):
            raise self._unknown(operation.name)
        return found

    def _sent(self, operation: Operation, request: BaseModel, more: Mapping[str, str]) -> httpx.Response:
        method, _, path = operation.route.partition(" ")
        fields = request.model_dump(mode="json", exclude_none=True, exclude={"content"} if operation.body else None)
        for name in [name for name in fields if f"{{{name}}}" in path]:
            path = path.replace(f"{{{name}}}", quote(str(fields.pop(name)), safe=""))
        url = f"{self._url}/api/v1{path}"
        try:
            if method == "GET":
                return self._http.request(method, url, params={**fields, **more})
            if operation.body:
                headers, content = {"Content-Type": operation.body}, request.model_dump()["content"]
                return self._http.request(method, url, params=fields, content=content, headers=headers)
            return self._http.request(method, url, json=fields)
        except httpx.TimeoutException as error:
            raise SourceError(f"{self._url}: no answer in time", retryable=True) from error
        except httpx.HTTPError as error:
            raise SourceError(
                f"{self._url}: cannot be reached ({error}); does `leadline up` run there?", retryable=True
            ) from error

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
