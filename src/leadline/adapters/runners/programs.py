"""Runners that are programs: a command of one's own, `kubectl rollout undo`, and an abort of Argo Rollouts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from leadline.adapters.runners.processes import Program, environment
from leadline.ports.egress import Egress
from leadline.ports.notifier import Details, Key, KeyKind
from leadline.ports.runner import Order

_LONGEST_SECONDS = 600


def _timeout(usual: float) -> Key:
    return Key("timeoutSeconds", "After so long it is ended.", KeyKind.NUMBER, usual=usual, most=_LONGEST_SECONDS)


class ProgramRunner:
    """A `Runner` that runs a program; each kind of it says with which arguments."""

    KEYS: ClassVar[tuple[Key, ...]] = ()
    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init__(self, details: Details, folder: str, environ: Mapping[str, str], _egress: Egress) -> None:
        seen = environment(environ, details.names("environment"))
        self._program = Program(self.arguments(details), folder, seen, details.number("timeoutSeconds"))

    @staticmethod
    def arguments(details: Details) -> tuple[str, ...]:
        """The argument list, with placeholders."""
        return details.names("argv")

    @property
    def timeout_seconds(self) -> float:
        return self._program.timeout_seconds

    def plan(self, order: Order) -> str:
        return f"would run {self._program.filled(order)!r} in {self._program.folder}"

    def run(self, order: Order) -> str:
        return self._program.run(order)


_ENVIRONMENT = Key("environment", "More names of the environment that the program sees.", KeyKind.NAMES)


class CommandRunner(ProgramRunner):
    """A program of one's own."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "argv",
            "Program and arguments, one each; a placeholder is a whole argument.",
            KeyKind.NAMES,
            is_required=True,
        ),
        _ENVIRONMENT,
        _timeout(60),
    )


_WHERE = (
    Key("namespace", "Namespace in the cluster; without it, that of the context."),
    Key("context", "Context of the kubeconfig; without it, the current one."),
    _ENVIRONMENT,
    _timeout(60),
)


class KubectlRunner(ProgramRunner):
    """`kubectl rollout undo`: back to the revision before."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("resource", "What is rolled back, such as deployment/checkout.", is_required=True),
        Key("program", "Path of kubectl.", usual="kubectl"),
        *_WHERE,
    )

    @staticmethod
    def arguments(details: Details) -> tuple[str, ...]:
        return (details.text("program"), "rollout", "undo", *_options(details), "--", details.text("resource"))


class ArgoRolloutsRunner(ProgramRunner):
    """`kubectl argo rollouts abort`: back to what is stable."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("rollout", "Name of the Rollout.", is_required=True),
        Key("program", "Path of the plug-in for kubectl.", usual="kubectl-argo-rollouts"),
        *_WHERE,
    )

    @staticmethod
    def arguments(details: Details) -> tuple[str, ...]:
        return (details.text("program"), "abort", *_options(details), "--", details.text("rollout"))


def _options(details: Details) -> tuple[str, ...]:
    named = ("namespace", "context")
    return tuple(f"--{name}={details.text(name)}" for name in named if details.text(name))
