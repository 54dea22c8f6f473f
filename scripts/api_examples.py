"""
Writes the examples of the API's text: every operation of a server, asked once of a copy of the VirtEngine practice that
was simulated up to a fixed instant. Run it again when an operation comes, or when an answer changes its form.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from leadline.app import Workplace, call, engine
from leadline.domains import operations
from leadline.domains.access.rules import fingerprint, written
from leadline.domains.rollbacks.alarms import Alarm, AlarmWindow, document, signature
from leadline.engine.desk import Diet
from leadline.handbook.specs import DataSource, NotificationTarget, RollbackPolicy
from leadline.interfaces.api.paging import Page, cut
from leadline.ports.audit import Caller
from leadline.ports.entries import Change
from leadline.ports.memory import NO_MEMORY
from leadline.ports.notifier import Message, Sent
from leadline.ports.operation import Context, Permission, attribute
from leadline.ports.outbox import Attempt, DeliveryState, Notice, NoticeKind, Planned
from leadline.ports.rollbacks import Rollback, RollbackState, RollbackStep
from leadline.ports.source import SIMULATION
from leadline.ports.tokens import Token
from leadline.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "src" / "leadline" / "interfaces" / "api" / "examples.json"
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
AT = NOW.isoformat().replace("+00:00", "Z")
ASKING = ("collect_newest", "fill_history")
"""Steps of a turn that ask sources; there are none to ask."""
SECRET = "0" * 64
CALLER = Caller("Ada", "api")
NEW, OLD = "5f0c1e77a2", "91b3d8e604"
"""Tokens: the one that is made, and one that is taken back."""
ORDERS = """\
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: tills}
spec: {type: push}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: orders}
spec:
  ratioMetric:
    counter: true
    bad: {metricSource: {metricSourceRef: tills, spec: {query: bad}}}
    total: {metricSource: {metricSourceRef: tills, spec: {query: total}}}
