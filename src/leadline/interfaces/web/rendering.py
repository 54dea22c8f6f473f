"""Templates to answers: one environment, one policy of what a page may load."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from leadline.adapters.charts import rows
from leadline.adapters.charts import words as numbers
from leadline.adapters.charts.parts import NARROW
from leadline.interfaces.web import notices, phrases, words
from leadline.interfaces.web.asking import at_same

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of every page: own styles and scripts, nothing inline, nothing from another host."""

RAIL = (
    ("Now", (("Overview", "/"), ("Alerts", "/alerts"), ("Gate", "/gate"), ("Notifications", "/notifications"))),
    ("Promise", (("Objectives", "/slos"), ("Services", "/services"), ("Teams", "/teams"))),
)
"""Groups of the rail, and the address behind each word; nothing that is not there yet."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Of every page, errors too."""


@cache
def environment() -> Environment:
    """Templates escape what they are given, and fail on what they are not given."""
    made = Environment(
        loader=FileSystemLoader(str(files("leadline.interfaces.web") / "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        pct=numbers.percent, burn=numbers.times, count=words.count, span=words.span, stamp=words.stamp, ago=words.ago,
        counted=words.counted, days=words.days, seconds=words.seconds, short_name=phrases.short_name,
        promised=phrases.target, measured=phrases.measured, without_budget=phrases.without_budget,
        course=phrases.course, call=phrases.call, window=phrases.window, at_same=at_same,
    )  # fmt: skip
    made.globals.update(bar=rows.budget_bar, spark=rows.spark, sli=numbers.sli, target=numbers.target, NN=NARROW)
    made.filters["zip"] = zip
    made.globals.update(rail=RAIL, is_stale=notices.is_stale, late_sources=notices.late_sources)
    return made


def page(template: str, code: HTTPStatus = HTTPStatus.OK, **figures: Any) -> HTMLResponse:
    """One page."""
    text = environment().get_template(f"{template}.html.j2").render(**figures)
    return HTMLResponse(text, code, headers=HEADERS)
