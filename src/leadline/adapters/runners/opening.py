"""Opens the runner of a policy: its class by type, its secrets from the environment, the guarded way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from leadline.adapters.runners.processes import mistakes
from leadline.domains.notifications.connections import filled, problems_of
from leadline.errors import Problem, SpecError
from leadline.handbook.specs import NotificationTarget, RollbackPolicy
from leadline.handbook.wording import nearest, shown
from leadline.ports.egress import Egress
from leadline.ports.notifier import SecretMissing
from leadline.ports.operation import attribute
from leadline.ports.runner import RunError, Runner
from leadline.settings import read_secret

KEY, STOP = "LEADLINE_ROLLBACK_KEY", "LEADLINE_ROLLBACK_STOP"
_OFF = frozenset({"", "0", "no", "false", "off"})


class OpeningRunners:
    """`Runners` by type."""

    def __init__(self, types: Mapping[str, str], folder: str, environ: Mapping[str, str], egress: Egress) -> None:
        self._types, self._folder, self._environ, self._egress = types, folder, environ, egress

    def open(self, policy: RollbackPolicy) -> Runner:
        if policy.type not in self._types:
            raise RunError(f"{policy.name or 'no policy'} says no way to roll back")
        adapter = attribute(self._types[policy.type])
        try:
            details = filled(_connected(policy), adapter.KEYS, self._environ, _read)
        except SecretMissing as error:
            raise RunError(str(error)) from error
        return cast("Runner", adapter(details, self._folder, self._environ, self._egress))

    def key(self) -> bytes:
        return (self._environ.get(KEY) or read_secret(self._environ, f"{KEY}_FILE", "the key") or "").encode()

    @property
    def stopped_by(self) -> str:
        return STOP if self._environ.get(STOP, "").strip().lower() not in _OFF else ""


def problems(policies: Iterable[RollbackPolicy], types: Mapping[str, str]) -> Iterator[Problem]:
    """Policies of a type that nobody answers for, and details that are not what their type wants."""
    for policy in policies:
        place = policy.place
        if not policy.type:
            continue
        if policy.type not in types:
            hint = nearest(policy.type, sorted(types))
            yield Problem(place.file, place.line, 1, "spec.type", "no adapter answers for it", policy.type, hint)
            continue
        adapter = _adapter(types, policy)
        yield from problems_of(_connected(policy), adapter.KEYS, adapter.ONE_OF)
        argv = policy.connection.get("argv")
        if isinstance(argv, list | tuple) and all(isinstance(each, str) for each in argv):
            for what, value, hint in mistakes(argv):
                key = "spec.connectionDetails.argv"
                yield Problem(place.file, place.line, 1, key, what, shown(value), hint)


def _adapter(types: Mapping[str, str], policy: RollbackPolicy) -> Any:
    reference, place = types[policy.type], policy.place
    try:
        return attribute(reference)
    except (ImportError, AttributeError) as error:
        what = f"its adapter {reference} does not load ({error})"
        hint = "mend or remove the package that brings it"
        raise SpecError([Problem(place.file, place.line, 1, "spec.type", what, policy.type, hint)]) from error


def _connected(policy: RollbackPolicy) -> NotificationTarget:
    """What is connected to, as the reader of details has it."""
    return NotificationTarget(policy.name, policy.name, policy.type, policy.connection, policy.place)


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")