"""
"""Pushed and written by hand, beside what the practice measures."""

_SLO = {"name": "slo-prov-002", "at": AT}
_INTERVAL = {"start": "2026-11-01T10:00:00Z", "end": "2026-11-01T10:30:00Z"}
_WHY = {"reason": "The probe was down.", "who": "Ada"}
_LINES = (
    {"sli": "orders", "start": "2026-11-02T11:58:00Z", "bad": 1, "total": 10},
    {"sli": "orders", "start": "2026-11-02T11:59:00Z", "bad": 0, "total": 12},
)
ASKED: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("slices.simulate", {"days": 35, "at": AT, "story_at": "2026-11-02T11:30:00Z"}),
    ("slices.push", {"content": "\n".join(json.dumps(line) for line in _LINES), "writer": "till 7"}),
    ("slices.record", {"sli": "orders", "start": "2026-11-02T11:57:00Z", "bad": 2, "total": 9}),
    ("record.downtime", {"slo": "slo-api-001", **_INTERVAL, "fraction": "0.3", **_WHY}),
    ("record.failures", {"sli": "orders", "bad": 4, "total": 90, **_INTERVAL, **_WHY}),
    ("record.list", {"removed": True}),
    ("record.remove", {"id": 2, **_WHY}),
    (
        "corrections.add",
        {
            "slos": ["slo-api-001"], "start": "2026-11-03T02:00:00Z", "duration": "1h", "mode": "exclude",
            "applies_to": ["slo", "agreement"], "reason": "The database moves.", "approver": "Ada",
        },
    ),
    ("corrections.list", {"at": AT}),
    ("corrections.silences", {"at": AT}),
    ("corrections.maintenance", {"at": AT}),
    ("incidents.record", {"title": "The till jams.", "service": "api", "slos": ["slo-api-001"], "severity": "sev-2",
                          "started": "2026-11-02T10:00:00Z"}),
    ("changes.record", {"service": "api", "kind": "critical_bug_fix", "ref": "4f2a9c1",
                        "started": "2026-11-02T10:40:00Z", "fixes": [1], "source": "jenkins"}),
    ("changes.list", {"service": "api", "end": AT}),
    ("incidents.list", {"open": True, "end": AT}),
    ("incidents.end", {"id": 1, "finished": "2026-11-02T11:05:00Z"}),
    ("policies.show", {}),
    ("gate.matrix", {"service": "api", "at": AT}),
    ("gate.ask", {"service": "api", "change": "feature", "ref": "4f2a9c1", "author": "ben"}),
    ("permits.approve", {"decision": 1, "role": "sre", "who": "sre", "checked": ["all"]}),
    ("permits.except", {"service": "api", "change": "experiment", "ref": "4f2a9c1", "grounds": "contract",
                        "reason": "A customer waits.", "who": "cto"}),
    ("permits.break", {"service": "api", "change": "infrastructure", "reason": "The rack burns.", "who": "Ada"}),
    ("permits.confirm", {"id": 3, "who": "Ben"}),
    ("permits.list", {"service": "api"}),
    ("permits.withdraw", {"id": 2, "reason": "It can wait."}),
    ("decisions.list", {"service": "api"}),
    ("decisions.show", {"id": 1}),
    ("decisions.verify", {"id": 1}),
    ("duties.list", {"service": "api"}),
    ("duties.finish", {"id": 1, "note": "Nothing came of it."}),
    ("status.show", {"at": AT, "service": "api", "limit": 1}),
    ("slo.show", _SLO),
    ("slo.history", _SLO),
    ("slo.levels", {"name": _SLO["name"]}),
    ("slo.course", {**_SLO, "hours": 48}),
    ("slo.slices", {**_SLO, "hours": 4}),
    ("slo.burns", {**_SLO, "minutes": 60}),
    ("needs.list", {"at": AT, "most": 1}),
    ("overview.show", {"at": AT, "most": 1}),
    ("service.list", {"at": AT}),
    ("service.show", {"name": "api", "at": AT}),
    ("team.list", {"at": AT}),
    ("team.show", {"name": "provider-engineering", "at": AT}),
    ("names.find", {"q": "latency", "most": 2}),
    ("slices.plan", {"days": 35, "at": AT, "story_at": "2026-11-02T11:30:00Z"}),
    ("corrections.remove", {"name": "recorded:1", **_WHY}),
    ("tokens.list", {"limit": 2}),
    ("tokens.create", {"role": "viewer", "name": "a board", "expires": "30d"}),
    ("tokens.revoke", {"id": OLD, "reason": "The laptop is lost."}),
    ("handbook.lint", {"at": AT, "limit": 1}),
    ("handbook.cost", {"at": AT, "series": 100, "limit": 1}),
    ("backtest.run", {"slos": ["slo-api-001"], "end": AT, "days": 7}),
    ("alerts.design", {"strategy": "workbook", "objective": "99.9", "window": "28d"}),
    ("alerts.list", {"firing": True, "limit": 1}),
    ("alerts.show", {"id": 1}),
    ("notifications.targets", {"limit": 1}),
    ("notifications.list", {"limit": 1}),
    ("notifications.test", {"target": "sre-chat"}),
    ("notifications.retry", {"id": 1}),
    ("rollbacks.list", {"limit": 1}),
    ("rollbacks.show", {"id": 2}),
    ("rollbacks.verify", {"id": 2}),
    ("rollbacks.stop", {"reason": "The cluster moves.", "who": "Ada"}),
    ("rollbacks.resume", {"reason": "It has moved.", "who": "Ada"}),
    ("rollbacks.run", {"id": 2, "dry_run": True}),
    ("rollbacks.approve", {"id": 2, "reason": "It is the deployment.", "who": "Ada"}),
    ("rollbacks.reject", {"id": 3, "reason": "It is the network.", "who": "Ada"}),
    ("audit.list", {"limit": 1}),
)  # fmt: skip
"""Operations in the order in which they are asked: what is listed was written before."""
COLLECTED = (("slices.collect", {"since": "2026-11-02T11:00:00Z", "at": AT, "slis": ["sli-api-001"]}),)
"""Asked of a ledger of its own, since what was simulated is never collected as well."""


def main() -> None:
    """Ask everything and write the answers, in the order of the operations' names."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    with tempfile.TemporaryDirectory() as house:
        folder = Path(house) / "handbook"
        shutil.copytree(ROOT / "handbooks" / "virtengine", folder, ignore=shutil.ignore_patterns(".leadline"))
        (folder / "orders.yaml").write_text(ORDERS, encoding="utf-8")
        found = _asked(ASKED, Settings(folder, f"sqlite:///{house}/examples.db"))
        found |= _asked(COLLECTED, Settings(folder, f"sqlite:///{house}/collected.db"))
    text = json.dumps(dict(sorted(found.items())), ensure_ascii=False, indent=1)
    target.write_text(f"{text}\n", encoding="utf-8")


