"""Which page stands at which address, and what becomes of those that cannot be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from importlib.resources import files
from urllib.parse import parse_qs

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from leadline.domains.access.rules import own_path
from leadline.errors import LeadlineError
from leadline.interfaces.api.service import Service
from leadline.interfaces.web import alerts, deliveries, objective, overview, owners, programs, refusals, releases
from leadline.interfaces.web.visit import THEMES, Page, Visit

PAGES: Mapping[str, Page] = {
    "/": overview.show,
    "/slos": overview.show_objectives,
    "/services": owners.show_services,
    "/services/{name}": owners.show_service,
    "/teams": owners.show_teams,
    "/teams/{name}": owners.show_team,
    "/search": owners.search,
    "/alerts": alerts.show,
    "/gate": releases.show,
    "/gate/decisions/{name}": releases.show_decision,
    "/notifications": deliveries.show,
    "/api": programs.show_api,
    "/slos/{name:path}": objective.show,
}
"""Every page; a name in braces is `Visit.name()`."""
_YEAR_SECONDS = 365 * 86_400


def add_pages(app: FastAPI, service: Service) -> None:
    """Pages and their assets."""
    app.mount("/static", StaticFiles(directory=str(files("leadline.interfaces.web") / "static")), name="static")
    made = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    for path, show in PAGES.items():
        made.add_api_route(path, _endpoint(service, show), methods=["GET", "HEAD"], response_model=None)
    made.add_api_route("/theme", _set_theme, methods=["POST"], response_model=None)
    app.include_router(made)
    app.state.refused = lambda request, code: refusals.unanswered(Visit.of(request, service), code)


def _endpoint(service: Service, show: Page) -> Callable[[Request], HTMLResponse]:
    def answer(request: Request) -> HTMLResponse:
        visit = Visit.of(request, service)
        try:
            return show(visit)
        except LeadlineError as error:
            return refusals.explained(visit, error)
        except Exception:  # noqa: BLE001 - the outermost frame of an interface; it is logged, and told
            structlog.get_logger("leadline.web").exception("page failed by a defect", path=request.url.path)
            return refusals.unanswered(visit, HTTPStatus.INTERNAL_SERVER_ERROR)

    return answer


def is_for_people(request: Request) -> bool:
    """Whether whoever asks reads pages, so that an error should be one."""
    is_program = request.url.path.startswith(("/api/", "/static/"))
    return not is_program and "text/html" in request.headers.get("accept", "")


async def _set_theme(request: Request) -> Response:
    """Remember the theme, and go back to where the form stood."""
    form = parse_qs((await request.body()).decode(errors="replace"))
    theme, back = form.get("theme", [""])[-1], form.get("back", ["/"])[-1]
    answer = RedirectResponse(own_path(back), HTTPStatus.SEE_OTHER)
    if theme in THEMES[1:]:
        answer.set_cookie("theme", theme, max_age=_YEAR_SECONDS, samesite="lax", httponly=True)
    else:
        answer.delete_cookie("theme", samesite="lax", httponly=True)
    return answer
