"""How Alertmanager is to tell alerts: routes by severity, team and tier, and which alert keeps another quiet."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.domains.prometheus.rules import BURNS
from leadline.domains.prometheus.writing import MARK, quoted
from leadline.handbook.specs import Slo

_SEVERITIES = ("page", "ticket", "notify")
_REPEATS = {"page": "4h", "ticket": "24h", "notify": "24h"}


def alertmanager_file(slos: Sequence[Slo]) -> str:
    """A whole configuration whose receivers have names and, until somebody adds them, no address."""
    teams = sorted({slo.team for slo in slos if slo.team})
    receivers = [f"{team}-{severity}" for team in teams for severity in _SEVERITIES]
    receivers = [*_SEVERITIES, *receivers]
    lines = [MARK, "route:", "  receiver: notify", "  group_by: [service, slo]", "  routes:"]
    for team in teams:
        lines += [f"    - matchers: [{quoted(f'team={quoted(team)}')}]", "      receiver: " + quoted(f"{team}-notify")]
        lines.append("      routes:")
        lines += [line for severity in _SEVERITIES for line in _routes(severity, f"{team}-{severity}", 8)]
    lines += [line for severity in _SEVERITIES for line in _routes(severity, severity, 4)]
    lines.append("inhibit_rules:")
    for strong, weak in (("page", "ticket|notify"), ("ticket", "notify")):
        source = ", ".join(quoted(text) for text in (f"alertname={quoted(BURNS)}", f"severity={quoted(strong)}"))
        target = ", ".join(quoted(text) for text in (f"alertname={quoted(BURNS)}", f"severity=~{quoted(weak)}"))
        lines += [f"  - source_matchers: [{source}]", f"    target_matchers: [{target}]", "    equal: [service, slo]"]
    lines += ["receivers:", *(f"  - name: {quoted(name)}" for name in receivers)]
    return "\n".join(lines) + "\n"


def _routes(severity: str, receiver: str, indent: int) -> list[str]:
    """Pages of tier 0 are gathered for a shorter while."""
    pad = " " * indent
    matcher = quoted(f"severity={quoted(severity)}")
    lines = []
    if severity == "page":
        urgent = quoted(f"tier={quoted('0')}")
        lines += [f"{pad}- matchers: [{matcher}, {urgent}]", f"{pad}  receiver: {quoted(receiver)}"]
        lines += [f"{pad}  group_wait: 5s", f"{pad}  repeat_interval: 1h"]
    lines += [f"{pad}- matchers: [{matcher}]", f"{pad}  receiver: {quoted(receiver)}"]
    return [*lines, f"{pad}  repeat_interval: {_REPEATS[severity]}"]
