"""
Use case: what the queries of objectives read.

Three ways to keep the same objective are laid side by side. SLIs that are pushed, or asked in another language, read no
samples and are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime

from leadline.core.alert_tiers import windows_of
from leadline.domains.checking.cost_model import Cost, Reading, ServiceCost, ShowCost, SloCost
from leadline.domains.checking.probing import window_seconds
from leadline.domains.checking.query_costs import Size, collecting, over_window, samples_of, series_of
from leadline.domains.checking.service import chosen, instant_of
from leadline.errors import LeadlineError
from leadline.handbook.specs import PROMETHEUS_LIKE, DataSource, Handbook, Slo
from leadline.ports.findings import Finding, Findings, RuleText, Unanswered, Weight
from leadline.ports.inspection import Inspector
from leadline.ports.operation import Context
from leadline.ports.questions import queries
from leadline.units import format_duration

RECORDED_SECONDS = 300
SAMPLES_PER_CORE_SECOND = 16_000_000
"""Measured: 55 to 70 ns a sample."""
MOST_SAMPLES = 50_000_000
"""`--query.max-samples` of Prometheus, unless it is told otherwise."""
_MINUTE = 60
_RECORDED_SERIES = 2
_WORTH_TELLING = 5


def show_cost(request: ShowCost, context: Context) -> Cost:
    """Ask for sizes, add up."""
    handbook, at = context.handbook, instant_of(request.at, context)
    slos = [slo for slo in chosen(handbook, request.service, request.slos) if _reads_samples(handbook, slo)]
    unanswered: list[Unanswered] = []
    sizes = _sizes(slos, at, context, unanswered) if request.live else {}
    assumed = Size(request.series, float(request.scrape))
    costs = [_cost(slo, sizes.get(slo.sli.source, {}), assumed, window_seconds(slo, at)) for slo in slos]
    costs.sort(key=lambda cost: (-cost.per_minute.raw, cost.slo))
    whole = added(cost.per_minute for cost in costs)
    return Cost(
        at=datetime.fromtimestamp(at, UTC),
        is_live=request.live,
        slos=tuple(costs),
        services=_by_service(costs),
        per_minute=whole,
        cores=_in_cores(whole),
        unanswered=tuple(unanswered),
    )


def _reads_samples(handbook: Handbook, slo: Slo) -> bool:
    source = handbook.sources.get(slo.sli.source)
    return source is not None and source.type in PROMETHEUS_LIKE and slo.sli.measure is not None


def _sizes(
    slos: Sequence[Slo], at: int, context: Context, unanswered: list[Unanswered]
) -> dict[str, Mapping[str, Size]]:
    """Sizes of selectors by source; those that do not answer are told."""
    wanted: dict[str, dict[str, None]] = defaultdict(dict)
    for slo in slos:
        for query in queries(slo.sli):
            wanted[slo.sli.source] |= dict.fromkeys(series_of(query))
    found: dict[str, Mapping[str, Size]] = {}
    for name, selectors in wanted.items():
        try:
            found[name] = _asked(context.handbook.sources[name], list(selectors), at, context)
        except LeadlineError as error:
            unanswered.append(Unanswered(source=name, why=str(error)))
    return found


def _asked(source: DataSource, selectors: Sequence[str], at: int, context: Context) -> Mapping[str, Size]:
    with closing(context.source(source)) as opened:
        opened.check()
        if not isinstance(opened, Inspector):
            return {}
        return {text: Size(*each) for text, each in opened.sizes(selectors, at).items()}


def _cost(slo: Slo, known: Mapping[str, Size], assumed: Size, budget_seconds: int) -> SloCost:
    asked = queries(slo.sli)
    selectors = list(dict.fromkeys(text for query in asked for text in series_of(query)))
    is_assumed = not known
    sizes = {text: known.get(text, Size(0, assumed.scrape_seconds)) if known else assumed for text in selectors}
    seconds = tuple(sorted({*windows_of(slo.alerts), budget_seconds}))
    windows = {each: sum(over_window(query, sizes, each) for query in asked) for each in seconds}
    reading = Reading(
        raw=sum(windows.values()),
        recorded=_recorded(windows[seconds[0]] / seconds[0], seconds, budget_seconds),
        leadline=sum(samples_of(collecting(query), sizes) for query in asked),
    )
    counted = [size for size in sizes.values() if size.series]
    return SloCost(
        slo=slo.id,
        service=slo.service,
        source=slo.sli.source,
        series=sum(size.series for size in sizes.values()),
        scrape_seconds=min((size.scrape_seconds for size in counted), default=assumed.scrape_seconds),
        is_assumed=is_assumed,
        windows={format_duration(each // _MINUTE * _MINUTE): samples for each, samples in windows.items()},
        per_minute=reading,
        advice=advice_for(reading, windows[budget_seconds], format_duration(budget_seconds // _MINUTE * _MINUTE)),
    )


def _recorded(samples_per_second: float, windows: Sequence[int], budget_seconds: int) -> float:
    """Samples a minute when counts of five minutes are recorded first."""
    recording = samples_per_second * RECORDED_SECONDS / (RECORDED_SECONDS / _MINUTE)
    alerts = sum(_RECORDED_SERIES * seconds / RECORDED_SECONDS for seconds in windows if seconds != budget_seconds)
    budget = _RECORDED_SERIES * budget_seconds / RECORDED_SECONDS / (RECORDED_SECONDS / _MINUTE)
    return recording + alerts + budget


def advice_for(reading: Reading, budget_samples: float, window: str) -> str:
    """The cheaper way, where it is worth telling."""
    if budget_samples > MOST_SAMPLES:
        read = f"{window} reads {budget_samples:,.0f} samples"
        return f"{read}, and Prometheus refuses above {MOST_SAMPLES:,}: record counts"
    cheapest = min(reading.recorded, reading.leadline)
    times = reading.raw / cheapest if cheapest else 0.0
    if times < _WORTH_TELLING:
        return ""
    if reading.leadline <= reading.recorded:
        return f"Leadline's own reading costs {times:,.0f} times less than windows over the series"
    return f"recorded counts cost {times:,.0f} times less than windows over the series"


def added(readings: Iterable[Reading]) -> Reading:
    """The sum of what several read."""
    every = list(readings)
    return Reading(
        raw=sum(each.raw for each in every),
        recorded=sum(each.recorded for each in every),
        leadline=sum(each.leadline for each in every),
    )


def _in_cores(reading: Reading) -> Reading:
    second = SAMPLES_PER_CORE_SECOND * _MINUTE
    return Reading(raw=reading.raw / second, recorded=reading.recorded / second, leadline=reading.leadline / second)


def _by_service(costs: Sequence[SloCost]) -> tuple[ServiceCost, ...]:
    by_service: dict[str, list[SloCost]] = defaultdict(list)
    for cost in costs:
        by_service[cost.service].append(cost)
    told = [
        ServiceCost(service=name, objectives=len(of), per_minute=added(cost.per_minute for cost in of))
        for name, of in by_service.items()
    ]
    return tuple(sorted(told, key=lambda each: (-each.per_minute.raw, each.service)))


_TOO_BIG = RuleText(
    id="beyond-max-samples", weight=Weight.WARNING, title="A window reads more than Prometheus allows a query.",
    reason="Above --query.max-samples (50 million) it is refused.", asks_source=True,
)  # fmt: skip
_DEAR = RuleText(
    id="dear-windows", weight=Weight.NOTE, title="Windows over the series cost several times what counts cost.",
    reason="Record counts of five minutes, or let Leadline keep them.", asks_source=True,
)  # fmt: skip


def cost_findings(cost: Cost, handbook_places: Mapping[str, tuple[str, int]]) -> Findings:
    """Objectives that are dear, for the forms that other programs read."""
    found = []
    for each in cost.slos:
        if not each.advice:
            continue
        rule = _TOO_BIG if max(each.windows.values()) > MOST_SAMPLES else _DEAR
        file, line = handbook_places.get(each.slo, ("", 0))
        found.append(
            Finding(
                id=f"{rule.id}:{each.slo}", rule=rule.id, weight=rule.weight, file=file, line=line,
                kind="SLO", name=each.slo, slo=each.slo, what=each.advice,
                value=f"{each.per_minute.raw:,.0f} samples a minute", way_out="leadline rules writes them",
            )
        )  # fmt: skip
    return Findings(tool="cost", rules=(_TOO_BIG, _DEAR), findings=tuple(found), unanswered=cost.unanswered)
