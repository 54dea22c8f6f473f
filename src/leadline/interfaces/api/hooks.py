"""
Hooks: the gate and the record of changes, in the words of programs that cannot be taught ours.

Each translates, lets the operation run, and translates back. GitHub signs what it sends and holds no token; all others
come with one. They stand outside OpenAPI, since others have written down what they send.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ValidationError

from leadline.domains.access.rules import is_signed
from leadline.errors import LeadlineError
from leadline.interfaces.api.access import GITHUB_HOOK, Door, forbidden, visitor
from leadline.interfaces.api.bodies import LARGEST_BODY, content, decoded
from leadline.interfaces.api.hook_bodies import (
    of_admission,
    of_cloud_event,
    of_flagger,
    of_github,
    review_of,
    reviewed,
)
from leadline.interfaces.api.problems import problem, told
from leadline.interfaces.api.service import Service
from leadline.ports.audit import Caller
from leadline.ports.operation import Operation, attribute

_Hook = Callable[[Request], Awaitable[Response]]


def router(service: Service, operations: Mapping[str, Operation], door: Door) -> APIRouter:
    """`/api/v1/hooks/…`."""
    made = APIRouter(prefix="/api/v1/hooks", include_in_schema=False)
    hooks = _Hooks(service, operations["gate.ask"], operations["gate.matrix"], operations["changes.record"], door)
    for name, hook in (
        ("flagger", hooks.flagger),
        ("kubernetes", hooks.kubernetes),
        ("cloudevents", hooks.cloud_event),
        (GITHUB_HOOK.rpartition("/")[2], hooks.github),
    ):
        made.add_api_route(f"/{name}", _explained(hook), methods=["POST"], name=f"hooks.{name}")
    return made


def _explained(hook: _Hook) -> _Hook:
    async def answer(request: Request) -> Response:
        try:
            return await hook(request)
        except Exception as error:  # noqa: BLE001 - the outermost frame of an interface
            return told(error, request.url.path)

    return answer


class _Hooks:
    def __init__(self, service: Service, gate: Operation, matrix: Operation, change: Operation, door: Door) -> None:
        self._service, self._gate, self._matrix, self._change, self._door = service, gate, matrix, change, door

    async def flagger(self, request: Request) -> Response:
        """200 lets the canary go on; anything else halts it, with the reason as Flagger's event."""
        if (refusal := forbidden(request, self._gate)) is not None:
            return refusal
        body = await _body(request)
        answer = await self._run(self._gate, of_flagger(body), visitor(request).caller)
        if answer.exit_code == 0:
            return JSONResponse(answer.model_dump(mode="json"))
        return problem(HTTPStatus.FORBIDDEN, _why(answer), exit_code=answer.exit_code)

    async def kubernetes(self, request: Request) -> Response:
        """Always 200, since only a review can say no; a rehearsal of the cluster is answered without a record."""
        if (refusal := forbidden(request, self._gate)) is not None:
            return refusal
        review = review_of(await _body(request))
        if review.get("operation") == "DELETE":
            return JSONResponse(reviewed(review["uid"], is_allowed=True))
        try:
            asked, caller = of_admission(review), visitor(request).caller
            if review.get("dryRun") is True:
                return JSONResponse(await self._rehearsed(review["uid"], asked))
            answer = await self._run(self._gate, asked, caller)
        except ValidationError as error:
            names = ", ".join(f"leadline/{detail['loc'][0]}" for detail in error.errors())
            return JSONResponse(reviewed(review["uid"], is_allowed=False, message=f"annotate the object: {names}"))
        except LeadlineError as error:
            return JSONResponse(reviewed(review["uid"], is_allowed=False, message=str(error)))
        is_allowed = answer.exit_code == 0
        message = "" if is_allowed else _why(answer)
        return JSONResponse(reviewed(review["uid"], is_allowed=is_allowed, message=message, warnings=answer.warnings))

    async def _rehearsed(self, uid: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        model = attribute(self._gate.request).model_validate(asked, strict=False)
        matrix = await self._read(self._matrix, {"service": model.service})
        found = [cell for cell in matrix.rows[0].cells if cell.change == model.change.lower().replace("-", "_")]
        if found and found[0].outcome == "allow":
            return reviewed(uid, is_allowed=True)
        why = found[0].reason if found else f"the policy does not know the kind {model.change}"
        return reviewed(uid, is_allowed=False, message=why)

    async def cloud_event(self, request: Request) -> Response:
        """The change as it was recorded."""
        if (refusal := forbidden(request, self._change)) is not None:
            return refusal
        headers = {name.lower(): text for name, text in request.headers.items()}
        change = of_cloud_event(headers, await _body(request))
        return JSONResponse((await self._run(self._change, change, visitor(request).caller)).model_dump(mode="json"))

    async def github(self, request: Request) -> Response:
        """The change as it was recorded; 202 for an event that is no change."""
        sent = await content(request, LARGEST_BODY, "GitHub sends less")
        if not is_signed(sent, request.headers.get("x-hub-signature-256", ""), self._door.github_secret):
            what = "the signature is not that of LEADLINE_GITHUB_SECRET; set the same secret at GitHub and here"
            return problem(HTTPStatus.UNAUTHORIZED, what, exit_code=4)
        event = request.headers.get("x-github-event", "")
        change = of_github(event, _object(sent), dict(request.query_params))
        if change is None:
            return JSONResponse({"ignored": event}, HTTPStatus.ACCEPTED)
        recorded = await self._run(self._change, change, Caller("github", "api"))
        return JSONResponse(recorded.model_dump(mode="json"))

    async def _run(self, operation: Operation, fields: Mapping[str, Any], caller: Caller) -> Any:
        model: type[BaseModel] = attribute(operation.request)
        asked = model.model_validate(fields, strict=False)
        return await run_in_threadpool(self._service.write, operation, asked, caller)

    async def _read(self, operation: Operation, fields: Mapping[str, Any]) -> Any:
        asked = attribute(operation.request).model_validate(fields, strict=False)
        return await run_in_threadpool(self._service.read, self._service.boards.newest, operation, asked)


async def _body(request: Request) -> Mapping[str, Any]:
    return _object(await content(request, LARGEST_BODY, f"{LARGEST_BODY >> 20} MiB at most is taken"))


def _object(sent: bytes) -> Mapping[str, Any]:
    found = decoded(sent)
    return found if isinstance(found, dict) else {}


def _why(answer: Any) -> str:
    reasons = "; ".join(reason.text for reason in answer.reasons if reason.outcome == answer.outcome)
    return f"{answer.outcome.value} (decision {answer.id}): {reasons}" + (f"; {answer.next}" if answer.next else "")