def _asked(questions: tuple[tuple[str, Mapping[str, Any]], ...], settings: Settings) -> dict[str, dict[str, Any]]:
    found = {}
    with engine(settings, Diet(), now=lambda: NOW, environ={}) as (turning, workplace):
        turning.steps = [step for step in turning.steps if step.name not in ASKING]
        context = _context(workplace)
        context.tokens.add(
            Token(OLD, "Ben's laptop", Permission.EDITOR, fingerprint(SECRET), _seconds(-9), "Ada", _seconds(81))
        )
        _a_dead_letter(context)
        for name, request in questions:
            found[name] = _example(name, request, context)
            if name == "slices.simulate":
                turning.take_turn()
                _rollbacks(context)
    return found


def _context(workplace: Workplace) -> Context:
    """The simulation answers where a source would be asked."""
    context = workplace.context(lambda: NOW, NO_MEMORY, caller=CALLER)
    (scenario,) = context.handbook.simulations.values()
    opened: Callable[[DataSource], Any] = context.source

    def simulated(spec: DataSource) -> Any:
        is_simulated = spec.type == SIMULATION
        return opened(spec if is_simulated else DataSource(spec.name, SIMULATION, {"scenario": scenario}, spec.place))

    return replace(context, source=simulated, notifiers=_Told())


class _Told:
    """`Notifiers` that reach everybody."""

    def open(self, target: NotificationTarget) -> _Told:  # noqa: ARG002 - the port's signature
        return self

    def send(self, message: Message) -> Sent:  # noqa: ARG002 - as above
        return Sent("posted 1793620800.000100")


def _rollbacks(context: Context) -> None:
    """Two that wait, asked for by an alert that fired two minutes ago."""
    for number, ref in ((1, "4f2a9c1"), (2, "77be010")):
        at = int(NOW.timestamp()) - 120
        windows = (AlarmWindow(300, 21.5, 10.0),)
        episode = f"slo-api-001/emergency/{at - number}"
        alarm = Alarm(episode, "slo-api-001", "api", "api-engineering", 0, "emergency", "page", at, windows)
        change = Change("api", "feature", ref, at - 240, None, "jenkins", "ben", at - 240, id=40 + number)
        policy = RollbackPolicy(
            name="undo-api", services=("api",), mode="approve", type="command",
            connection={"argv": ["/opt/deploy/rollback", "{service}", "{ref}"]},
        )  # fmt: skip
        text = document(alarm, change, policy, 60.0, at)
        why = f"change {change.id} (feature) began 4 min before the alert"
        step = RollbackStep(at, RollbackState.WAITING, "", why)
        asked = Rollback(episode, change.id, "api", alarm.slo, alarm.tier, at, text, signature(text, b"key"), (step,))
        context.rollbacks.add(asked, [])


def _a_dead_letter(context: Context) -> None:
    at = _seconds(-1)
    notice = Notice(
        key="slo-api-001/fast/1793534400/fired", thread="slo-api-001/fast/1793534400", kind=NoticeKind.ALERT_FIRED,
        at=at, severity="page", service="api", slo="slo-api-001", team="api-engineering", tier=1,
        title="slo-api-001 burns its budget 14.4 times too fast", text="", facts={"burn over 1h": "14.4"},
    )  # fmt: skip
    number = context.outbox.add_planned(notice, Planned("sre-pager", at), at)
    context.outbox.end(Attempt(number, at, DeliveryState.DEAD, "answered 400: invalid routing key"))


def _seconds(days: int) -> int:
    return int((NOW + timedelta(days=days)).timestamp())


def _example(name: str, request: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The request as it is sent, and as much of the answer as shows its form."""
    operation = operations()[name]
    found = dict(request)
    limit = found.pop("limit", 1) if operation.pages else 1
    asked = attribute(operation.request).model_validate(found, strict=False)
    answer: BaseModel = call(name, asked, context)
    if name == "tokens.create":
        answer = answer.model_copy(update={"id": NEW, "token": written(NEW, SECRET)})
    body = cut(answer, operation.pages, Page(limit=limit)) if operation.pages else answer.model_dump_json().encode()
    return {"request": list(_LINES) if operation.body else dict(request), "response": _short(json.loads(body))}


def _short(value: Any) -> Any:
    """The same with the first thing of each list; of plain values, the first two."""
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_short(each) for each in value[: 1 if isinstance(value[0], dict | list) else 2]] if value else []
    return value


if __name__ == "__main__":
    main()
