"""The HTTP application, put together: API, health, metrics, pages."""

from __future__ import annotations

import threading
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from leadline import __version__
from leadline.domains import operations
from leadline.interfaces.api import events, health, hooks, metrics, routes
from leadline.interfaces.api.access import Access, Door
from leadline.interfaces.api.describing import describe
from leadline.interfaces.api.problems import problem, told
from leadline.interfaces.api.service import Service
from leadline.interfaces.web import login
from leadline.interfaces.web.pages import add_pages, is_for_people
from leadline.ports.operation import Where


def application(service: Service, door: Door) -> FastAPI:
    """Everything that a server answers."""
    app = FastAPI(
        title="Leadline",
        version=__version__,
        description="Error budgets, and what follows from them. Answers without `at` belong to the last turn.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    known = operations()
    app.state.stopping = threading.Event()
    app.include_router(hooks.router(service, known, door))
    app.include_router(routes.router(service, known))
    app.include_router(events.router(service))
    app.include_router(health.router(service))
    app.include_router(metrics.router(service))
    add_pages(app, service)
    app.include_router(login.router(door))
    app.add_middleware(Access, door=door)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(Exception, _defect)
    describe(app, [each for each in known.values() if each.where is Where.SERVER and each.route])
    return app


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    if is_for_people(request):
        return await run_in_threadpool(request.app.state.refused, request, HTTPStatus(error.status_code))
    detail = f"{request.method} {request.url.path}: {error.detail}; {request.app.openapi_url} lists what there is"
    answer = problem(HTTPStatus(error.status_code), detail)
    answer.headers.update(error.headers or {})
    return answer


async def _defect(request: Request, error: Exception) -> Response:
    return told(error, request.url.path)
