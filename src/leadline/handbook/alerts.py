"""Alert policies of SLOs: references that dangle, and burn rates that an objective can never reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from leadline.handbook import documents
from leadline.handbook.annotations import read_annotations
from leadline.handbook.reading import PathInside
from leadline.handbook.shaping import Written
from leadline.handbook.specs import Place
from leadline.handbook.wording import nearest

_KINDS = ("AlertPolicy", "AlertCondition", "AlertNotificationTarget")


def check_alerts(
    written: list[Written], names: Mapping[str, Collection[str]], budgets: Mapping[Place, list[Fraction]]
) -> None:
    """Complain of what no alert policy, condition or target answers to, and of alerts that cannot fire."""
    models = {(one.kind, one.name): one.model for one in written if one.model is not None}
    known = _Known(names, models)
    for one in written:
        if one.model is None:
            continue
        if one.kind in _KINDS:
            read_annotations(one, ("metadata",), (one.kind,))
        if one.kind == "AlertPolicy":
            _check_policy(one, one.model.spec, ("spec",), names)
        elif one.kind == "SLO":
            for index, entry in enumerate(one.model.spec.alert_policies):
                _check_entry(one, entry, ("spec", "alertPolicies", index), known, budgets.get(one.place, []))


@dataclass(frozen=True, slots=True)
class _Known:
    names: Mapping[str, Collection[str]]
    models: Mapping[tuple[str, str], Any]


def _check_entry(
    written: Written, entry: documents.PolicyEntry, path: PathInside, known: _Known, budgets: list[Fraction]
) -> None:
    names, models = known.names, known.models
    if not _one_of(written, path, "alertPolicyRef", entry.alert_policy_ref, entry.spec):
        return
    spec = entry.spec
    if spec is None:
        ref = entry.alert_policy_ref or ""
        if ref not in names["AlertPolicy"]:
            written.problem(path, "no such AlertPolicy", ref, nearest(ref, sorted(names["AlertPolicy"])))
            return
        spec = models["AlertPolicy", ref].spec if ("AlertPolicy", ref) in models else None
    else:
        _check_policy(written, spec, (*path, "spec"), names)
    for condition in spec.conditions if spec is not None else ():
        found = condition.spec
        if found is None and ("AlertCondition", condition.condition_ref or "") in models:
            found = models["AlertCondition", condition.condition_ref or ""].spec
        if found is not None:
            _check_reachable(written, path, found.condition, budgets)


def _check_reachable(
    written: Written, path: PathInside, condition: documents.ConditionType, budgets: list[Fraction]
) -> None:
    factor = Fraction(condition.threshold)
    for budget in budgets:
        if budget and factor * budget >= 1:
            hint = f"write a factor below {float(1 / budget):g}: even if every event is bad, burn is no higher"
            written.problem(path, "an alert that can never fire", condition.threshold, hint)


def _check_policy(
    written: Written, spec: documents.AlertPolicySpec, path: PathInside, names: Mapping[str, Collection[str]]
) -> None:
    for index, condition in enumerate(spec.conditions):
        where = (*path, "conditions", index)
        if _one_of(written, where, "conditionRef", condition.condition_ref, condition.spec):
            _check_ref(written, (*where, "conditionRef"), condition.condition_ref, "AlertCondition", names)
    for index, target in enumerate(spec.notification_targets):
        where = (*path, "notificationTargets", index)
        if _one_of(written, where, "targetRef", target.target_ref, target.spec):
            _check_ref(written, (*where, "targetRef"), target.target_ref, "AlertNotificationTarget", names)


def _check_ref(
    written: Written, path: PathInside, ref: str | None, kind: str, names: Mapping[str, Collection[str]]
) -> None:
    if ref is not None and ref not in names[kind]:
        written.problem(path, f"no such {kind}", ref, nearest(ref, sorted(names[kind])))


def _one_of(written: Written, path: PathInside, key: str, ref: str | None, spec: object) -> bool:
    if ref is None and spec is None:
        written.missing((*path, key), f"add {key}: (a name), or kind, metadata and spec", f"neither {key} nor spec")
    elif ref is not None and spec is not None:
        written.problem((*path, key), f"both {key} and spec", ref, "keep one")
    return (ref is None) != (spec is None)
