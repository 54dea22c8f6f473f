"""Opens the notifier of a target: its class by type, its secrets from the environment, the guarded way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from leadline.domains.notifications.connections import filled, problems_of
from leadline.errors import Problem, SpecError
from leadline.handbook.specs import NotificationTarget
from leadline.handbook.wording import nearest
from leadline.ports.egress import Egress
from leadline.ports.notifier import Notifier
from leadline.ports.operation import attribute


class Opening:
    """`Notifiers` by type."""

    def __init__(self, types: Mapping[str, str], environ: Mapping[str, str], egress: Egress) -> None:
        self._types, self._environ, self._egress = types, environ, egress

    def open(self, target: NotificationTarget) -> Notifier:
        adapter = _adapter(self._types, target)
        details = filled(target, adapter.KEYS, self._environ, lambda path: Path(path).read_text(encoding="utf-8"))
        return cast("Notifier", adapter(target.name, details, self._egress))


def problems(targets: Iterable[NotificationTarget], types: Mapping[str, str]) -> Iterator[Problem]:
    """Targets of a type that nobody answers for, and details that are not what their type wants."""
    for target in targets:
        if target.type not in types:
            place, hint = target.place, nearest(target.type, sorted(types))
            yield Problem(place.file, place.line, 1, "spec.type", "no adapter answers for it", target.type, hint)
            continue
        adapter = _adapter(types, target)
        yield from problems_of(target, adapter.KEYS, adapter.ONE_OF)


def _adapter(types: Mapping[str, str], target: NotificationTarget) -> Any:
    reference = types[target.type]
    try:
        return attribute(reference)
    except (ImportError, AttributeError) as error:
        what = f"its adapter {reference} does not load ({error})"
        hint = "mend or remove the package that brings it"
        place = target.place
        raise SpecError([Problem(place.file, place.line, 1, "spec.type", what, target.type, hint)]) from error
