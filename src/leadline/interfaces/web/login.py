"""
The page that takes a token, and the way out.

The cookie is the token itself: whatever else it were, the server would have to remember it, and would forget it when it
is started again or when another server answers. No script reads it, no other site sends it, and a token that is revoked
or has expired opens nothing from a cookie either.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from leadline.domains.access import rules
from leadline.interfaces.api.access import COOKIE, Door
from leadline.interfaces.web.rendering import page
from leadline.ports.tokens import Token

_LARGEST_FORM_BYTES = 4096


def router(door: Door) -> APIRouter:
    """`/login` and `/logout`."""
    made = APIRouter(include_in_schema=False)

    @made.get("/login", response_model=None)
    async def ask(request: Request) -> Response:
        following = rules.own_path(request.query_params.get("next", "/"))
        if hasattr(request.state, "visitor"):
            return RedirectResponse(following, HTTPStatus.SEE_OTHER)
        # From another site's link no cookie comes along; asked for by this page, it does.
        is_from_elsewhere = request.headers.get("sec-fetch-site") == "cross-site"
        again = f"/login?next={quote(following, safe='')}" if is_from_elsewhere else ""
        return _form(following, again=again)

    @made.post("/login", response_model=None)
    async def let_in(request: Request) -> Response:
        form = await _fields(request)
        following, token = rules.own_path(form.get("next", "/")), form.get("token", "").strip()
        found = await run_in_threadpool(door.recognised, token)
        if not isinstance(found, Token):
            return _form(following, found.why, HTTPStatus.UNAUTHORIZED)
        answer = RedirectResponse(following, HTTPStatus.SEE_OTHER)
        is_encrypted = request.url.scheme == "https" or door.public_url.startswith("https:")
        seconds = found.expires_at - int(door.now().timestamp())
        answer.set_cookie(COOKIE, token, max_age=seconds, secure=is_encrypted, httponly=True, samesite="strict")
        return answer

    @made.post("/logout", response_model=None)
    async def let_out() -> Response:
        answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    return made


async def _fields(request: Request) -> dict[str, str]:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_FORM_BYTES:
            return {}
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _form(following: str, why: str = "", code: HTTPStatus = HTTPStatus.OK, again: str = "") -> HTMLResponse:
    return page("login", code, following=following, why=why, again=again)
