"""One request for a page: what it asks, the board it is answered from, and the frame around the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from leadline.domains import operations
from leadline.domains.budgets.overview_model import NeedKind, Needs, ShowNeeds
from leadline.engine.board import Board
from leadline.errors import LeadlineError
from leadline.interfaces.api.access import signed_in
from leadline.interfaces.api.service import Service
from leadline.interfaces.web.asking import RANGES, ZONES, Asked, asked
from leadline.interfaces.web.notices import notices
from leadline.interfaces.web.rendering import page

THEMES = ("", "light", "dark")


@dataclass(frozen=True)
class Visit:
    """What a page has at hand; everything it shows belongs to this one board."""

    request: Request
    service: Service
    board: Board

    @staticmethod
    def of(request: Request, service: Service) -> Visit:
        return Visit(request, service, service.boards.newest)

    @cached_property
    def asked(self) -> Asked:
        """The controls, as they stand in the address."""
        return asked(self.request, self.board.now)

    def name(self) -> str:
        """The name in the path."""
        return str(self.request.path_params["name"])

    def read(self, operation: str, request: BaseModel) -> Any:
        """The answer of an operation as of the board's turn."""
        return self.service.read(self.board, operations()[operation], request)

    def page(self, template: str, section: str, code: HTTPStatus = HTTPStatus.OK, **figures: Any) -> HTMLResponse:
        """The answer in its frame; `section` names the link of the rail that is current."""
        return page(template, code, **self._frame(section), **figures)

    def _frame(self, section: str) -> dict[str, Any]:
        theme = self.request.cookies.get("theme", "")
        now = self.service.now()
        return {
            "section": section,
            "board": self.board,
            "asked": self.asked,
            "ranges": RANGES,
            "zones": sorted({*ZONES, self.board.handbook.zone, self.asked.zone.key}),
            "theme": theme if theme in THEMES else "",
            "here": self.request.url.path + (f"?{self.request.url.query}" if self.request.url.query else ""),
            "path": self.request.url.path,
            "who": signed_in(self.request),
            "now": now,
            "notices": notices(self.board, self.asked, now, self._needs),
            "alarms": [need for need in self._needs.needs if need.kind is NeedKind.BURNING] if self._needs else [],
        }

    @cached_property
    def _needs(self) -> Needs | None:
        """What the frame tells of everything; None where that cannot be told, which the page itself says."""
        try:
            return self.read("needs.list", ShowNeeds(at=self.asked.at))  # type: ignore[no-any-return] # of the operation
        except LeadlineError:
            return None


Page = Callable[[Visit], HTMLResponse]
"""What answers one visit."""
