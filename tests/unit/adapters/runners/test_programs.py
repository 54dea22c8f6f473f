"""Programs that roll back: what they are given, what they are refused, and what becomes of them."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from instants import NOON_SECONDS
from leadline.adapters.egress.guarded import GuardedEgress
from leadline.adapters.runners.opening import OpeningRunners, problems
from leadline.domains.rollbacks.alarms import signature
from leadline.handbook.specs import Place, RollbackPolicy
from leadline.ports.runner import Order, RunError, Runner
from leadline.registry import RUNNERS
from made_rollbacks import KEY, a_rollback

DOCUMENT = a_rollback().document
ORDER = Order(
    3, "shop", "v2", 7, "feature", "checkout", DOCUMENT, signature(DOCUMENT, KEY), NOON_SECONDS,
)  # fmt: skip
RECORDER = """\
#!/usr/bin/env python3
import json, os, sys
told = {"argv": sys.argv[1:], "stdin": json.load(sys.stdin), "environ": dict(os.environ), "folder": os.getcwd()}
json.dump(told, open(os.path.join(os.path.dirname(sys.argv[0]), "told.json"), "w"))
"""


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A program that writes down how it was called."""
    path = tmp_path / "recorder"
    path.write_text(RECORDER, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def policy(type_: str, **details: Any) -> RollbackPolicy:
    return RollbackPolicy(
        name="undo", services=("shop",), mode="auto", type=type_, connection=details, place=Place("r.yaml", 1)
    )


def opened(type_: str, folder: Path, environ: Mapping[str, str] = os.environ, **details: Any) -> Runner:
    made = policy(type_, **details)
    assert list(problems([made], RUNNERS)) == []
    return OpeningRunners(RUNNERS, str(folder), environ, GuardedEgress(())).open(made)


def told(folder: Path) -> Any:
    return json.loads((folder / "told.json").read_text(encoding="utf-8"))


HOSTILE = (
    "$(touch hit)",
    "`touch hit`",
    "v2; touch hit",
    "v2 && touch hit",
    "| touch hit",
    "v2 > hit",
    "*",
    "~",
    "'\"",
)


@pytest.mark.parametrize("ref", HOSTILE)
def test_a_hostile_ref_is_one_argument_and_runs_nothing(recorder: Path, ref: str) -> None:
    runner = opened("command", recorder.parent, argv=[str(recorder), "to", "{ref}"])
    runner.run(replace(ORDER, ref=ref, service=ref))
    assert told(recorder.parent)["argv"] == ["to", ref]
    assert not (recorder.parent / "hit").exists()


@pytest.mark.parametrize(
    "ref", ["--kubeconfig=/etc/shadow", "-o", "", "v2\ntouch hit", "v2\x00", "v2\r", "\x1b[2J", "v" * 501]
)
def test_a_ref_that_a_program_could_take_for_something_else_is_refused(recorder: Path, ref: str) -> None:
    runner = opened("command", recorder.parent, argv=[str(recorder), "{ref}"])
    with pytest.raises(RunError, match="nothing was run"):
        runner.run(replace(ORDER, ref=ref))
    with pytest.raises(RunError, match="nothing was run"):
        runner.plan(replace(ORDER, ref=ref))
    assert not (recorder.parent / "told.json").exists()


def test_a_program_finds_the_signed_order_on_its_standard_input(recorder: Path) -> None:
    opened("command", recorder.parent, argv=[str(recorder)]).run(ORDER)
    found = told(recorder.parent)["stdin"]
    text = json.dumps(found["document"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert signature(text, KEY) == found["signature"]


def test_a_program_sees_no_setting_of_leadline_and_no_secret(recorder: Path) -> None:
    environ = {**os.environ, "LEADLINE_ROLLBACK_KEY": "k", "SECRET": "s", "REGION": "eu"}
    names = ["REGION", "LEADLINE_ROLLBACK_KEY"]
    opened("command", recorder.parent, environ, argv=[str(recorder)], environment=names).run(ORDER)
    seen = told(recorder.parent)["environ"]
    assert seen["REGION"] == "eu"
    assert {"LEADLINE_ROLLBACK_KEY", "SECRET"} & set(seen) == set()


def test_kubectl_is_asked_to_undo_the_rollout(recorder: Path) -> None:
    details = {"program": str(recorder), "resource": "deployment/shop", "namespace": "prod", "context": "eu"}
    opened("kubectl", recorder.parent, **details).run(ORDER)
    wanted = ["rollout", "undo", "--namespace=prod", "--context=eu", "--", "deployment/shop"]
    assert told(recorder.parent)["argv"] == wanted


def test_argo_rollouts_is_asked_to_abort(recorder: Path) -> None:
    opened("argo-rollouts", recorder.parent, program=str(recorder), rollout="shop").run(ORDER)
    assert told(recorder.parent)["argv"] == ["abort", "--", "shop"]


def test_a_plan_tells_the_arguments_and_runs_nothing(recorder: Path) -> None:
    plan = opened("command", recorder.parent, argv=[str(recorder), "{ref}"]).plan(ORDER)
    assert plan == f"would run {[str(recorder), 'v2']!r} in {recorder.parent}"
    assert not (recorder.parent / "told.json").exists()


def test_a_program_that_hangs_is_ended_with_all_that_it_began(tmp_path: Path) -> None:
    script = tmp_path / "hang"
    script.write_text("#!/bin/sh\nsleep 60 &\necho $! > child\nwait\n", encoding="utf-8")
    script.chmod(0o755)
    with pytest.raises(RunError, match=r"did not end within 1 s and was ended"):
        opened("command", tmp_path, argv=[str(script)], timeoutSeconds=1).run(ORDER)
    child = int((tmp_path / "child").read_text(encoding="utf-8"))
    deadline = time.monotonic() + 20
    while _lives(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _lives(child)


def _lives(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return "State:\tZ" not in status


@pytest.mark.parametrize(
    ("body", "said"),
    [("echo no such version >&2; exit 4", "ended with 4: no such version"), ("kill -9 $$", "ended with -9")],
)
def test_a_program_that_fails_is_told_with_its_last_words(tmp_path: Path, body: str, said: str) -> None:
    script = tmp_path / "fail"
    script.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    script.chmod(0o755)
    with pytest.raises(RunError, match=said):
        opened("command", tmp_path, argv=[str(script)]).run(ORDER)


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(RunError, match="cannot be run"):
        opened("command", Path("/"), argv=["/nowhere/undo"]).run(ORDER)


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        (["{service}"], "a placeholder in the place of the program"),
        (["undo", "--ref={ref}"], "a placeholder inside an argument"),
        (["sh", "-c", "undo {ref}"], "a placeholder inside an argument"),
        (["/bin/bash", "-ec", "undo"], "a command line for a shell"),
        (["env", "sh", "-c", "undo"], "a command line for a shell"),
    ],
)
def test_an_argument_list_that_is_no_list_is_refused_at_load(argv: list[str], what: str) -> None:
    assert what in [problem.what for problem in problems([policy("command", argv=argv)], RUNNERS)]


def test_an_unknown_type_and_unknown_keys_are_problems() -> None:
    [problem] = problems([policy("comand")], RUNNERS)
    assert "did you mean command" in problem.hint
    found = {each.key for each in problems([policy("kubectl", resorce="deployment/a")], RUNNERS)}
    assert found == {"spec.connectionDetails.resorce", "spec.connectionDetails.resource"}
