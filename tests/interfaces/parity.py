"""
What each operation is asked in the tests of parity, and the ways in which it can be asked.

A new operation adds one case at least; a new interface adds one way to `HERE` or `ELSEWHERE`. Every way gets a shop of
its own when the operation writes, all of them copies of `seeded`.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from contract.test_outbox import FIRED
from instants import NOON_SECONDS
from leadline.adapters.store import open_store
from leadline.app import call, opened
from leadline.domains import operations
from leadline.domains.access.rules import fingerprint, written
from leadline.errors import LeadlineError
from leadline.interfaces.client.connection import Connection
from leadline.ports.operation import Operation, Permission, attribute
from leadline.ports.outbox import Attempt, DeliveryState, Planned
from leadline.ports.rollbacks import RollbackState
from leadline.ports.tokens import Token
from leadline.settings import Settings
from made_alerts import write_down
from made_commands import AT, HANDBOOK, a_shop, three_days, typed
from made_handbooks import Steps
from made_rollbacks import a_rollback
from served import Served

ORDERS = """\
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: metrics}
spec: {type: prometheus, connectionDetails: {url: "http://127.0.0.1:9"}}
---
apiVersion: leadline/v1
kind: NotificationTarget
metadata: {name: chat}
spec: {type: webhook, connectionDetails: {url: "https://chat.example.com", secret: "${CHAT_SECRET_OF_NOBODY}"}}
---
apiVersion: leadline/v1
kind: NotificationTarget
metadata: {name: loft}
spec: {type: dove, connectionDetails: {loft: /dev/null}}
---
apiVersion: leadline/v1
kind: BudgetPolicy
metadata: {name: tills}
spec:
  onUnknown: closed
  roles: {owner: {permission: responder}}
  rules:
    feature:
      healthy: approve(owner)
      warning: approve(owner)
      critical: approve(owner)
      depleted: approve(owner)
      unknown: approve(owner)
    hotfix: {healthy: allow, warning: allow, critical: deny, depleted: deny}
  exceptions: {approvers: {healthy: owner}, grounds: {legal: The law wants it.}}
  breakGlass: {}
---
apiVersion: leadline/v1
kind: Team
metadata: {name: tills}
spec: {description: Looks after orders.}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: ordering}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 1d, isRolling: true}]
  indicator:
    metadata: {name: orders}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {metricSourceRef: metrics, spec: {query: bad_total}}}
        total: {metricSource: {metricSourceRef: metrics, spec: {query: all_total}}}
  objectives: [{target: 0.99}, {target: 0.9}]
---
apiVersion: leadline/v1
kind: Simulation
metadata: {name: everyday}
spec:
  rhythm: {low: 1, weekend: 1, noise: 0}
  traffic: [{sli: orders, perMinute: 100}]
  incidents:
    - {name: down, start: 2026-03-04T06:00:00Z, duration: 30m, depth: 0.2, effects: [{sli: orders}]}
"""
"""Measured, and so can be simulated, beside what is pushed."""
DOVE = {"dove": "pigeon_notifier:PigeonNotifier"}
"""A type of target that reaches everybody; whoever asks the cases adds it to `NOTIFIERS`."""
SECRET = "5" * 64
IDS = dict(zip(Permission, ("a000000001", "a000000002", "a000000003", "a000000004"), strict=True))
TOKENS = {role: written(each, SECRET) for role, each in IDS.items()}
"""A token of each role, in every seeded shop."""
OLD = "a0000000ff"
"""A token that may be revoked."""


@dataclass(frozen=True)
class Case:
    """One question to one operation."""

    operation: str
    fields: Mapping[str, Any]
    typed: str
    """The command, as a person would type it."""
    code: int = 0
    masked: frozenset[str] = frozenset()
    """Fields of the answer that differ from call to call: instants of now, and what is drawn."""
    prints_model: bool = True
    """Whether the command's `--json` is the answer itself."""
    is_worded_alike: bool = True
    """False where a mistake is found before the operation, by each interface in its own words."""

    @property
    def declared(self) -> Operation:
        return operations()[self.operation]

    @property
    def name(self) -> str:
        return f"{self.typed[:30]}…{self.typed[-20:]} ends with {self.code}"


