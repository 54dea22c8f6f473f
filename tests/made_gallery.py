"""A shop with an objective in every state that a page must show, and the slices that bring it there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np

from instants import NOON
from leadline.app import opened
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.settings import Settings
from made_handbooks import Steps

DAYS = 57
DAY = 1440
SHOPS = 25
"""Groups of the one that has groups."""

_HEAD = """\
apiVersion: leadline/v1
kind: Team
metadata: {name: shop, displayName: Shop team}
spec: {contacts: {chat: "#shop"}}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: told}
spec: {type: push, connectionDetails: {}}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: checkout, displayName: "Checkout <till>", annotations: {leadline/tier: "0", leadline/team: shop}}
spec: {description: Takes the money.}
---
apiVersion: leadline/v1
kind: Correction
metadata: {name: till-works}
spec:
  {slos: [calm], start: DAY_BEFORE, duration: 2h, mode: exclude, appliesTo: [slo, agreement], reason: New <tills>,
   approver: head}
---
apiVersion: leadline/v1
kind: Agreement
metadata: {name: card-scheme}
spec:
  party: The card scheme
  commitments: [{name: payments, slo: calm, target: 0.99}]
"""


def _slo(name: str, target: str = "0.99", *, of: str = "", annotations: str = "", method: str = "Occurrences") -> str:
    slice_part = ", timeSliceTarget: 0.95, timeSliceWindow: 5m" if method == "Timeslices" else ""
    return f"""\
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}, displayName: "{name.capitalize()} payments", annotations: {{{annotations}}}}}
spec:
  description: Payments that went through <b>at once</b>.
  service: checkout
{f"  indicatorRef: {of}" if of else ""}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: {method}
  objectives: [{{target: {target}{slice_part}}}]
"""


def _sli(name: str, annotations: str = "") -> str:
    part = "{metricSource: {metricSourceRef: told, spec: {}}}"
    return f"""\
---
apiVersion: openslo/v1
kind: SLI
metadata: {{name: {name}, annotations: {{{annotations}}}}}
spec: {{ratioMetric: {{counter: true, bad: {part}, total: {part}}}}}
"""


def write_gallery(folder: Path, at: datetime = NOON) -> Path:
    """Write the handbook and fill the ledger; returns the folder that `served` wants."""
    text = _HEAD.replace("DAY_BEFORE", f"{datetime.fromtimestamp(at.timestamp() - 86_400, at.tzinfo):%Y-%m-%dT%H:%M}")
    for name in ("calm", "spent", "dark", "many", "none", "halts"):
        text += _sli(name, "leadline/groupBy: till" if name == "many" else "")
    text += _slo("calm", of="calm") + _slo("spent", "0.999", of="spent") + _slo("dark", of="dark")
    text += _slo("many", of="many") + _slo("none", "1", of="none")
    text += _slo("halts", of="halts", annotations="leadline/mtbf: 24h")
    text += _slo(
        "minutes", of="calm", method="Timeslices", annotations='leadline/hours: "Mon-Fri 09:00-17:00 Europe/Berlin"'
    )
    text += _slo(
        "newest",
        of="many",
        annotations="leadline/startsAt: "
        f'"{datetime.fromtimestamp(at.timestamp() - 7200, at.tzinfo):%Y-%m-%dT%H:%M:%SZ}"',
    )
    text += _slo("whole", "0.98", annotations='leadline/composite: weighted, leadline/components: "calm 3, dark 1"')
    (folder / "handbook").mkdir(parents=True)
    (folder / "handbook" / "shop.yaml").write_text(text)
    settings = Settings.of({"LEADLINE_HANDBOOK": str(folder / "handbook")})
    with opened(settings, Steps(), now=lambda: at) as context:
        context.ledger.import_all("told", list(_batches(int(at.timestamp()))))
    return folder


def _batches(at: int) -> Iterator[SliceBatch]:
    back = np.arange(DAYS * DAY, 0, -1)
    starts = at - back * STEP
    traffic = 40 + 20 * ((starts % 86_400) // 3600 > 6)
    few = (back % 30 == 0).astype(np.int64)
    burst = ((back > 9 * DAY) & (back < 9 * DAY + 90)) * (traffic // 2)
    yield SliceBatch(SeriesKey.of("calm"), starts, few + burst, traffic)
    yield SliceBatch(
        SeriesKey.of("spent"), starts, few + ((back < 3 * DAY) | (back > 50 * DAY)) * (traffic // 3), traffic
    )
    seen = (back > 300) & ((back < 5 * DAY) | (back > 9 * DAY))
    yield SliceBatch(SeriesKey.of("dark"), starts[seen], few[seen], traffic[seen])
    late = back < 30 * DAY
    for till in range(SHOPS):
        key = SeriesKey.of("many", till=f"till-{till:02d} & co")
        yield SliceBatch(key, starts[late], (back[late] % (50 + 90 * till) == 0) * 1, np.ones(late.sum(), np.int64))
    yield SliceBatch(SeriesKey.of("none"), starts, (back == 2 * DAY + 100) * 3, traffic)
    yield SliceBatch(SeriesKey.of("halts"), starts, (back % 1900 == 0) * 1, np.ones_like(back), may_exceed=True)
