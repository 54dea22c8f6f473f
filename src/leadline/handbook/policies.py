"""
BudgetPolicy documents: verdicts, roles, duties, freezes and calendars, with what does not hold together.

A worse level that allows more than a better one is an error. The policy of a handbook that writes none stands in
`policy.yaml` beside this module and is read as any other document is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from leadline.core.budgets import LevelThresholds
from leadline.core.policies import (
    ALLOW,
    DENY,
    WORSENING,
    OnUnknown,
    Outcome,
    Rules,
    Verdict,
    completed,
    is_at_least_as_strict,
    looser_levels,
    stands_in,
)
from leadline.core.terms import Level
from leadline.handbook import policy_documents
from leadline.handbook.annotations import read_annotations
from leadline.handbook.freezes import Terms, calendars, freezes, kind_named, kinds_at
from leadline.handbook.reading import PathInside, read_file
from leadline.handbook.scalars import ratio_at, seconds_at
from leadline.handbook.shaping import Report, Written, shape
from leadline.handbook.specs import (
    BudgetPolicy,
    DutyTerms,
    ExceptionTerms,
    GlassTerms,
    LevelTerms,
    PolicyRole,
)

UTC = ZoneInfo("UTC")
_VERDICT = re.compile(r"allow|deny|approve\(\s*[\w-]+(?:\s*,\s*[\w-]+)*\s*\)")
_RULES: PathInside = ("spec", "rules")
_NEVER_WORSE = ("security_patch", "feature")
"""Kinds of which the first must not be worse off than the second."""


def budget_policy(written: Written, zone: ZoneInfo = UTC) -> BudgetPolicy:
    """A BudgetPolicy document; `zone` is the handbook's, of calendars that name none."""
    model: policy_documents.BudgetPolicy = written.model
    read_annotations(written, ("metadata",), ("BudgetPolicy",))
    spec = model.spec
    said = _said(written, spec.rules)
    roles = _roles(written, spec, said)
    above = {name: role.above for name, role in roles.items()}
    on_unknown = OnUnknown(spec.on_unknown or OnUnknown.CLOSED)
    rules = {kind: completed(levels) for kind, (_, levels) in said.items()}
    _check_rules(written, said, rules, above, on_unknown)
    known = tuple(rules)
    return BudgetPolicy(
        name=model.metadata.name,
        thresholds=_thresholds(written, spec.thresholds),
        rules=rules,
        place=written.place,
        on_unknown=on_unknown,
        has_dependencies=spec.dependencies != "none",
        roles=roles,
        levels=_levels(written, spec.levels or {}),
        checklist=dict(spec.checklist.items) if spec.checklist else {},
        checklist_at=tuple(map(Level, spec.checklist.at)) if spec.checklist else (),
        freezes=freezes(written, spec.freezes, known),
        calendars=calendars(written, spec.calendars, Terms(known, zone, verdict_at)),
        incident_severities=tuple(spec.incidents.severities) if spec.incidents else (),
        incident_kinds=_denied(written, "incidents", spec.incidents, known),
        page_kinds=_denied(written, "pages", spec.pages, known),
        exceptions=_exceptions(written, spec.exceptions) if spec.exceptions else None,
        break_glass=_glass(written, spec.break_glass) if spec.break_glass else None,
    )


def verdict_at(written: Written, path: PathInside, text: str) -> Verdict:
    """A verdict whose mistake is told at its place."""
    words = " ".join(text.split())
    if not _VERDICT.fullmatch(words):
        written.problem(path, "not a verdict", text, "write allow, deny or approve(role, …)")
        return DENY
    if words in ("allow", "deny"):
        return ALLOW if words == "allow" else DENY
    roles = [role.strip() for role in words.removeprefix("approve(").removesuffix(")").split(",")]
    return Verdict(Outcome.APPROVE, tuple(dict.fromkeys(roles)))


_Said = Mapping[str, tuple[str, Rules]]
"""Kind → how it is written, and the verdicts that are."""


def _said(written: Written, rules: Mapping[str, Mapping[policy_documents.LevelName, str]]) -> _Said:
    found: dict[str, tuple[str, Rules]] = {}
    for change, levels in rules.items():
        kind = kind_named(change)
        if kind in found:
            hint = f"it is the same kind as {found[kind][0]}; keep one"
            written.problem((*_RULES, change), "a kind of change twice", change, hint)
        verdicts = {Level(level): verdict_at(written, (*_RULES, change, level), text) for level, text in levels.items()}
        found[kind] = (change, verdicts)
    return found


def _check_rules(
    written: Written, said: _Said, rules: Mapping[str, Rules], above: Mapping[str, tuple[str, ...]], on: OnUnknown
) -> None:
    for kind, (change, levels) in said.items():
        if written.is_doubtful((*_RULES, change)):
            continue
        _check_completed(written, change, levels, rules[kind])
        for better, worse in looser_levels(rules[kind], above):
            here = worse if worse in levels else better
            hint = f"{better.value} says {rules[kind][better]}; say nothing milder here, or less there"
            what = f"{worse.value} allows more than {better.value}"
            written.problem((*_RULES, change, here.value), what, rules[kind][worse], hint)
        unknown = levels.get(Level.UNKNOWN)
        if unknown is None or on is OnUnknown.OPEN:
            continue
        worst = rules[kind][Level.DEPLETED]
        if unknown.outcome is Outcome.ALLOW or not is_at_least_as_strict(unknown, worst, above):
            hint = f"depleted says {worst}; say nothing milder, leave it out, or write onUnknown: open"
            what = "allowed without knowledge, and the policy fails closed"
            written.problem((*_RULES, change, "unknown"), what, unknown, hint)
    one, other = (rules.get(kind) for kind in _NEVER_WORSE)
    if one and other:
        _warn_of_worse(written, said, one, other, above)