@dataclass(frozen=True)
class Told:
    """How an interface answered: the exit code, and the answer or the words of the error."""

    code: int
    answer: Any = field(default=None)
    words: str = ""


_INTERVAL = {"start": "2026-03-04T10:00:00Z", "end": "2026-03-04T10:30:00Z"}
_BETWEEN = "--from 2026-03-04T10:00:00Z --to 2026-03-04T10:30:00Z"
_WHY = {"reason": "the probe was down", "who": "Ada"}
_SAY_WHY = "--reason 'the probe was down' --who Ada"
_SLICE = {"sli": "requests", "total": 10, "start": "2026-03-04T11:00:00Z"}
_SAY_SLICE = "record slice requests --total 10 --start 2026-03-04T11:00:00Z --bad"
_MOVE = {
    **_INTERVAL, "slos": ["checkout"], "mode": "exclude", "reason": "moved", "approver": "Ada",
    "applies_to": ["slo", "agreement"],
}  # fmt: skip
_SAY_MOVE = f"correct add checkout {_BETWEEN} --reason moved --approver Ada --applies-to slo --applies-to agreement"
_BOARD = {"role": "viewer", "name": "a board", "expires": "30d"}
_LINES = f'{{"sli": "requests", "start": {NOON_SECONDS - 600}, "bad": 1, "total": 7}}\n'.encode()
_EARLY = "2026-03-04T09:00:00Z"
_DEPLOY = {
    "service": "shop", "kind": "bug-fix", "ref": "4f2a", "started": _EARLY, "fixes": [1], "source": "jenkins",
    "who": "Ada",
}  # fmt: skip
_SAY_DEPLOY = f"--service shop --kind bug-fix --ref 4f2a --started {_EARLY} --fixes 1 --source jenkins --who Ada"
_PROBE = {"title": "the till jams", "service": "shop", "slos": ["checkout"], "severity": "sev-2", "started": AT,
          "who": "Ada"}  # fmt: skip
_SAY_PROBE = f"'the till jams' --service shop --slo checkout --severity sev-2 --started {AT} --who Ada"
_CHANGE = {"service": "shop", "change": "hotfix", "ref": "4f2a", "reason": "it burns"}
_SAY_CHANGE = "--service shop --change hotfix --ref 4f2a --reason 'it burns'"
_ASKED = frozenset({"at", "judged_at", "author", "asked_by", "reasons", "objectives", "warnings"})
"""What is told of an objective of which nothing was heard names the minutes since then."""
_SAY_DECISIONS = "decision list --service shop --most 5 --before 9"
_SAY_EXCEPT = f"exception grant {_SAY_CHANGE} --grounds"
_FINISHED = frozenset({"done_at", "done_by"})
_GIVEN = frozenset({"who", "given_by", "given_at", "expires_at", "second", "withdrawn_by"})
_RECORDED = frozenset({"recorded_at"})
_NOW = frozenset({"at"})
_STEPS = frozenset({"steps"})
_DRAWN = frozenset({"token", "id", "expires_at"})

