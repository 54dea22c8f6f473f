"""
Unit tests of the rules, for promtool: for each objective whose series can be made; those of a service play together.

Pure. promtool evaluates every rule of the files that a test names at every step, so that a test names its service's
file alone, one timeline serves all of its objectives, and a step is five minutes.
"""

from __future__ import annotations

from collections.abc import Sequence

from leadline.core.windows import RollingWindow
from leadline.domains.prometheus.feeds import Pick, Series, picks, series_given
from leadline.domains.prometheus.played import CHECKS, END, STEP, firing, played, remaining
from leadline.domains.prometheus.rules import BURNS, REMAINING, group_name
from leadline.domains.prometheus.writing import MARK, quoted
from leadline.handbook.specs import Slo

_MOST_COMPARED = 200
"""Selectors of one metric that are compared with each other for an overlap."""


def unit_tests(rule_file: str, slos: Sequence[Slo]) -> tuple[str, list[Slo]]:
    """The test of one service's rules, empty where there is none; and the objectives that have none."""
    lines = [MARK, f"rule_files: [{quoted(rule_file)}]", "evaluation_interval: 5m"]
    # Without it promtool takes the groups in any order, and sums before counts.
    names = [group_name(slo) for slo in slos]
    names += [f"{name} budget" for name in names]
    lines += ["group_eval_order:", *(f"  - {quoted(name)}" for name in names), "tests:"]
    lines += [f"  - interval: {STEP // 60}m", "    input_series:"]
    known: dict[str, list[Pick]] = {}
    given = [(slo, _given(slo, known)) for slo in slos]
    for _, series in given:
        for name, values in series or ():
            lines.append(f"      - {{series: {quoted(name)}, values: {quoted(values)}}}")
    lines.append("    promql_expr_test:")
    for slo, series in given:
        lines += _checks(slo) if series else []
    untested = [slo for slo, series in given if not series]
    return ("\n".join(lines) + "\n" if len(untested) < len(slos) else ""), untested


def _given(slo: Slo, known: dict[str, list[Pick]]) -> Series | None:
    """Series that no other objective of the test selects."""
    chosen = picks(slo)
    if chosen is None:
        return None
    others = [pick for metric in {pick.metric for pick in chosen} for pick in known.get(metric, ())]
    if len(others) > _MOST_COMPARED or not all(one.is_apart(other) for one in chosen for other in others):
        return None
    for pick in chosen:
        known.setdefault(pick.metric, []).append(pick)
    return series_given(slo, played(slo.terms.error_budget), chosen)


def _checks(slo: Slo) -> list[str]:
    lines = []
    alerts = f"ALERTS{{alertname={quoted(BURNS)}, alertstate={quoted('firing')}, slo={quoted(slo.id)}}}"
    for check, names in firing(slo.alerts, slo.terms.error_budget).items():
        expr = f"count by (alert) ({alerts})"
        samples = ", ".join(f"{{labels: {quoted('{alert=' + quoted(name) + '}')}, value: 1}}" for name in names)
        lines.append(_check(CHECKS[check], expr, samples))
    if slo.terms.error_budget and isinstance(slo.terms.window, RollingWindow):
        left = remaining(slo.terms.error_budget)
        expr = f"sum(abs({REMAINING}{{slo={quoted(slo.id)}}} - ({left!r})) < bool 1e-6)"
        lines.append(_check(END, expr, "{labels: '{}', value: 1}"))
    return lines


def _check(place: int, expr: str, samples: str) -> str:
    return f"      - {{expr: {quoted(expr)}, eval_time: {place * STEP // 60}m, exp_samples: [{samples}]}}"
