"""
SARIF 2.1.0 (OASIS, 2020): findings for code review, as GitHub, GitLab and editors read them.

What a document switches off is told as suppressed, with its reason; a source that did not answer makes the invocation
unsuccessful, since nothing found is then not nothing there.
"""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from leadline import __version__
from leadline.ports.findings import Finding, Findings, RuleText, Unanswered

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(found: Findings) -> str:
    """One run of one tool."""
    places = {rule.id: place for place, rule in enumerate(found.rules)}
    run = {
        "tool": {"driver": _driver(found)},
        "automationDetails": {"id": f"leadline-{found.tool}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not found.unanswered,
                "toolExecutionNotifications": [_notification(each) for each in found.unanswered],
            }
        ],
        "results": [_result(finding, places) for finding in found.findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _driver(found: Findings) -> dict[str, Any]:
    return {
        "name": f"leadline {found.tool}",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in found.rules],
    }


def _rule(rule: RuleText) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.reason},
        "defaultConfiguration": {"level": rule.weight.value},
    }


def _result(finding: Finding, places: dict[str, int]) -> dict[str, Any]:
    told = f"{finding.what}: {finding.value}" if finding.value else finding.what
    about = f"{finding.slo}: " if finding.slo else ""
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": finding.weight.value,
        "message": {"text": f"{about}{told}; {finding.way_out}" if finding.way_out else f"{about}{told}"},
        "partialFingerprints": {"leadlineFinding/v1": finding.id},
    }
    if finding.rule in places:
        result["ruleIndex"] = places[finding.rule]
    if finding.file:
        result["locations"] = [_location(finding)]
    if finding.switched_off:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.switched_off}]
    return result


def _location(finding: Finding) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file)}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    location: dict[str, Any] = {"physicalLocation": place}
    if finding.name:
        location["logicalLocations"] = [{"name": finding.name, "fullyQualifiedName": f"{finding.kind}/{finding.name}"}]
    return location


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _notification(each: Unanswered) -> dict[str, Any]:
    return {"level": "error", "message": {"text": f"{each.source} did not answer: {each.why}"}}
