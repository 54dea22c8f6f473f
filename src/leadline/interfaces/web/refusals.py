"""Pages for what cannot be shown: what failed, that nothing was changed, and how to go on."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import HTMLResponse

from leadline.errors import LeadlineError, NotFound
from leadline.interfaces.api.problems import status_of
from leadline.interfaces.web.visit import Visit

_DEFECT = "This is a defect of Leadline. Nothing was changed; its log says more, and the next turn may answer again."
_NOWHERE = "No page stands at this address."


def explained(visit: Visit, error: LeadlineError) -> HTMLResponse:
    """What Leadline can say about why."""
    title = "There is no such thing" if isinstance(error, NotFound) else "This cannot be shown"
    return visit.page("refusal", "", status_of(type(error)), title=title, told=str(error))


def unanswered(visit: Visit, code: HTTPStatus) -> HTMLResponse:
    """An address that nobody answers, or a defect."""
    told = _DEFECT if code >= HTTPStatus.INTERNAL_SERVER_ERROR else _NOWHERE
    return visit.page("refusal", "", code, title=code.phrase.capitalize(), told=told)
