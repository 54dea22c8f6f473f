"""Hooks: Flagger, Kubernetes, GitHub and CloudEvents, each in its own words, against a running server."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from instants import NOON
from leadline.adapters.store import open_store
from leadline.domains.access.rules import fingerprint, written
from leadline.ports.operation import Permission
from leadline.ports.tokens import Token
from made_commands import HANDBOOK, a_shop, three_days, typed
from served import Served, served

SIGNING = "key of GitHub"
KEY = "5" * 64
IDS = {Permission.RESPONDER: "a000000001", Permission.VIEWER: "a000000002"}
CI, BOARD = (written(each, KEY) for each in IDS.values())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A shop that is healthy at NOON, and wants a token."""
    shop = a_shop(tmp_path_factory.mktemp("hooks"), HANDBOOK)
    assert typed("slices", "import", three_days(shop / "s.csv"), shop=shop).code == 0
    with open_store(f"sqlite:///{shop}/handbook/.leadline/leadline.db") as store:
        for role, each in IDS.items():
            now = int(NOON.timestamp())
            store.tokens.add(Token(each, f"the {role}", role, fingerprint(KEY), now, "Ada", now + 10**9))
    with served(shop, now=lambda: NOON, github_secret=SIGNING) as running:
        yield running


def post(server: Served, hook: str, body: object, *, token: str | None = CI, **headers: str) -> Any:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return server.ask("POST", f"/api/v1/hooks/{hook}", token=token, content=json.dumps(body), headers=named)


def decisions(server: Served) -> list[dict[str, Any]]:
    return server.ask("GET", "/api/v1/decisions", token=CI).json()["decisions"]  # type: ignore[no-any-return]  # as JSON has it


def canary(change: str, **metadata: str) -> dict[str, object]:
    return {
        "name": "shop", "namespace": "prod", "phase": "Progressing", "checksum": "85d557f47b",
        "metadata": {"change": change, **metadata},
    }  # fmt: skip


def test_flagger_goes_on_where_a_change_is_allowed_and_halts_where_it_is_not(server: Served) -> None:
    gone_on = post(server, "flagger", canary("feature"))
    assert (gone_on.status_code, gone_on.json()["outcome"], gone_on.json()["ref"]) == (200, "allow", "85d557f47b")
    halted = post(server, "flagger", canary("cake", ref="4f2a"))
    assert halted.status_code == 403
    assert "deny (decision 2): the policy shipped does not know the kind cake" in halted.json()["detail"]
    assert post(server, "flagger", canary("feature", service="shp")).status_code == 404
    assert post(server, "flagger", canary("feature"), token=BOARD).status_code == 403
    assert post(server, "flagger", {"name": "shop"}).status_code == 422


def test_the_gate_never_answers_from_what_an_older_turn_found(tmp_path: Path) -> None:
    shop, now = a_shop(tmp_path), [NOON]
    assert typed("slices", "import", three_days(shop / "s.csv"), shop=shop).code == 0
    with served(shop, now=lambda: now[0]) as stalled:
        asked = {"service": "shop", "change": "feature"}
        assert stalled.ask("POST", "/api/v1/gate", json=asked).json()["outcome"] == "allow"
        now[0] += timedelta(minutes=30)
        assert stalled.ask("GET", "/api/v1/gate").json()["rows"][0]["level"] == "healthy", "as the last turn found it"
        answer = stalled.ask("POST", "/api/v1/gate", json=asked).json()
        assert (answer["outcome"], answer["exit_code"]) == ("unknown", 3)
        assert "newest slice is 2" in answer["reasons"][0]["text"]


def review(annotations: dict[str, str], **more: object) -> dict[str, Any]:
    spec = {"template": {"spec": {"containers": [{"name": "web", "image": "shop:1.2"}]}}}
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "operation": "UPDATE",
            "userInfo": {"username": "ada"},
            "object": {"kind": "Deployment", "metadata": {"annotations": annotations}, "spec": spec},
            **more,
        },
    }


