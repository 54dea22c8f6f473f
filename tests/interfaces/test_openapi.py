"""The OpenAPI text: complete, true of what a server answers, and no request of any kind makes the server fail."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
import hypothesis
import jsonschema
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from leadline.domains import operations
from leadline.interfaces.api.describing import examples
from leadline.interfaces.api.paging import PARAMETERS, Page
from leadline.ports.operation import Operation, Where, attribute
from leadline.ports.slice_files import PushedSlice
from made_commands import typed
from served import served
from simulated import VIRTENGINE

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
BEYOND_A_RECEIVER = CHECKS[1:]
"""Of what answers 502, as told, where a receiver cannot be reached."""
STREAM = "/api/v1/events"
DAYS, MOST_DAYS = 2, 400
SLO = "slo-api-001"
DECLARED = [each for each in operations().values() if each.where is Where.SERVER and each.route]


@dataclass(frozen=True)
class Practice:
    """A server of the shipped practice, and what an admin says of itself."""

    url: str
    headers: dict[str, str]


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    folder = tmp_path_factory.mktemp("practice")
    shutil.copytree(VIRTENGINE, folder / "handbook", ignore=shutil.ignore_patterns(".leadline"))
    assert typed("simulate", "--days", str(DAYS), shop=folder).code == 0
    token = typed("token", "create", "--role", "admin", shop=folder).out.strip()
    with served(folder) as server:
        yield Practice(server.url, {"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def document(practice: Practice) -> dict[str, Any]:
    answer = httpx.get(f"{practice.url}/api/v1/openapi.json", headers=practice.headers)
    assert answer.status_code == HTTPStatus.OK
    found: dict[str, Any] = answer.json()
    return found


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        for each in node.values():
            yield from references(each)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def test_every_operation_of_a_server_is_told_with_what_it_is_for(document: dict[str, Any]) -> None:
    told = {(method, path): each for path, methods in document["paths"].items() for method, each in methods.items()}
    for operation in DECLARED:
        method, _, path = operation.route.partition(" ")
        each = told[method.lower(), f"/api/v1{path}"]
        assert each["summary"] == operation.summary
        assert each["description"]
        assert {"401", "403", "422", "503"} <= set(each["responses"])
        assert each["responses"]["403"]["content"].keys() == {"application/problem+json"}
    assert {tag for each in told.values() for tag in each["tags"]} <= {tag["name"] for tag in document["tags"]}


@pytest.mark.parametrize("operation", DECLARED, ids=lambda each: each.name)
def test_every_operation_is_told_with_a_request_and_an_answer_of_its_form(
    operation: Operation, document: dict[str, Any]
) -> None:
    method, _, path = operation.route.partition(" ")
    told = document["paths"][f"/api/v1{path}"][method.lower()]
    given = {each["name"]: each["example"] for each in told["parameters"] if "example" in each}
    sent = told.get("requestBody", {}).get("content", {}).get(operation.body or "application/json", {}).get("example")
    Page.model_validate({name: given.pop(name) for name in PARAMETERS if name in given})
    attribute(operation.request).model_validate(
        given | ({"content": sent.encode()} if operation.body else sent or {}), strict=False
    )
    for line in sent.splitlines() if operation.body else ():
        PushedSlice.model_validate_json(line)
    answer = told["responses"]["200"]["content"]["application/json"]
    schema = {**answer["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(answer["example"])
    wanted = {each["name"] for each in told["parameters"] if each["required"]}
    assert wanted <= given.keys()


def test_examples_are_of_operations_that_there_are() -> None:
    assert examples().keys() == {each.name for each in DECLARED}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    known = document["components"]["schemas"]
    assert {each for each in references(document) if each.rpartition("/")[2] not in known} == set()


def _meant(case: schemathesis.Case) -> schemathesis.Case:
    """The same about something that there is, for half of the names that are made up; and of few days."""
    name = (case.path_parameters or {}).get("name")
    if name is not None and "slos" in case.path and len(str(name)) % 2:
        case.path_parameters["name"] = SLO
    if "simulat" in case.path:
        part = "query" if case.method == "GET" else "body"
        sent = getattr(case, part) or {}
        if isinstance(sent, dict) and sent.get("days", MOST_DAYS) in range(1, MOST_DAYS + 1):
            setattr(case, part, {**sent, "days": DAYS})
    return case


@schemathesis.serializer("application/x-ndjson")
def lines_as_they_are(_context: schemathesis.SerializationContext, value: object) -> bytes:
    return value.encode(errors="replace") if isinstance(value, str) else repr(value).encode()


@pytest.mark.filterwarnings("ignore")  # what the tools of this test warn of is theirs
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as told", "otherwise"])
def test_no_request_makes_a_server_fail_or_answer_otherwise_than_told(
    practice: Practice, mode: GenerationMode, *, long_run: bool
) -> None:
    schema = schemathesis.openapi.from_url(f"{practice.url}/api/v1/openapi.json", headers=practice.headers)
    asked = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path == STREAM:  # without end
            continue
        asked.add((operation.method, operation.path))

        @hypothesis.settings(
            max_examples=200 if long_run else 6,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode).map(_meant))
        def holds(case: schemathesis.Case) -> None:
            checks = CHECKS if case.path != "/api/v1/notifications/test" else BEYOND_A_RECEIVER
            answer = case.call_and_validate(checks=checks, headers=practice.headers, timeout=60)
            assert answer.status_code != HTTPStatus.UNAUTHORIZED or mode is GenerationMode.NEGATIVE

        try:
            holds()
        except hypothesis.errors.Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, operation.label
    assert len(asked) == len(DECLARED)
