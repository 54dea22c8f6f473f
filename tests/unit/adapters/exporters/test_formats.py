"""Findings as other programs read them: nothing switched off counts, and no answer is never a pass."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from leadline.adapters.exporters.junit import junit
from leadline.adapters.exporters.sarif import sarif
from leadline.domains.checking.catalogue import RULES
from leadline.ports.findings import Finding, Findings, Unanswered, Weight

LEVELS = {"none", "note", "warning", "error"}


def finding(number: int, weight: Weight, switched_off: str = "", **fields: Any) -> Finding:
    usual = {"rule": "no-owner", "file": "a b/ü.yaml", "line": 7, "kind": "SLO", "name": "buy", "slo": "buy/1"}
    told = {"what": 'nobody <owns> "it"', "value": "sh\x00op & co", "way_out": "add a team"}
    return Finding.model_validate(
        {"id": str(number), "weight": weight, "switched_off": switched_off, **usual, **told, **fields}
    )


def exactly(required: str, optional: str = "", **properties: Any) -> dict[str, Any]:
    """An object with these keys and no others."""
    named = {**dict.fromkeys([*required.split(), *optional.split()], True), **properties}
    return {"type": "object", "required": required.split(), "properties": named, "additionalProperties": False}


def each(schema: Any) -> dict[str, Any]:
    return {"type": "array", "items": schema}


WORDS = {"type": "string", "minLength": 1}
MESSAGE = exactly("text", text=WORDS)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
LOCATION = exactly(
    "physicalLocation", "logicalLocations",
    physicalLocation=exactly(
        "artifactLocation", "region", artifactLocation=exactly("uri", uri=WORDS),
        region=exactly("startLine", startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=each(exactly("name fullyQualifiedName", name=WORDS, fullyQualifiedName=WORDS)),
)  # fmt: skip
RESULT = exactly(
    "message ruleId level", "ruleIndex locations partialFingerprints suppressions",
    message=MESSAGE, ruleId=WORDS, level=LEVEL, ruleIndex={"type": "integer", "minimum": -1}, locations=each(LOCATION),
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
    suppressions=each(exactly("kind", "justification", kind={"enum": ["inSource", "external"]}, justification=WORDS)),
)  # fmt: skip
RULE = exactly(
    "id", "shortDescription fullDescription defaultConfiguration", id=WORDS, shortDescription=MESSAGE,
    fullDescription=MESSAGE, defaultConfiguration=exactly("level", level=LEVEL),
)  # fmt: skip
INVOCATION = exactly(
    "executionSuccessful", "toolExecutionNotifications", executionSuccessful={"type": "boolean"},
    toolExecutionNotifications=each(exactly("message", "level", message=MESSAGE, level=LEVEL)),
)  # fmt: skip
RUN = exactly(
    "tool", "automationDetails columnKind invocations results",
    tool=exactly("driver", driver=exactly("name", "semanticVersion rules", name=WORDS, rules=each(RULE))),
    automationDetails=exactly("id", id=WORDS), columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    invocations=each(INVOCATION), results=each(RESULT),
)  # fmt: skip
LOG = exactly("version runs", "$schema", version={"const": "2.1.0"}, runs=each(RUN))
"""What SARIF 2.1.0 asks of the parts that are written here; as its own schema, it refuses any other key."""
ALL = Findings(
    tool="lint",
    rules=tuple(rule.text for rule in RULES.values()),
    findings=(
        finding(1, Weight.ERROR),
        finding(2, Weight.WARNING),
        finding(3, Weight.NOTE),
        finding(4, Weight.ERROR, "a sandbox"),
        finding(5, Weight.WARNING, file="environment", line=0, kind="", name=""),
    ),
    unanswered=(Unanswered(source="metrics", why="refused the connection"),),
)
CLEAN = Findings(tool="lint", rules=(), findings=())


def checked_sarif(text: str) -> dict[str, Any]:
    """The one run, after what the schema of SARIF 2.1.0 asks of every part that is written here."""
    log = json.loads(text)
    jsonschema.Draft7Validator(LOG).validate(log)
    assert (log["version"], log["$schema"].endswith("sarif-schema-2.1.0.json"), len(log["runs"])) == ("2.1.0", True, 1)
    [run] = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rule["defaultConfiguration"]["level"] in LEVELS for rule in rules)
    assert all(rule[key]["text"] for rule in rules for key in ("shortDescription", "fullDescription"))
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["level"] in LEVELS
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for location in result["locations"]:
            physical = location["physicalLocation"]
            assert not set(physical["artifactLocation"]["uri"]) & set(' "<>\\^`{|}')
            assert physical.get("region", {"startLine": 1})["startLine"] >= 1
        assert all(each["kind"] == "inSource" for each in result.get("suppressions", ()))
    assert all(isinstance(each["executionSuccessful"], bool) for each in run["invocations"])
    return dict(run)


def test_sarif_has_what_its_schema_asks_for() -> None:
    run = checked_sarif(sarif(ALL))
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note", "error", "warning"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/%C3%BC.yaml"
    assert run["results"][3]["suppressions"] == [{"kind": "inSource", "justification": "a sandbox"}]
    assert "region" not in run["results"][4]["locations"][0]["physicalLocation"]


@pytest.mark.parametrize(("found", "is_successful"), [(ALL, False), (CLEAN, True)])
def test_sarif_says_when_a_source_did_not_answer(found: Findings, is_successful: bool) -> None:
    [invocation] = checked_sarif(sarif(found))["invocations"]
    assert invocation["executionSuccessful"] is is_successful
    assert bool(invocation["toolExecutionNotifications"]) is not is_successful


def test_junit_is_xml_in_which_errors_and_warnings_have_failed() -> None:
    suite = ET.fromstring(junit(ALL)).find("testsuite")  # noqa: S314 - written two lines above
    assert suite is not None
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6", "failures": "3", "errors": "1", "skipped": "1",
    }  # fmt: skip
    cases = suite.findall("testcase")
    outcomes = [next((child.tag for child in case), "passed") for case in cases]
    assert outcomes == ["failure", "failure", "system-out", "skipped", "failure", "error"]
    assert (cases[0].get("file"), cases[0].get("line")) == ("a b/ü.yaml", "7")
    failure = cases[0].find("failure")
    assert failure is not None
    assert failure.get("message") == 'nobody <owns> "it": sh?op & co'


def test_junit_of_nothing_found_has_a_case_that_passed() -> None:
    [case] = ET.fromstring(junit(CLEAN)).iter("testcase")  # noqa: S314 - as above
    assert (case.get("name"), list(case)) == ("nothing was found", [])
