"""Use case of generated files: what is said for each objective, in which file, and what cannot be said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from leadline.core.windows import RollingWindow
from leadline.domains.prometheus.counts import NotSayable, refusal
from leadline.domains.prometheus.dashboards import DASHBOARD_MARK, dashboard_files
from leadline.domains.prometheus.model import (
    DashboardsGenerated,
    Form,
    Generated,
    GenerateDashboards,
    GenerateRules,
    Group,
    LeftOut,
)
from leadline.domains.prometheus.routing import alertmanager_file
from leadline.domains.prometheus.rules import groups
from leadline.domains.prometheus.unit_tests import unit_tests
from leadline.domains.prometheus.writing import MARK, rule_file
from leadline.handbook.specs import Composite, Handbook, Slo
from leadline.ports.operation import Context

_UNTESTED = "has rules and no unit test: its series cannot be made up, or another objective selects them too"
_CALENDAR = "the budget of a calendar window is not recorded; leadline_slo_budget_remaining_ratio tells it"
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(slots=True)
class _File:
    """What stands in the file of one service, asked of one source."""

    service: str
    slos: list[Slo] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


def generate_rules(request: GenerateRules, context: Context) -> Generated:
    """Make everything, then write all of it."""
    handbook = context.handbook
    files, left_out, notes = _sorted_in(handbook, request.page_url)
    texts: dict[str, str] = {}
    for name, file in files.items():
        texts[f"rules/{name}.yaml"] = rule_file(file.service, file.groups, request.form)
        if request.form is Form.PROMETHEUS:
            text, untested = unit_tests(f"../rules/{name}.yaml", file.slos)
            notes += [_left(slo, _UNTESTED) for slo in untested]
            if text:
                texts[f"tests/{name}.test.yaml"] = text
    told = [slo for file in files.values() for slo in file.slos]
    if told and request.form is Form.PROMETHEUS:
        texts["alertmanager/alertmanager.yaml"] = alertmanager_file(told)
    written, removed = context.specs.replace(request.output, texts, MARK)
    return Generated(
        files=tuple(str(path) for path in written),
        removed=tuple(str(path) for path in removed),
        slos=len(told),
        rules=sum(len(group.rules) for file in files.values() for group in file.groups),
        left_out=tuple(left_out),
        notes=tuple(notes),
    )


def generate_dashboards(request: GenerateDashboards, context: Context) -> DashboardsGenerated:
    """Make all five, then write them."""
    texts = dashboard_files(context.handbook)
    written, removed = context.specs.replace(request.output, texts, DASHBOARD_MARK)
    return DashboardsGenerated(files=tuple(map(str, written)), removed=tuple(map(str, removed)))


def _sorted_in(handbook: Handbook, page_url: str) -> tuple[dict[str, _File], list[LeftOut], list[LeftOut]]:
    files: dict[str, _File] = {}
    left_out = [_left(each, "a composite is judged from other objectives' budgets") for each in _composites(handbook)]
    notes: list[LeftOut] = []
    sources = {
        slo.sli.source for slo in handbook.slos.values() if not refusal(slo, handbook.sources.get(slo.sli.source))
    }
    for slo in handbook.slos.values():
        try:
            made = _groups(slo, handbook, page_url)
        except NotSayable as error:
            left_out.append(_left(slo, str(error)))
            continue
        name = _UNSAFE.sub("-", slo.service if len(sources) == 1 else f"{slo.service}.{slo.sli.source}")
        file = files.setdefault(name, _File(slo.service))
        file.slos.append(slo)
        file.groups += [group for group in made if group.rules]
        if not isinstance(slo.terms.window, RollingWindow):
            notes.append(_left(slo, _CALENDAR))
    return files, left_out, notes


def _groups(slo: Slo, handbook: Handbook, page_url: str) -> tuple[Group, ...]:
    why = refusal(slo, handbook.sources.get(slo.sli.source))
    if why:
        raise NotSayable(why)
    excluding = [
        each.name
        for each in handbook.corrections.values()
        if each.mode == "exclude" and "slo" in each.applies_to
        if slo.service in each.services or slo.id in each.slos or slo.name in each.slos
    ]
    return groups(slo, page_url, excluding)


def _composites(handbook: Handbook) -> Iterable[Slo]:
    return [each.slo for each in handbook.composites.values() if isinstance(each, Composite)]


def _left(slo: Slo, why: str) -> LeftOut:
    return LeftOut(slo=slo.id, place=f"{slo.place.file}:{slo.place.line}", why=why)
