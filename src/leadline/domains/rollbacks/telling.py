"""Notices of rollbacks: one for each step that people should know of, in the thread of the alert."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leadline.ports.outbox import Notice, NoticeKind
from leadline.ports.rollbacks import Rollback, RollbackState, RollbackStep, Switch

_ASKS = frozenset({RollbackState.WAITING, RollbackState.FAILED, RollbackState.IN_DOUBT})
"""What somebody has to do something about, as urgently as about the alert."""
_TITLES: Mapping[RollbackState, str] = {
    RollbackState.NOTHING: "Nothing to roll back for {slo}",
    RollbackState.SUGGESTED: "Roll back {what}? Leadline does not do it by itself",
    RollbackState.WAITING: "Rollback of {what} waits for approval",
    RollbackState.DUE: "Rollback of {what} is about to begin",
    RollbackState.RUNNING: "Rollback of {what} has begun",
    RollbackState.IN_DOUBT: "Rollback of {what} is in doubt",
    RollbackState.WATCHED: "{what} was rolled back; the SLI tells whether it helped",
    RollbackState.SUCCEEDED: "Rollback of {what} has helped",
    RollbackState.FAILED: "Rollback of {what} has failed",
    RollbackState.REJECTED: "Rollback of {what} was rejected",
    RollbackState.LAPSED: "Rollback of {what} has lapsed",
    RollbackState.REHEARSED: "Rollback of {what} was rehearsed, nothing was rolled back",
}


def notice(rollback: Rollback, step: RollbackStep, number: int = 0) -> Notice:
    """
    What is told of a step.

    Args:
        rollback: what it is a step of.
        step: what has happened.
        number: of the rollback; 0 before the record has counted it.
    """
    told: Mapping[str, Any] = json.loads(rollback.document)
    alarm, change = told["alarm"], told["change"]
    what = f"{rollback.service} ({change['ref']})" if change else rollback.service
    order = len(rollback.steps) + 1 if number else 1
    return Notice(
        key=f"rollback/{rollback.episode}/{rollback.change}/{order}",
        thread=rollback.episode,
        kind=NoticeKind.ROLLBACK,
        at=step.at,
        severity=alarm["severity"] if step.state in _ASKS else "notify",
        service=rollback.service,
        slo=rollback.slo,
        team=alarm["team"],
        tier=alarm["service_tier"],
        title=_TITLES[step.state].format(what=what, slo=rollback.slo),
        text=_text(step, number),
        facts=_facts(told, step, number),
    )


def _text(step: RollbackStep, number: int) -> str:
    lines = [step.detail]
    if step.state is RollbackState.WAITING:
        name = str(number) if number else "ID"
        lines.append(
            f"Approve it with `leadline rollback approve {name}`, or reject it; `leadline rollback list` shows it."
        )
    if step.state in {RollbackState.FAILED, RollbackState.IN_DOUBT}:
        lines.append("Leadline does not roll this change back again; look after it by hand.")
    return "\n".join(line for line in lines if line)


def _facts(told: Mapping[str, Any], step: RollbackStep, number: int) -> dict[str, str]:
    change, facts = told["change"], {"state": step.state.value, "alert tier": str(told["alarm"]["tier"])}
    if number:
        facts["rollback"] = str(number)
    if change:
        facts |= {"change": str(change["id"]), "kind": change["kind"], "ref": change["ref"]}
        minutes = (told["alarm"]["fired_at"] - change["started_at"]) // 60
        facts["began"] = f"{minutes} min before the alert"
    if step.who:
        facts["who"] = step.who
    return facts


def switched(switch: Switch) -> Notice:
    """What is told of a turn of the switch."""
    key = f"rollback/switch/{switch.at}/{int(switch.is_stopped)}"
    return Notice(
        key=key, thread=key, kind=NoticeKind.ROLLBACK, at=switch.at, severity="notify", service="", slo="", team="",
        tier=None, title="All rollbacks are stopped" if switch.is_stopped else "Rollbacks may begin again",
        text=switch.reason, facts={"who": switch.who},
    )  # fmt: skip
