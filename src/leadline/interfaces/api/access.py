"""
Who comes in: every request passes here before anything answers it.

A server at a loopback address that never made a token lets everybody in who is on its machine, and then only under a
name of this machine, since a page elsewhere could have its own name rebound to it. Otherwise a token is wanted, as
`Authorization: Bearer` or as the cookie of the page `/login`. A browser that another site's page makes write is sent
away, whatever it holds. The decisions are in `domains.access.rules`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from leadline.domains.access import rules
from leadline.errors import LeadlineError, NotAllowed, StoreUnavailable
from leadline.interfaces.api.problems import explained, problem
from leadline.ports.audit import Caller
from leadline.ports.operation import Operation, Permission
from leadline.ports.tokens import Token, Tokens

COOKIE = "leadline_token"
_HEALTH = frozenset({"/healthz", "/readyz"})
"""For those who watch the server: they come under any name and hold nothing."""
_DOORSTEP = frozenset({"GET /login", "POST /login", "POST /logout"})
"""What somebody may ask who is not in yet, beside what the page is drawn with."""
GITHUB_HOOK = "/api/v1/hooks/github"
"""Comes without a token, and is signed; a server that was told no secret lets nothing in there."""
_FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is in, and what they may."""

    caller: Caller
    role: Permission


LOCAL = Visitor(Caller("local", "api"), Permission.ADMIN)
"""Anybody on this machine, where no token was ever made."""


class KnownTokens:
    """The tokens of the store, read again after a second, so that one that was revoked elsewhere opens nothing."""

    def __init__(self, tokens: Tokens, clock: Callable[[], float] = time.monotonic) -> None:
        self._tokens, self._clock = tokens, clock
        self._reading = threading.Lock()
        self._known: Sequence[Token] | None = None
        self._read_at = 0.0

    @property
    def is_fresh(self) -> bool:
        return self._known is not None and self._clock() - self._read_at < _FRESH_SECONDS

    def every(self) -> Sequence[Token]:
        """
        All tokens; those known last while the store does not answer.

        Raises:
            StoreUnavailable: it has not answered yet.
        """
        with self._reading:
            if not self.is_fresh:
                try:
                    self._known = self._tokens.every()
                except StoreUnavailable:
                    if self._known is None:
                        raise
                self._read_at = self._clock()
            return self._known or ()


@dataclass(frozen=True, slots=True)
class Door:
    """What decides who comes in."""

    known: KnownTokens
    now: Callable[[], datetime]
    host: str
    """The address that the server listens on."""
    public_url: str = ""
    """How users reach it, where that is through a proxy."""
    github_secret: str = field(default="", repr=False)
    """By which GitHub signs what it sends."""

    def wants_token(self) -> bool:
        """Once a token was made, also at a loopback address, and whatever became of the token."""
        return not rules.is_loopback(self.host) or bool(self.known.every())

    def recognised(self, presented: str) -> Token | rules.Refused:
        return rules.recognised(presented, self.known.every(), int(self.now().timestamp()))


class Access:
    """Middleware that turns a request into one of a known visitor, or away."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _HEALTH:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            # Reading the store may wait; what was read a moment ago need not.
            is_fresh = self._door.known.is_fresh
            answer = self._answer(request) if is_fresh else await run_in_threadpool(self._answer, request)
        except LeadlineError as error:
            answer = explained(error)
        await (answer or self._app)(scope, receive, send)

    def _answer(self, request: Request) -> Response | None:
        """The answer to one who does not come in; None for one who does."""
        door, headers = self._door, request.headers
        if request.url.path == GITHUB_HOOK and request.method == "POST" and door.github_secret:
            return None
        host, wants_token = headers.get("host", ""), door.wants_token()
        if not wants_token and not rules.is_expected(host, door.public_url):
            what = f"this server is not known as {host[:80]}; ask for localhost, or start it with --public-url"
            return problem(HTTPStatus.MISDIRECTED_REQUEST, what, exit_code=NotAllowed.exit_code)
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if rules.is_cross_site(request.method, site, origin, host, door.public_url):
            what = "a page of another site may not write here; behind a proxy, start the server with --public-url"
            return problem(HTTPStatus.FORBIDDEN, what, exit_code=NotAllowed.exit_code)
        if not wants_token:
            request.state.visitor = LOCAL
            return None
        found = door.recognised(presented(request))
        if isinstance(found, Token):
            via = "api" if "authorization" in headers else "pages"
            request.state.visitor = Visitor(Caller(found.name, via, found.id), found.role)
            return None
        path = request.url.path
        is_at_the_door = f"{request.method} {path}" in _DOORSTEP or path.startswith("/static/")
        return None if is_at_the_door else _turned_away(request, found)


def presented(request: Request) -> str:
    """The token that comes with a request; empty when none does."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")


def _turned_away(request: Request, refused: rules.Refused) -> Response:
    is_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if is_page and not request.url.path.startswith("/api/"):
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(wanted, safe='')}", HTTPStatus.SEE_OTHER)
    why = refused.why if presented(request) else "none came with the request"
    answer = problem(
        HTTPStatus.UNAUTHORIZED,
        f"{request.method} {request.url.path} needs a token, and {why}; "
        "send Authorization: Bearer ll_…, which `leadline token create` makes",
        exit_code=NotAllowed.exit_code,
        needed=Permission.VIEWER.value,
    )
    answer.headers["WWW-Authenticate"] = 'Bearer realm="leadline"'
    return answer


def visitor(request: Request) -> Visitor:
    """Who asks; for what is answered after `Access`."""
    found: Visitor = request.state.visitor
    return found


def signed_in(request: Request) -> str:
    """Whose token let this visitor in; empty where none was needed."""
    caller = visitor(request).caller
    return caller.name if caller.token_id else ""


def forbidden(request: Request, operation: Operation) -> Response | None:
    """The answer to one whose role does not permit an operation; None for one who may."""
    who = visitor(request)
    if who.role.includes(operation.permission):
        return None
    return problem(
        HTTPStatus.FORBIDDEN,
        f"{operation.name} needs the role {operation.permission.value}, and {who.caller.name} is a {who.role.value}",
        exit_code=NotAllowed.exit_code,
        needed=operation.permission.value,
        role=who.role.value,
    )
