"""Reference of the HTTP interface, from the OpenAPI document that a server answers with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, cast

from leadline.domains import operations
from leadline.engine.board import Board, Boards
from leadline.handbook.specs import Handbook
from leadline.interfaces.api.access import Door
from leadline.interfaces.api.application import application
from leadline.interfaces.api.service import Service
from leadline.ports.message import Message
from leadline.ports.operation import Operation, attribute
from website.markdown import anchor, code, fenced, page, plain, table
from website.schemas import field_meanings, keys_table, limits_of, models_below, object_part, type_of

_METHODS = ("get", "post", "put", "patch", "delete")
_NEVER = datetime.fromtimestamp(0, UTC)
SHAPES = "api-shapes.md"
_LONG = 15
"""Lines of an example that a reader passes without being stopped."""


@cache
def openapi() -> dict[str, Any]:
    """The document itself; no server runs and no handbook is read for it."""
    board = Board(0, _NEVER, Handbook.empty("handbook"))
    return application(Service(cast("Any", None), Boards(board), lambda: _NEVER), cast("Door", None)).openapi()


@cache
def _shapes() -> Mapping[str, Any]:
    return openapi().get("components", {}).get("schemas", {})  # type: ignore[no-any-return] # JSON


def _link(to: str) -> Callable[[str], str]:
    """Leads to a shape; a name that the document does not describe stays a word."""
    return lambda name: f"[{name}]({to}#{anchor(name)})" if name in _shapes() else name


def described() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Method, path and description of each route, in the order in which they are declared."""
    for path, methods in openapi()["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield method.upper(), path, methods[method]


def api_page() -> str:
    """Every route, with what it takes and answers."""
    parts = [_part(*route) for route in described()]
    rows = (
        (f"[{code(f'{method} {path}')}](#{_place(method, path)})", plain(about["summary"]), _permission(about))
        for method, path, about in described()
    )
    return page(
        "# HTTP API",
        "A server, `leadline up`, answers under `/api/v1`. It tells the same as OpenAPI under "
        "`/api/v1/openapi.json`; that document as of this version: "
        '<a href="../openapi.json">openapi.json</a>. Objects in requests and answers are described under '
        f"[shapes]({SHAPES}).",
        "An error is `application/problem+json`, with the exit code that the command line would end with; which "
        "status stands for what is told under [exit codes and errors](outcomes.md).",
        table(("route", "does", "needs"), rows),
        *parts,
    )


def operations_page() -> str:
    """Every use case by name, and where it can be run."""
    return page(
        "# Operations",
        "Each thing that Leadline does is declared once, as an operation: what it takes, what it answers, and who "
        "may. The routes of the [HTTP API](api.md) derive from the declarations. One without a route works on files "
        "of the machine it runs on, or has no route yet.",
        table(
            ("operation", "does", "needs", "route"),
            (
                (code(each.name), plain(each.summary), each.permission.value, _route(each))
                for each in operations().values()
            ),
        ),
    )


def _route(operation: Operation) -> str:
    method, _, path = operation.route.partition(" ")
    whole = f"/api/v1{path}".replace(":path}", "}")
    return f"[{code(f'{method} {whole}')}](api.md#{_place(method, whole)})" if path else f"none ({operation.where})"


def shapes_page() -> str:
    """Every object that requests and answers hold."""
    models = models_below(Message) | {
        model.__name__: model
        for operation in operations().values()
        for model in (attribute(operation.request), attribute(operation.response))
    }
    return page(
        "# Shapes of the API",
        "Objects in requests and answers of the [HTTP API](api.md), and in what commands print with `--json`. Keys in "
        "bold are always there, or must be. A number is null only when it has no value; the reason stands beside.",
        *(
            object_part(name, schema, _link(""), models.get(name))
            for name, schema in sorted(_shapes().items(), key=lambda each: each[0].lower())
        ),
    )


def _place(method: str, path: str) -> str:
    return anchor(f"{method} {path}")


def _permission(about: Mapping[str, Any]) -> str:
    return str(about.get("x-permission", "viewer"))


def _part(method: str, path: str, about: Mapping[str, Any]) -> str:
    link, meanings = _link(SHAPES), _meanings(about)
    needs = f"Needs the role `{_permission(about)}`." if "x-permission" in about else ""
    return page(
        f"## {method} {path}",
        f"{_told(about)} {needs}",
        _parameters(about, link, meanings),
        body_part("Body", about.get("requestBody", {}), meanings),
        *(
            body_part(f"Answer {status}", answer)
            for status, answer in about.get("responses", {}).items()
            if status.startswith("2")
        ),
    )


def _told(about: Mapping[str, Any]) -> str:
    """The summary, and the description where it does not begin in the same way."""
    summary, description = about["summary"], about.get("description", "")
    goes_on = description.startswith(summary.rstrip("."))
    return plain(description if goes_on else f"{summary} {description}")


def _meanings(about: Mapping[str, Any]) -> dict[str, str]:
    """What the code says of each field that the route takes."""
    declared = {each.name.replace(".", "_"): each for each in operations().values()}
    operation = declared.get(about.get("operationId", ""))
    return field_meanings(attribute(operation.request)) if operation else {}


def _parameters(about: Mapping[str, Any], link: Callable[[str], str], meanings: Mapping[str, str]) -> str:
    rows = []
    for each in about.get("parameters", ()):
        schema = each["schema"]
        meaning = plain(each.get("description", "") or meanings.get(each["name"], ""))
        said = [meaning.rstrip("."), limits_of(schema)]
        shown = each.get("example", next(iter(schema.get("examples", ())), None))
        if shown is not None:
            said.append(f"such as {code(str(shown))}")
        name = f"**{code(each['name'])}**" if each.get("required") else code(each["name"])
        rows.append((name, each["in"], type_of(schema, link), "; ".join(part for part in said if part)))
    return table(("parameter", "in", "type", "meaning"), rows)


def body_part(
    title: str,
    holder: Mapping[str, Any],
    meanings: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """What a request or an answer holds, with its examples; nothing where it holds nothing."""
    link = _link(SHAPES)
    parts = []
    for media, content in holder.get("content", {}).items():
        schema = content.get("schema", {})
        if "properties" in schema:
            parts.append(page(f"**{title}**, {code(media)}:", keys_table(schema, link, meanings)))
        elif schema:
            parts.append(f"**{title}**, {code(media)}: {type_of(schema, link)}")
        parts += [_shown(example) for example in _examples(content, schema)]
    return page(*parts) if parts else ""


def _shown(example: Any) -> str:
    """A short example as it is, a long one to be opened."""
    text = example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
    block = fenced("json", text)
    if text.count("\n") < _LONG:
        return block
    return page("<details><summary>An example</summary>", block, "</details>")


def _examples(content: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Any]:
    if "example" in content:
        yield content["example"]
    yield from (each["value"] for each in content.get("examples", {}).values() if "value" in each)
    yield from schema.get("examples", ())
