"""What stands ready in examples/gate: scripts run against a real server, manifests say what the server takes."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from leadline.adapters.store import open_store
from leadline.domains.access.rules import fingerprint, written
from leadline.interfaces.cli.main import app
from leadline.ports.operation import Permission
from leadline.ports.tokens import Token
from made_commands import HANDBOOK, PROGRAM, a_shop, typed
from served import Served, served
from tree import ROOT

EXAMPLES = ROOT / "examples" / "gate"
KEY = "5" * 64
CI = written("a000000001", KEY)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A shop that is healthy now, as the script tells the time of its machine, and wants a token."""
    shop = a_shop(tmp_path_factory.mktemp("examples"), HANDBOOK)
    now = int(datetime.now(UTC).timestamp()) // 60 * 60
    lines = "".join(f"requests,{start},0,1000\n" for start in range(now - 3 * 86_400, now, 60))
    (shop / "s.csv").write_text(f"sli,start,bad,total\n{lines}")
    assert typed("slices", "import", shop / "s.csv", shop=shop).code == 0
    with open_store(f"sqlite:///{shop}/handbook/.leadline/leadline.db") as store:
        store.tokens.add(Token("a000000001", "ci", Permission.RESPONDER, fingerprint(KEY), now, "Ada", now + 10**9))
    with served(shop) as running:
        yield running


def parsed(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def ran(server: Served, command: str, **more: str) -> int:
    """A command of a manifest, with the variables that its runner sets."""
    values = {"LEADLINE_SERVER": server.url, "LEADLINE_TOKEN": CI, **more}
    words = [re.sub(r"\$(\w+)", lambda found: values[found[1]], word) for word in shlex.split(command)]
    assert words[0] == "leadline"
    return CliRunner().invoke(app, words[1:], env={"LEADLINE_TOKEN": CI}).exit_code


def deployed(server: Served, folder: Path, kind: str, *command: str) -> int:
    environ = {
        "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "LEADLINE_SERVER": server.url, "LEADLINE_TOKEN": CI,
    }  # fmt: skip
    script = [str(EXAMPLES / "pre-deploy.sh"), "shop", kind, "4f2a", "--", *command]
    return subprocess.run(script, cwd=folder, env=environ, check=False, capture_output=True, timeout=120).returncode


def told(server: Served) -> list[Any]:
    """Changes that the script has written down."""
    changes = server.ask("GET", "/api/v1/changes", token=CI).json()["changes"]
    return [change for change in changes if change["source"] == "deploy"]


def test_the_script_deploys_what_the_gate_allows_and_writes_it_down(server: Served, tmp_path: Path) -> None:
    marker = tmp_path / "deployed"
    assert deployed(server, tmp_path, "cake", "touch", str(marker)) == 1
    assert not marker.exists()
    assert told(server) == []
    assert deployed(server, tmp_path, "feature", "touch", str(marker)) == 0
    assert marker.exists()
    (change,) = told(server)
    assert (change["kind"], change["ref"]) == ("feature", "4f2a")
    assert change["finished_at"] is not None
    assert deployed(server, tmp_path, "feature", "sh", "-c", "exit 9") == 9, "as the command ends"


def test_the_commands_of_the_pipelines_are_taken_by_a_server(server: Served) -> None:
    action = parsed("github-action.yaml")
    (asking,) = [step["run"] for step in action["jobs"]["gate"]["steps"] if "leadline gate" in step.get("run", "")]
    assert action["jobs"]["deploy"]["needs"] == "gate"
    assert ran(server, asking, GITHUB_SHA="4f2a", GITHUB_ACTOR="ada") == 0
    gitlab = parsed("gitlab.yaml")
    _, asking, telling = gitlab[".gated"]["before_script"]
    known = {"SERVICE": gitlab["deploy"]["variables"]["SERVICE"], "CHANGE_KIND": "feature", "CI_COMMIT_SHA": "4f2a",
             "GITLAB_USER_LOGIN": "ada"}  # fmt: skip
    assert ran(server, asking, **known) == 0
    assert ran(server, asking, **{**known, "CHANGE_KIND": "cake"}) == 1
    assert ran(server, telling, **known) == 0


def test_what_argo_rollouts_sends_is_answered_with_what_it_looks_for(server: Served) -> None:
    template = parsed("argo-rollouts.yaml")
    (metric,) = template["spec"]["metrics"]
    web = metric["provider"]["web"]
    args = {"service": "shop", "change": "feature", "ref": "4f2a", "token": CI}
    filled = re.sub(r"{{args\.(\w+)}}", lambda found: args[found[1]], json.dumps(web))
    web = json.loads(filled)
    headers = {each["key"]: each["value"] for each in web["headers"]}
    path = "/" + web["url"].split("/", 3)[3]
    answer = server.ask(web["method"], path, content=json.dumps(web["jsonBody"]), headers=headers)
    assert (web["jsonPath"], answer.json()["outcome"]) == ("{$.outcome}", "allow")
    assert metric["successCondition"] == 'result == "allow"'
    assert {each["name"] for each in template["spec"]["args"]} == set(args)


def test_flagger_and_kubernetes_are_pointed_to_hooks_that_there_are(server: Served) -> None:
    (webhook,) = parsed("flagger.yaml")["spec"]["analysis"]["webhooks"]
    path = "/" + webhook["url"].split("/", 3)[3]
    body = {
        "name": "shop",
        "namespace": "prod",
        "phase": "Progressing",
        "checksum": "8",
        "metadata": webhook["metadata"],
    }
    assert server.ask("POST", path, token=CI, content=json.dumps(body)).status_code == 200
    configuration = parsed("kubernetes.yaml")
    (webhook,) = configuration["webhooks"]
    assert (webhook["admissionReviewVersions"], webhook["sideEffects"], webhook["failurePolicy"]) == (
        ["v1"], "NoneOnDryRun", "Fail",
    )  # fmt: skip
    path = "/" + webhook["clientConfig"]["url"].split("/", 3)[3]
    request = {"uid": "1", "operation": "UPDATE", "object": {"metadata": {"annotations": {
        "leadline/service": "shop", "leadline/change": "feature"}}}}  # fmt: skip
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    answer = server.ask("POST", path, token=CI, content=json.dumps(review))
    assert answer.json()["response"] == {"uid": "1", "allowed": True}