CASES = (
    Case("status.show", {"at": AT}, f"status --at {AT}"),
    Case("status.show", {"at": AT, "service": "shop"}, f"status --at {AT} --service shop"),
    Case("status.show", {"slos": ["chekout"]}, "status --slo chekout", code=4),
    Case("slo.show", {"name": "checkout", "at": AT}, f"slo show checkout --at {AT}"),
    Case("slo.show", {"name": "ordering/2", "at": AT}, f"slo show ordering/2 --at {AT}"),
    Case("slo.show", {"name": "a b/c?d"}, "slo show 'a b/c?d'", code=4),
    Case("slo.history", {"name": "checkout", "at": AT}, f"slo history checkout --at {AT}"),
    Case("slo.levels", {"name": "checkout"}, "slo levels checkout", masked=_NOW),
    Case("slo.course", {"name": "checkout", "at": AT, "hours": 48}, f"slo course checkout --at {AT} --hours 48"),
    Case("slo.slices", {"name": "checkout", "at": AT, "hours": 4}, f"slo slices checkout --at {AT} --hours 4"),
    Case("slo.burns", {"name": "checkout", "at": AT, "minutes": 60}, f"slo burns checkout --at {AT} --minutes 60"),
    Case("needs.list", {"at": AT, "most": 5}, f"needs --at {AT} --most 5"),
    Case("overview.show", {"at": AT, "most": 1}, f"overview --at {AT} --most 1"),
    Case("service.list", {"at": AT}, f"service list --at {AT}"),
    Case("service.show", {"name": "shop", "at": AT}, f"service show shop --at {AT}"),
    Case("service.show", {"name": "shp"}, "service show shp", code=4),
    Case("team.list", {"at": AT}, f"team list --at {AT}"),
    Case("team.show", {"name": "tills", "at": AT}, f"team show tills --at {AT}"),
    Case("names.find", {"q": "ord", "most": 3}, "find ord --most 3"),
    Case("slices.push", {"content": _LINES, "writer": "till"}, "slices import {shop}/p.ndjson --writer till"),
    Case("slices.collect", {"at": AT, "slis": ["requests"]}, f"collect --at {AT} --sli requests"),
    Case("slices.collect", {"slis": ["request"]}, "collect --sli request", code=4),
    Case("slices.record", {**_SLICE, "bad": 1}, f"{_SAY_SLICE} 1"),
    Case("slices.record", {**_SLICE, "bad": 11}, f"{_SAY_SLICE} 11", code=2),
    Case(
        "record.downtime",
        {**_INTERVAL, **_WHY, "slo": "checkout", "fraction": "0.3"},
        f"record downtime checkout {_BETWEEN} --fraction 30% {_SAY_WHY}",
    ),
    Case(
        "record.failures",
        {**_INTERVAL, **_WHY, "sli": "requests", "bad": 9},
        f"record failures requests --bad 9 {_BETWEEN} {_SAY_WHY}",
    ),
    Case("record.list", {"removed": True}, "record list --removed"),
    Case("record.remove", {"id": 1, **_WHY}, f"record remove 1 {_SAY_WHY}"),
    Case("record.remove", {"id": 7, **_WHY}, f"record remove 7 {_SAY_WHY}", code=4),
    Case("slices.simulate", {"days": 1, "at": AT, "force": True}, f"simulate --days 1 --at {AT} --force"),
    Case("slices.simulate", {"days": 1, "at": AT}, f"simulate --days 1 --at {AT}", code=4),
    Case("slices.plan", {"days": 2, "at": AT}, f"simulate --plan --days 2 --at {AT}"),
    Case("corrections.add", _MOVE, _SAY_MOVE),
    Case("corrections.add", {**_MOVE, "end": _EARLY}, f"{_SAY_MOVE} --to {_EARLY}", code=2),
    Case("corrections.add", {**_MOVE, "mode": "x"}, f"{_SAY_MOVE} --mode x", code=2, is_worded_alike=False),
    Case("corrections.list", {"at": AT, "removed": True}, f"correct list --at {AT} --removed"),
    Case("corrections.remove", {"name": "recorded:1", **_WHY}, f"correct remove recorded:1 {_SAY_WHY}"),
    Case("corrections.remove", {"name": "recorded:9", **_WHY}, f"correct remove recorded:9 {_SAY_WHY}", code=4),
    Case("corrections.silences", {"at": AT}, f"correct list --alertmanager --at {AT}", prints_model=False),
    Case("corrections.maintenance", {"at": AT}, f"correct list --metrics --at {AT}", prints_model=False),
    Case("changes.record", _DEPLOY, f"change record {_SAY_DEPLOY}", masked=_RECORDED),
    Case("changes.record", {**_DEPLOY, "service": "shp"}, f"change record {_SAY_DEPLOY} --service shp", code=4),
    Case("changes.list", {"start": _EARLY, "end": AT}, f"change list --from {_EARLY} --to {AT}"),
    Case("incidents.record", _PROBE, f"incident record {_SAY_PROBE}", masked=_RECORDED),
    Case(
        "incidents.list", {"open": True, "start": _EARLY, "end": AT}, f"incident list --open --from {_EARLY} --to {AT}"
    ),
    Case("incidents.end", {"id": 1, "finished": AT, "who": "Ada"}, f"incident end 1 --finished {AT} --who Ada"),
    Case("incidents.end", {"id": 8, "who": "Ada"}, "incident end 8 --who Ada", code=4),
    Case(
        "notifications.list",
        {"state": "dead", "target": "chat", "most": 5},
        "notify list --state dead --target chat --most 5",
    ),
    Case("notifications.list", {"state": "x"}, "notify list --state x", code=2, is_worded_alike=False),
    Case("notifications.targets", {}, "notify targets"),
    Case("notifications.test", {"target": "loft"}, "notify test loft"),
    Case("notifications.test", {"target": "chat"}, "notify test chat", code=3),
    Case("notifications.test", {"target": "chta"}, "notify test chta", code=4),
    Case("notifications.retry", {"id": 1}, "notify retry 1"),
    Case("notifications.retry", {"id": 9}, "notify retry 9", code=4),
    Case(
        "gate.ask",
        {"service": "shop", "change": "Feature", "ref": "9c", "fixes": [1]},
        "gate --service shop --change Feature --ref 9c --fixes 1",
        masked=_ASKED,
    ),
    Case("gate.ask", {"service": "shp", "change": "feature"}, "gate --service shp --change feature", code=4),
    Case("gate.matrix", {"at": AT, "service": "shop"}, f"policy matrix --at {AT} --service shop"),
    Case("policies.show", {"name": "tills"}, "policy show tills"),
    Case(
        "decisions.list",
        {"service": "shop", "most": 5, "before": 9},
        "decision list --service shop --most 5 --before 9",
    ),
    Case("decisions.show", {"id": 1}, "decision show 1"),
    Case("decisions.show", {"id": 99}, "decision show 99", code=4),
    Case("decisions.verify", {"most": 5}, "decision verify --most 5"),
    Case(
        "permits.approve",
        {"decision": 1, "role": "owner", "expires": "2h", "note": "seen"},
        "approve 1 --role owner --expires 2h --note seen",
        masked=_GIVEN,
    ),
    Case("permits.approve", {"decision": 1, "role": "ceo"}, "approve 1 --role ceo", code=4),
    Case(
        "permits.except",
        {**_CHANGE, "grounds": "legal"},
        f"{_SAY_EXCEPT} legal",
        masked=_GIVEN,
    ),
    Case("permits.except", {**_CHANGE, "grounds": "fun"}, f"{_SAY_EXCEPT} fun", code=2),
    Case("permits.break", _CHANGE, f"break-glass open {_SAY_CHANGE}", masked=_GIVEN),
    Case("permits.confirm", {"id": 1}, "break-glass confirm 1", masked=_GIVEN),
    Case("permits.withdraw", {"id": 1, "reason": "over"}, "permit withdraw 1 --reason over", masked=_GIVEN),
    Case("permits.list", {"all": True}, "permit list --all"),
    Case("duties.list", {"service": "shop"}, "duty list --service shop", masked=_NOW),
    Case("duties.finish", {"id": 1, "note": "done"}, "duty done 1 --note done", masked=_FINISHED),
    Case("alerts.list", {"service": "shop", "firing": True}, "alerts list --service shop --firing"),
    Case("alerts.list", {"most": 1}, "alerts list --most 1"),
    Case("alerts.list", {"service": "shp"}, "alerts list --service shp", code=4),
    Case("alerts.show", {"id": 1}, "alerts show 1"),
    Case("alerts.show", {"id": 9}, "alerts show 9", code=4),
    Case("rollbacks.list", {"service": "shop", "most": 5}, "rollback list --service shop --most 5"),
    Case("rollbacks.list", {"service": "shp"}, "rollback list --service shp", code=4),
    Case("rollbacks.show", {"id": 1}, "rollback show 1"),
    Case("rollbacks.show", {"id": 9}, "rollback show 9", code=4),
    Case("rollbacks.verify", {"id": 1}, "rollback verify 1"),
    Case("rollbacks.verify", {"id": 9}, "rollback verify 9", code=4),
    Case("rollbacks.approve", {"id": 1, "who": "Ada"}, "rollback approve 1 --who Ada", masked=_STEPS),
    Case("rollbacks.approve", {"id": 2, "who": "Ada"}, "rollback approve 2 --who Ada", code=4),
    Case(
        "rollbacks.reject",
        {"id": 1, "reason": "no", "who": "Ada"},
        "rollback reject 1 --reason no --who Ada",
        masked=_STEPS,
    ),
    Case("rollbacks.run", {"id": 1}, "rollback run 1", code=4),
    Case("rollbacks.run", {"id": 1, "dry_run": True}, "rollback run 1 --dry-run"),
    Case("rollbacks.run", {"id": 9, "dry_run": True}, "rollback run 9 --dry-run", code=4),
    Case("rollbacks.stop", _WHY, f"rollback stop {_SAY_WHY}", masked=_NOW),
    Case("rollbacks.resume", _WHY, f"rollback resume {_SAY_WHY}", masked=_NOW),
    Case("tokens.create", _BOARD, "token create --role viewer --name 'a board' --expires 30d", masked=_DRAWN),
    Case("tokens.create", {**_BOARD, "expires": "x"}, "token create --role viewer --expires x", code=2),
    Case("tokens.list", {}, "token list", masked=_NOW),
    Case("tokens.revoke", {"id": OLD, "reason": "old"}, f"token revoke {OLD} --reason old"),
    Case("tokens.revoke", {"id": "a00"}, "token revoke a00", code=4),
    Case("handbook.lint", {"at": AT, "service": "shop"}, f"lint --at {AT} --service shop"),
    Case("handbook.cost", {"at": AT, "service": "shop"}, f"cost --at {AT} --service shop"),
    Case("handbook.cost", {"service": "shp"}, "cost --service shp", code=4),
    Case("handbook.lint", {"slos": ["chekout"]}, "lint --slo chekout", code=4),
    Case(
        "backtest.run",
        {"slos": ["checkout"], "strategies": ["workbook"], "objectives": ["99"], "end": AT, "days": 1},
        f"backtest --slo checkout --strategy workbook --objective 99 --to {AT} --days 1",
    ),
    Case("backtest.run", {"slos": ["chekout"]}, "backtest --slo chekout", code=4),
    Case("alerts.design", {"strategy": "workbook", "window": "28d"}, "alerts design --window 28d"),
    Case("alerts.design", {"strategy": "workbook", "objective": "90"}, "alerts design --objective 90", code=2),
    Case("audit.list", {"limit": 2}, "audit list --limit 2"),
)


