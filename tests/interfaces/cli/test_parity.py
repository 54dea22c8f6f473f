"""Every operation resolves and is documented, and every field of its request can be typed."""

from __future__ import annotations

import inspect

import pytest
import typer.main
from pydantic import BaseModel

from leadline.domains import operations
from leadline.interfaces.cli.main import app
from leadline.ports.operation import Operation, Where, attribute

COMMANDS = {
    "alerts.design": "alerts design",
    "slices.collect": "collect",
    "slices.record": "record slice",
    "slices.push": "slices import",
    "record.downtime": "record downtime",
    "record.failures": "record failures",
    "record.list": "record list",
    "record.remove": "record remove",
    "slices.import": "slices import",
    "slices.export": "slices export",
    "slices.simulate": "simulate",
    "slices.plan": "simulate",
    "status.show": "status",
    "slo.show": "slo show",
    "slo.history": "slo history",
    "slo.levels": "slo levels",
    "slo.course": "slo course",
    "slo.slices": "slo slices",
    "slo.burns": "slo burns",
    "needs.list": "needs",
    "overview.show": "overview",
    "service.list": "service list",
    "service.show": "service show",
    "team.list": "team list",
    "team.show": "team show",
    "names.find": "find",
    "corrections.add": "correct add",
    "corrections.list": "correct list",
    "corrections.remove": "correct remove",
    "corrections.silences": "correct list",
    "corrections.maintenance": "correct list",
    "handbook.lint": "lint",
    "rules.lint": "lint",
    "handbook.diff": "diff",
    "handbook.cost": "cost",
    "backtest.run": "backtest",
    "specs.import": "import",
    "specs.export": "export",
    "rules.generate": "rules",
    "dashboards.generate": "dashboards",
    "changes.record": "change record",
    "changes.list": "change list",
    "incidents.record": "incident record",
    "incidents.list": "incident list",
    "incidents.end": "incident end",
    "alerts.list": "alerts list",
    "alerts.show": "alerts show",
    "notifications.list": "notify list",
    "notifications.targets": "notify targets",
    "notifications.test": "notify test",
    "notifications.retry": "notify retry",
    "gate.ask": "gate",
    "gate.matrix": "policy matrix",
    "policies.show": "policy show",
    "decisions.list": "decision list",
    "decisions.show": "decision show",
    "decisions.verify": "decision verify",
    "permits.approve": "approve",
    "permits.except": "exception grant",
    "permits.break": "break-glass open",
    "permits.confirm": "break-glass confirm",
    "permits.withdraw": "permit withdraw",
    "permits.list": "permit list",
    "duties.list": "duty list",
    "duties.finish": "duty done",
    "rollbacks.list": "rollback list",
    "rollbacks.show": "rollback show",
    "rollbacks.verify": "rollback verify",
    "rollbacks.approve": "rollback approve",
    "rollbacks.reject": "rollback reject",
    "rollbacks.run": "rollback run",
    "rollbacks.stop": "rollback stop",
    "rollbacks.resume": "rollback resume",
    "tokens.create": "token create",
    "tokens.list": "token list",
    "tokens.revoke": "token revoke",
    "audit.list": "audit list",
}
"""Operation → the hand-written command that runs it."""
ALL = list(operations().values())
NAMED = [operation.name for operation in ALL]


def parameters(command: str) -> set[str]:
    """Names of a command's arguments and options, as its function has them."""
    found = typer.main.get_command(app)
    for word in command.split():
        found = found.commands[word]  # type: ignore[attr-defined]  # a group, as the word before it is one
    return {name for parameter in found.params if (name := parameter.name) is not None}


def test_every_operation_has_a_command_and_every_command_an_operation() -> None:
    assert set(COMMANDS) == set(operations())


@pytest.mark.parametrize("operation", ALL, ids=NAMED)
def test_every_field_of_a_request_can_be_typed(operation: Operation) -> None:
    model = attribute(operation.request)
    typed = parameters(COMMANDS[operation.name])
    asked = set(model.model_fields) - ({"content"} if operation.body else set())  # it is the file that is imported
    missing = {field for field in asked if field not in typed and field.removesuffix("s") not in typed}
    assert missing == set()


@pytest.mark.parametrize("operation", ALL, ids=NAMED)
def test_every_command_takes_the_settings_and_tells_json_after_the_subcommand(operation: Operation) -> None:
    typed = parameters(COMMANDS[operation.name])
    assert {"handbook", "database", "server", "token", "as_json"} <= typed
    assert ("at" in attribute(operation.request).model_fields) <= ("at" in typed)


@pytest.mark.parametrize("operation", ALL, ids=NAMED)
def test_every_operation_resolves_to_models_and_a_handler_that_takes_them(operation: Operation) -> None:
    request, response, handler = (
        attribute(each) for each in (operation.request, operation.response, operation.handler)
    )
    assert issubclass(request, BaseModel)
    assert issubclass(response, BaseModel)
    hints = inspect.get_annotations(handler, eval_str=True)
    assert (hints["request"], hints["return"]) == (request, response)


@pytest.mark.parametrize("operation", ALL, ids=NAMED)
def test_every_operation_has_a_line_of_documentation(operation: Operation) -> None:
    assert operation.summary.endswith(".")
    assert "\n" not in operation.summary
    assert attribute(operation.handler).__doc__


@pytest.mark.parametrize("operation", ALL, ids=NAMED)
def test_a_server_operation_takes_no_path(operation: Operation) -> None:
    schema = attribute(operation.request).model_json_schema()
    paths = [name for name, field in schema["properties"].items() if field.get("format") == "path"]
    assert bool(paths) is (operation.where is Where.LOCAL)


@pytest.mark.parametrize("operation", ALL, ids=NAMED)
def test_requests_and_answers_refuse_keys_they_do_not_know(operation: Operation) -> None:
    for reference in (operation.request, operation.response):
        assert attribute(reference).model_config["extra"] == "forbid"
        assert attribute(reference).model_config["frozen"] is True


def test_names_of_operations_are_unique_and_two_words() -> None:
    assert len(NAMED) == len(set(NAMED))
    assert all(len(name.split(".")) == 2 for name in NAMED)
