"""What OpenAPI says of the operations: parameters and bodies, answers, refusals, examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from leadline.interfaces.api.bodies import LARGEST_PUSH, WRITER_HEADER
from leadline.interfaces.api.paging import Page
from leadline.interfaces.api.problems import MEDIA_TYPE, ProblemDocument
from leadline.ports.operation import Operation, attribute
from leadline.ports.slice_files import PushedSlice

_IN_BRACES = re.compile(r"{(\w+)}")
_REFERENCE = "#/components/schemas/{model}"
_REFUSALS = {
    400: "The body is not JSON.",
    401: "A token is wanted, and none that opens anything came.",
    403: "The token's role does not permit it.",
    404: "There is no such thing; the detail names what is near.",
    409: "The record forbids the step.",
    413: "The body is larger than is taken at once.",
    421: "The server is not known under this name.",
    422: "Something is ill-written; each mistake is told with its place, what was read, and the way out.",
    500: "A defect of Leadline; the id stands in the server's log.",
    502: "A source gave no usable answer.",
    503: "The database does not answer now.",
}
_ONLY_WITH_BODY = frozenset({400, 413})
TAGS = {
    "status": "How every objective stands.",
    "slo": "Everything about one objective.",
    "overview": "What is to be seen first.",
    "needs": "What wants somebody now.",
    "service": "Everything about one service.",
    "team": "Everything about one team.",
    "names": "Names of what there is, to search in.",
    "slices": "The way of slices into the ledger.",
    "record": "What people know and no source says.",
    "corrections": "Intervals that count otherwise than measured.",
    "changes": "What was changed, such as deployments.",
    "gate": "What may be changed now.",
    "policies": "What each kind of change needs at each level.",
    "decisions": "What the gate answered, and why.",
    "permits": "What people let through.",
    "duties": "What levels ask people to do.",
    "incidents": "What went wrong, from when until when.",
    "alerts": "What holds now, and what held.",
    "notifications": "Who is told, and what became of it.",
    "rollbacks": "Changes that are undone, and whether that helped.",
    "tokens": "Who may come in.",
    "handbook": "What is unwise in the handbook, and what its queries cost.",
    "backtest": "Which alerts strategies would have raised.",
    "audit": "What was asked for.",
    "events": "When to ask again.",
}


@cache
def examples() -> Mapping[str, Any]:
    """Requests and answers of a small run, by operation; `scripts/api_examples.py` writes them."""
    return json.loads((files("leadline.interfaces.api") / "examples.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return] # as it was written


def refusals(*, has_body: bool) -> dict[int | str, dict[str, Any]]:
    """Answers that are problem documents."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model=ProblemDocument.__name__)}}}
    return {
        status: {"description": why, "content": content}
        for status, why in _REFUSALS.items()
        if has_body or status not in _ONLY_WITH_BODY
    }


def request_text(operation: Operation, model: type[BaseModel]) -> dict[str, Any]:
    """What OpenAPI says of the request: parameters of the path and query, and the body."""
    method, _, path = operation.route.partition(" ")
    schema = _schema(model)
    in_path = set(_IN_BRACES.findall(path))
    in_query = set(schema["properties"]) - in_path - {"content"} if method == "GET" or operation.body else set()
    shown = {name: each for name, each in schema["properties"].items() if name in in_path | in_query}
    shown |= _schema(Page)["properties"] if operation.pages else {}
    wanted = set(schema.get("required", ()))
    asked = examples().get(operation.name, {}).get("request", {})
    extra: dict[str, Any] = {
        "parameters": [_parameter(name, each, in_path, wanted, asked) for name, each in shown.items()],
        "x-permission": operation.permission.value,
    }
    if operation.body:
        extra["parameters"].append(_writer_header())
        extra["requestBody"] = _streamed(operation.body)
    elif method != "GET":
        rest = {name: each for name, each in schema["properties"].items() if name not in in_path}
        body = {**schema, "properties": rest, "required": sorted(wanted - in_path)}
        example = {"example": {name: each for name, each in asked.items() if name not in in_path}} if asked else {}
        content = {"application/json": {"schema": body, **example}}
        extra["requestBody"] = {"required": bool(wanted - in_path), "content": content}
    return extra


def _parameter(
    name: str, schema: dict[str, Any], in_path: set[str], wanted: set[str], asked: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path" if name in in_path else "query",
        "required": name in in_path or name in wanted,
        "schema": {key: value for key, value in schema.items() if key != "description"},
        **({"description": schema["description"]} if "description" in schema else {}),
        **({"example": asked[name]} if name in asked else {}),
    }


def _writer_header() -> dict[str, Any]:
    told = "Who says it, where the query does not tell."
    return {"name": WRITER_HEADER, "in": "header", "required": False, "schema": {"type": "string"}, "description": told}


def _streamed(media_type: str) -> dict[str, Any]:
    one = {"$ref": _REFERENCE.format(model=PushedSlice.__name__)}
    lines = "\n".join(json.dumps(each) for each in examples().get("slices.push", {}).get("request", ()))
    limit = f"At most {LARGEST_PUSH >> 20} MiB; all of it is taken, or nothing."
    return {
        "required": True,
        "description": f"One slice a line, as JSON. {limit}",
        "content": {
            media_type: {"schema": {"type": "string", "description": "One slice a line."}, "example": lines},
            "application/json": {"schema": {"anyOf": [one, {"type": "array", "items": one}]}},
        },
    }


def answer_text(operation: Operation) -> dict[int | str, dict[str, Any]]:
    """Answers of an operation, by status."""
    method = operation.route.partition(" ")[0]
    unchanged: dict[int | str, dict[str, Any]] = {304: {"description": "What was told under this ETag is still true."}}
    return {
        200: {"description": "Done." if method != "GET" else "The answer, with its ETag."},
        **(unchanged if operation.is_read_only else {}),
        **refusals(has_body=method != "GET"),
    }


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template=_REFERENCE)
    schema.pop("$defs", None)
    return {"properties": {}, **schema}


def _show_answers(paths: dict[str, Any], operations: Iterable[Operation]) -> None:
    """Put in the example of each answer; FastAPI, given them with the routes, would leave out every null."""
    for operation in operations:
        method, _, path = operation.route.partition(" ")
        content = paths[f"/api/v1{path}"][method.lower()]["responses"]["200"]["content"]["application/json"]
        content["example"] = examples()[operation.name]["response"]


def describe(app: FastAPI, operations: Sequence[Operation]) -> None:
    """Let the application tell its OpenAPI text, made at the first question."""
    models = [attribute(operation.request) for operation in operations]

    def text() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=[{"name": name, "description": told} for name, told in TAGS.items()],
            )
            wanted = [(model, "validation") for model in (*models, ProblemDocument, PushedSlice)]
            _, found = models_json_schema(wanted, ref_template=_REFERENCE)  # type: ignore[arg-type] # modes are literals
            schemas = made["components"].setdefault("schemas", {})
            for name, schema in found.get("$defs", {}).items():
                schemas.setdefault(name, schema)
            _show_answers(made["paths"], operations)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = text  # type: ignore[method-assign] # the way that FastAPI names for it