def seeded(folder: Path) -> Path:
    """A shop in which something of everything was written down."""
    shop = a_shop(folder, HANDBOOK + ORDERS)
    typed("slices", "import", three_days(shop / "s.csv", 1), shop=shop)
    typed("slices", "import", three_days(shop / "o.csv", sli="orders"), shop=shop)
    (shop / "p.ndjson").write_bytes(_LINES)
    typed(*shlex.split(_SAY_MOVE), shop=shop)
    day_before = _BETWEEN.replace("03-04", "03-03")
    typed(*shlex.split(f"record downtime checkout {day_before} {_SAY_WHY}"), shop=shop)
    typed(*shlex.split(f"incident record {_SAY_PROBE} --started {_EARLY}"), shop=shop)
    typed(*shlex.split(f"change record {_SAY_DEPLOY} --ref 3e19"), shop=shop)
    typed(*shlex.split("gate --service shop --change feature --ref 3e19 --author eve"), shop=shop)
    typed(*shlex.split(f"break-glass open {_SAY_CHANGE} --who eve"), shop=shop)
    with open_store(f"sqlite:///{shop}/handbook/.leadline/leadline.db") as store:
        number = store.outbox.add_planned(FIRED, Planned("chat", NOON_SECONDS), NOON_SECONDS)
        store.outbox.end(Attempt(number, NOON_SECONDS, DeliveryState.DEAD, "answered 404"))
        write_down(store.episodes)
        store.rollbacks.add(a_rollback(), [])
        store.rollbacks.add(a_rollback(episode="ordering/1", state=RollbackState.SUGGESTED), [])
        for role, each in {**IDS, None: OLD}.items():
            kept = (fingerprint(SECRET), NOON_SECONDS, "Ada", NOON_SECONDS + 10**9)
            store.tokens.add(Token(each, "Ada", role or Permission.VIEWER, *kept))
    return shop


