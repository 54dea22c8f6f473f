"""Alert policies of SLOs: references that dangle, and burn rates that an objective can never reach."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from leadline.core.slices import STEP
from leadline.handbook import documents
from leadline.handbook.annotations import PREFIX, read_annotations
from leadline.handbook.reading import PathInside
from leadline.handbook.shaping import Written
from leadline.handbook.specs import Place
from leadline.handbook.wording import nearest
from leadline.units import format_duration, parse_duration

_LEAST_SLICES = 4
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
        values = read_annotations(one, ("metadata",), (one.kind,)) if one.kind in _KINDS else {}
        if one.kind == "AlertPolicy":
            _check_policy(one, one.model.spec, ("spec",), names)
            _check_short(one, values.get("shortWindow"), known)
        elif one.kind == "SLO":
            for index, entry in enumerate(one.model.spec.alert_policies):
                _check_entry(one, entry, ("spec", "alertPolicies", index), known, budgets.get(one.place, []))


@dataclass(frozen=True, slots=True)
class _Known:
    names: Mapping[str, Collection[str]]
    models: Mapping[tuple[str, str], Any]

    def conditions(self, spec: documents.AlertPolicySpec) -> Iterator[documents.ConditionType]:
        """Those of a policy that are there, written in place or elsewhere."""
        for entry in spec.conditions:
            found = entry.spec
            if found is None and ("AlertCondition", entry.condition_ref or "") in self.models:
                found = self.models["AlertCondition", entry.condition_ref or ""].spec
            if found is not None:
                yield found.condition


def _check_short(written: Written, short_seconds: int | None, known: _Known) -> None:
    """Complain of a short window that is none beside the window of its condition."""
    if short_seconds is None:
        return
    for condition in known.conditions(written.model.spec):
        try:
            long_seconds = parse_duration(condition.lookback_window).total_seconds()
        except ValueError:
            hint = "write a duration such as 1h"
            written.problem(("spec", "conditions"), "not a lookbackWindow", condition.lookback_window, hint)
            continue
        if short_seconds >= long_seconds:
            hint = f"write one shorter than its lookbackWindow ({condition.lookback_window}), such as a twelfth of it"
            path = ("metadata", "annotations", f"{PREFIX}shortWindow")
            written.problem(path, "not a shorter window", format_duration(short_seconds), hint)


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
    for condition in known.conditions(spec) if spec is not None else ():
        _check_reachable(written, path, condition, budgets)


def _check_reachable(
    written: Written, path: PathInside, condition: documents.ConditionType, budgets: list[Fraction]
) -> None:
    factor = Fraction(condition.threshold)
    for budget in budgets:
        if budget and factor * budget >= 1:
            hint = f"write a factor below {float(1 / budget):g}: even if every event is bad, burn is no higher"
            written.problem(path, "an alert that can never fire", condition.threshold, hint)
    if 0 < factor < 1:
        hint = "write 1 or more: below it the budget lasts longer than its window"
        written.warn(path, "an alert although the budget would be kept", condition.threshold, hint)
    _check_length(written, path, condition)


def _check_length(written: Written, path: PathInside, condition: documents.ConditionType) -> None:
    """Warn of a window in which too few slices lie for a burn rate."""
    try:
        length = parse_duration(condition.lookback_window)
    except ValueError:
        return
    if length.total_seconds() < _LEAST_SLICES * STEP:
        hint = f"write at least {format_duration(_LEAST_SLICES * STEP)}: one slice that is late decides it otherwise"
        written.warn(path, "an alert that looks at too few slices", condition.lookback_window, hint)


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