def test_kubernetes_is_answered_with_a_review_whatever_becomes_of_the_question(server: Served) -> None:
    asked = {"leadline/service": "shop", "leadline/change": "feature"}
    answer = post(server, "kubernetes", review(asked))
    assert answer.status_code == 200
    assert answer.json() == {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "allowed": True},
    }
    assert (decisions(server)[0]["ref"], decisions(server)[0]["author"]) == ("shop:1.2", "ada")
    count = len(decisions(server))
    for wrong, why in (
        ({"leadline/service": "shop", "leadline/change": "cake"}, "does not know the kind cake"),
        ({"leadline/service": "shp", "leadline/change": "feature"}, "no service is named shp"),
        ({"leadline/service": "shop"}, "annotate the object: leadline/change"),
        ({}, "annotate the object: leadline/service, leadline/change"),
    ):
        response = post(server, "kubernetes", review(wrong)).json()["response"]
        assert (response["allowed"], response["status"]["code"]) == (False, 403)
        assert why in response["status"]["message"]
    assert len(decisions(server)) == count + 1
    assert post(server, "kubernetes", review(asked, dryRun=True)).json()["response"]["allowed"] is True
    assert post(server, "kubernetes", review({**asked, "leadline/change": "cake"}, dryRun=True)).json()["response"][
        "allowed"
    ] is False  # fmt: skip
    assert post(server, "kubernetes", review({}, operation="DELETE")).json()["response"]["allowed"] is True
    assert len(decisions(server)) == count + 1, "a rehearsal is not recorded"
    assert post(server, "kubernetes", {"apiVersion": "admission.k8s.io/v1beta1"}).status_code == 400


def deployment(event: str, state: str = "") -> dict[str, Any]:
    made = {"sha": "4f2a9c1", "created_at": "2026-03-04T11:00:00Z", "creator": {"login": "ada"},
            "payload": {"service": "shop"}}  # fmt: skip
    status = {"state": state, "created_at": "2026-03-04T11:05:00Z"}
    return {"deployment": made, **({"deployment_status": status} if event == "deployment_status" else {})}


def signed(server: Served, event: str, body: object, key: str = SIGNING, query: str = "?change=bug-fix") -> Any:
    content = json.dumps(body)
    signature = "sha256=" + hmac.new(key.encode(), content.encode(), "sha256").hexdigest()
    headers = {"X-GitHub-Event": event, "X-Hub-Signature-256": signature}
    return server.ask("POST", f"/api/v1/hooks/github{query}", content=content, headers=headers)


def test_github_tells_a_deployment_and_its_end_by_its_signature_alone(server: Served) -> None:
    began = signed(server, "deployment", deployment("deployment"))
    assert began.status_code == 200, began.text
    assert (began.json()["kind"], began.json()["finished_at"], began.json()["who"]) == ("bug_fix", None, "ada")
    again = signed(server, "deployment_status", deployment("deployment_status", "in_progress"))
    assert again.json() == began.json()
    over = signed(server, "deployment_status", deployment("deployment_status", "success"))
    assert (over.json()["id"], over.json()["finished_at"]) == (began.json()["id"], "2026-03-04T11:05:00Z")
    assert signed(server, "ping", {"zen": "…"}).status_code == 202
    assert signed(server, "deployment", deployment("deployment"), key="another").status_code == 401
    assert signed(server, "deployment", deployment("deployment"), query="").status_code == 422
    unsigned = server.ask("POST", "/api/v1/hooks/github?change=feature", content=json.dumps(deployment("deployment")))
    assert unsigned.status_code == 401


def test_without_a_secret_nothing_comes_in_from_github(tmp_path: Path) -> None:
    with served(a_shop(tmp_path), host="0.0.0.0") as closed:  # noqa: S104 - what the server believes
        assert signed(closed, "deployment", deployment("deployment"), key="").status_code == 401


def test_cloud_events_of_both_modes_are_changes(server: Served) -> None:
    at = (NOON - timedelta(hours=2)).isoformat()
    event = {"specversion": "1.0", "id": "1", "source": "/argo", "type": "dev.cdevents.service.deployed.0.1.1"}
    data = {"change": "feature", "ref": "v7"}
    structured = {**event, "subject": "shop", "time": at, "data": data}
    kind = "application/cloudevents+json"
    first = post(server, "cloudevents", structured, content_type=kind)
    assert first.status_code == 200, first.text
    assert (first.json()["service"], first.json()["source"], first.json()["who"]) == ("shop", "cloudevents", "/argo")
    headers = {f"ce_{name}": text for name, text in {**event, "time": at, "subject": "shop"}.items()}
    second = post(server, "cloudevents", data, content_type="application/json", **headers)
    assert second.json() == first.json(), "told again, it is the same"
    assert post(server, "cloudevents", data).status_code == 400
    assert post(server, "cloudevents", structured, token=BOARD, content_type=kind).status_code == 403