def by_handler(case: Case, shop: Path) -> Told:
    """The use case itself."""
    settings = Settings.of({"LEADLINE_HANDBOOK": str(shop / "handbook")})
    try:
        request = attribute(case.declared.request).model_validate(case.fields)
        with opened(settings, Steps()) as context:
            return Told(0, json.loads(call(case.operation, request, context).model_dump_json()))
    except LeadlineError as error:
        return Told(error.exit_code, words=str(error))
    except ValueError as error:
        return Told(2, words=str(error))


def by_command(case: Case, shop: Path) -> Told:
    """What a person types on the machine with the database."""
    return _printed(case, shop)


def by_remote_command(case: Case, shop: Path, server: Served, role: Permission = Permission.ADMIN) -> Told:
    """What a person types elsewhere."""
    return _printed(case, shop, "--server", server.url, "--token", TOKENS[role])


def by_api(case: Case, _shop: Path, server: Served, role: Permission = Permission.ADMIN) -> Told:
    """The request, as any program would send it."""
    answer = sent(case, server, TOKENS[role])
    body = answer.json()
    if answer.status_code == 200:
        assert not case.declared.pages or body.pop("next") is None, "a page of its own that the other ways do not cut"
        return Told(0, body)
    assert answer.headers["content-type"] == "application/problem+json"
    return Told(body["exit_code"], words=body["detail"])


