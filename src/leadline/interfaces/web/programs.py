"""The page for those who write programs: every operation of the API, by what it is about."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse

from leadline.interfaces.web.visit import Visit


def show_api(visit: Visit) -> HTMLResponse:
    """The API's own text, as tables; an operation that it does not tell is not told here."""
    app = visit.request.app
    text = app.openapi()
    found = [
        _operation(method, path, told) for path, methods in text["paths"].items() for method, told in methods.items()
    ]
    tags = [
        (tag["name"], tag["description"], [each for each in found if each["tag"] == tag["name"]])
        for tag in text["tags"]
    ]
    shown = [each for each in tags if each[2]]
    return visit.page("api", "API", tags=shown, total=sum(len(each[2]) for each in shown), openapi=app.openapi_url)


def _operation(method: str, path: str, told: dict[str, Any]) -> dict[str, Any]:
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    wanted = body.get("required", ())
    in_body = [(name, name in wanted) for name in body.get("properties", {})]
    named = [(each["name"], each["required"]) for each in told.get("parameters", ())]
    return {
        "tag": next(iter(told.get("tags", ())), ""),
        "method": method.upper(),
        "path": path,
        "permission": told["x-permission"],
        "summary": told["summary"],
        "parameters": named + in_body,
    }