def _check_completed(written: Written, change: str, said: Rules, whole: Rules) -> None:
    """Tell what a level that is not written comes to, unless it can be nothing else."""
    for level in WORSENING:
        before = [whole[better] for better in WORSENING[: WORSENING.index(level)]]
        if level not in said and not (before and before[-1] == whole[level] == DENY):
            hint = f"it is {whole[level]}, as the next worse one; write it down"
            written.warn((*_RULES, change), f"no verdict for {level.value}", "", hint)


def _warn_of_worse(
    written: Written, said: _Said, one: Rules, other: Rules, above: Mapping[str, tuple[str, ...]]
) -> None:
    first, second = _NEVER_WORSE
    for level in WORSENING:
        if not is_at_least_as_strict(other[level], one[level], above):
            path = (*_RULES, said[first][0], level.value)
            hint = f"{second} says {other[level]} here; let a patch through as easily"
            written.warn(path, f"a {first} is worse off than a {second}", one[level], hint)


def _denied(
    written: Written,
    key: str,
    terms: policy_documents.Incidents | policy_documents.Pages | None,
    known: Sequence[str],
) -> tuple[str, ...]:
    return () if terms is None else kinds_at(written, ("spec", key, "deny"), terms.deny, known)


def _roles(written: Written, spec: policy_documents.BudgetPolicySpec, said: _Said) -> Mapping[str, PolicyRole]:
    """Roles that are described, and those that are only named."""
    found: dict[str, PolicyRole] = {}
    for name, role in (spec.roles or {}).items():
        found[name] = PolicyRole(name, role.people, role.teams, role.owners, role.permission or "", role.above)
    above = {name: role.above for name, role in found.items()}
    for name, described in found.items():
        for place, lower in enumerate(described.above):
            if stands_in(lower, name, above):
                hint = f"{lower} stands above {name} too; take one out"
                written.problem(("spec", "roles", name, "above", place), "a role above itself", lower, hint)
    named = {role for _, levels in said.values() for verdict in levels.values() for role in verdict.roles}
    named |= {lower for role in found.values() for lower in role.above}
    named |= set(spec.exceptions.approvers.values()) if spec.exceptions else set()
    return {**found, **{name: PolicyRole(name) for name in sorted(named - found.keys())}}


def _levels(
    written: Written, levels: Mapping[policy_documents.LevelName, policy_documents.LevelTerms]
) -> Mapping[Level, LevelTerms]:
    return {
        Level(name): LevelTerms(terms.posture or "", terms.tell, tuple(_duties(written, name, terms)))
        for name, terms in levels.items()
    }


def _duties(written: Written, level: str, terms: policy_documents.LevelTerms) -> Iterator[DutyTerms]:
    seen: set[str] = set()
    for place, duty in enumerate(terms.duties):
        path: PathInside = ("spec", "levels", level, "duties", place)
        if duty.name in seen:
            written.problem((*path, "name"), "a duty of this name is there already", duty.name, "rename one")
        seen.add(duty.name)
        within = 0 if duty.within is None else seconds_at(written, (*path, "within"), duty.within)
        every = 0 if duty.every is None else seconds_at(written, (*path, "every"), duty.every)
        yield DutyTerms(duty.name, duty.text, within, every, duty.by, duty.only_while is not None)


def _exceptions(written: Written, terms: policy_documents.Exceptions) -> ExceptionTerms:
    path: PathInside = ("spec", "exceptions")
    return ExceptionTerms(
        {Level(level): role for level, role in terms.approvers.items()},
        dict(terms.grounds),
        seconds_at(written, (*path, "lasts"), terms.lasts),
        seconds_at(written, (*path, "review"), terms.review),
    )


def _glass(written: Written, terms: policy_documents.BreakGlass) -> GlassTerms:
    path: PathInside = ("spec", "breakGlass")
    return GlassTerms(
        seconds_at(written, (*path, "lasts"), terms.lasts), seconds_at(written, (*path, "review"), terms.review)
    )


def _thresholds(written: Written, levels: policy_documents.Thresholds | None) -> LevelThresholds:
    usual = LevelThresholds()
    if levels is None:
        return usual
    path: PathInside = ("spec", "thresholds")
    read: dict[str, Fraction] = {}
    for name, value in (("healthy", levels.healthy), ("warning", levels.warning), ("critical", levels.critical)):
        share = None if value is None else ratio_at(written, (*path, name), value, above_zero=False)
        read[name] = getattr(usual, name) if share is None else Fraction(share)
    if not written.is_doubtful(path) and not read["healthy"] > read["warning"] > read["critical"]:
        written.problem(path, "levels out of order", "", "write healthy above warning above critical")
    return LevelThresholds(**read)


def policy_in_force(policies: Mapping[str, BudgetPolicy], default: str | None) -> BudgetPolicy:
    """The policy of services that name none: the handbook's default, else its only one, else the shipped one."""
    if default is not None and default in policies:
        return policies[default]
    only = list(policies.values())
    return only[0] if len(only) == 1 else shipped_policy()


@cache
def shipped_policy() -> BudgetPolicy:
    """The policy that comes with Leadline."""
    report = Report()
    trees, problems = read_file(Path(str(files("leadline.handbook") / "policy.yaml")), "(shipped) policy.yaml")
    (made,) = [budget_policy(shape(tree, report)) for tree in trees]
    if problems or report.problems or report.warnings:
        raise AssertionError([*problems, *report.problems, *report.warnings])
    return made