def by_client(case: Case, _shop: Path, server: Served) -> Told:
    """A program in Python."""
    try:
        request = attribute(case.declared.request).model_validate(case.fields)
        with Connection(server.url, TOKENS[Permission.ADMIN]) as connection:
            return Told(0, json.loads(connection.run(case.operation, request).model_dump_json()))
    except LeadlineError as error:
        return Told(error.exit_code, words=str(error))
    except ValueError as error:
        return Told(2, words=str(error))


HERE: Mapping[str, Callable[[Case, Path], Told]] = {"handler": by_handler, "command": by_command}
"""Ways that need the database."""
ELSEWHERE: Mapping[str, Callable[[Case, Path, Served], Told]] = {
    "remote command": by_remote_command,
    "api": by_api,
    "client": by_client,
}
"""Ways that need a server."""


def sent(case: Case, server: Served, token: str | None) -> Any:
    """The raw answer of the API."""
    method, _, path = case.declared.route.partition(" ")
    fields = dict(case.fields)
    for name in [name for name in fields if f"{{{name}}}" in path]:
        path = path.replace(f"{{{name}}}", quote(str(fields.pop(name)), safe=""))
    if case.declared.body:
        kind, content = {"Content-Type": case.declared.body}, fields.pop("content")
        return server.ask(method, f"/api/v1{path}", token=token, content=content, params=fields, headers=kind)
    how = {"params": fields} if method == "GET" else {"json": fields}
    return server.ask(method, f"/api/v1{path}", token=token, **how)


def _printed(case: Case, shop: Path, *more: str) -> Told:
    as_json = ("--json",) if case.prints_model else ()
    ran = typed(*shlex.split(case.typed.format(shop=shop)), *as_json, *more, shop=shop)
    if ran.code and not (ran.out and case.code == 0):  # an answer that is no is an answer
        words = "\n".join(line.removeprefix("leadline: ") for line in ran.err.splitlines())
        return Told(ran.code, words=words)
    return Told(0, json.loads(ran.out) if case.prints_model else ran.out)
