"""
Composites: one objective made of others, such as a journey through several services.

Pure and exact: shares of error are Fractions, and a level is decided before anything becomes a float. Leaves out where
the components' figures come from, and which window they were taken over. Products take components as independent.

    serial    1 - Π(1 - e)   each is needed
    parallel  Πe             one suffices
    weighted  Σw·e / Σw      each carries its share
    worst     max e          no better than the worst of them
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import prod

from leadline.core.terms import Level, LevelThresholds
from leadline.units import format_duration

NO_COUNTS = "no counts: a composite has shares of error, not events"


class CompositeKind(StrEnum):
    """How errors of components make the error of the whole."""

    SERIAL = "serial"
    PARALLEL = "parallel"
    WEIGHTED = "weighted"
    WORST = "worst"


class OnMissing(StrEnum):
    """What a component stands for that is missing or late, which is one whose own level would be unknown."""

    UNKNOWN = "unknown"
    GOOD = "good"
    BAD = "bad"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Part:
    """A component as it stands over one window, or a composite of such; shares are between 0 and 1."""

    name: str
    error: Fraction | None
    """Share of error over the whole window, what is not lived being good as expected; None: nothing was counted."""
    seen: Fraction | None
    """Share of error in what was counted so far; equal to `error` in a window wholly lived."""
    least: Fraction
    most: Fraction
    """`error` if every slice that was not seen was good, or bad; 0 and 1 where nothing was seen."""
    burn: Mapping[int, Fraction | None]
    """Share of error over each burn window (seconds); None: nothing was counted, or too little seen."""
    coverage: float | None
    is_known: bool
    """False: missing or late, so that a level must not be said of `error`."""
    reason: str = ""
    """Why it is not known."""
    weight: Fraction = Fraction(1)
    is_emptied: bool = False
    """Corrections leave no slice of the window: it has no say."""

    def __post_init__(self) -> None:
        if self.weight <= 0:
            raise ValueError(f"{self.name}: a weight is above 0")


@dataclass(frozen=True, slots=True)
class Standing:
    """A composite against its objective; numbers as in `core.evaluations.Evaluation`."""

    level: Level
    reason: str
    short_reason: str
    sli: float | None
    coverage: float | None
    consumed: float | None
    remaining: float | None
    burn: Mapping[int, float | None]


def combined(kind: CompositeKind, errors: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    """
    Share of error of the whole.

    Args:
        kind: how the components stand to each other.
        errors: (share of error, weight) of each component; 0 <= share <= 1, weight > 0, read by `weighted` alone.

    Returns:
        A share between 0 and 1; parallel <= weighted <= worst <= serial for the same components.

    Raises:
        ValueError: no component, for the error of nothing is not 0.

    Source: closed forms of series and parallel systems of independent parts (reliability block diagrams).

    >>> tenth, half = (Fraction(1, 10), Fraction(3)), (Fraction(1, 2), Fraction(1))
    >>> [str(combined(kind, [tenth, half])) for kind in CompositeKind]
    ['11/20', '1/20', '1/5', '1/2']
    """
    if not errors:
        raise ValueError("a composite without components")
    if kind is CompositeKind.SERIAL:
        return 1 - prod((1 - error for error, _ in errors), start=Fraction(1))
    if kind is CompositeKind.PARALLEL:
        return prod((error for error, _ in errors), start=Fraction(1))
    if kind is CompositeKind.WEIGHTED:
        return sum((error * weight for error, weight in errors), Fraction(0)) / sum(weight for _, weight in errors)
    return max(error for error, _ in errors)


def composed(name: str, kind: CompositeKind, on_missing: OnMissing, parts: Sequence[Part]) -> Part:
    """
    The composite of some components, itself fit to be a component.

    Args:
        name: of the composite.
        kind: how the components stand to each other.
        on_missing: what a component that is not known stands for: `unknown` makes the composite unknown; `good` and
            `bad` take its unseen slices for good or bad; `ignore` leaves it out, so that weights are of the others.
        parts: the components, over one and the same window.

    Returns:
        Its shares, the least coverage of its components, and whether a level can be said. Where no component is known
        it is not known either, unless what is missing is `bad`: silence is not success.
    """
    ignores = on_missing is OnMissing.IGNORE
    counted = [part for part in parts if not part.is_emptied and (part.is_known or not ignores)]
    is_emptied = bool(parts) and all(part.is_emptied for part in parts)
    some_known, all_known = any(part.is_known for part in counted), all(part.is_known for part in counted)
    is_known = {
        OnMissing.UNKNOWN: bool(counted) and all_known,
        OnMissing.GOOD: some_known,
        OnMissing.BAD: bool(counted),
        OnMissing.IGNORE: some_known,
    }[on_missing]
    least, most = (_bound(kind, on_missing, counted, bound) for bound in ("least", "most"))
    coverages = [part.coverage for part in counted if part.coverage is not None]
    windows = dict.fromkeys(seconds for part in parts for seconds in part.burn)
    return Part(
        name=name,
        error=_whole(kind, on_missing, counted),
        seen=_over(kind, on_missing, counted, lambda part: part.seen),
        least=Fraction(0) if least is None else least,
        most=Fraction(1) if most is None else most,
        burn={
            seconds: _over(kind, on_missing, [part for part in parts if not part.is_emptied], _burning(seconds))
            for seconds in windows
        },
        coverage=min(coverages, default=None),
        is_known=is_known or is_emptied,
        reason=_reason(parts, on_missing),
        is_emptied=is_emptied,
    )


def standing(part: Part, error_budget: Fraction, thresholds: LevelThresholds) -> Standing:
    """
    A composite against an objective.

    Args:
        part: what `composed` made.
        error_budget: 1 - target, 0 <= budget < 1; 0 is zero tolerance.
        thresholds: remaining budget above which each level holds.

    Returns:
        consumed = error / budget, decided exactly. Not known: depleted, surely, when it is so with everything missing
        good; otherwise unknown. Zero tolerance that is broken is depleted, and its numbers have no value.
    """
    reasons = [part.reason] if part.reason else []
    zero_broken = error_budget == 0 and (part.least if part.error is None else part.error) > 0
    if part.is_emptied:
        level = Level.HEALTHY
        reasons.append("corrections exclude every slice of the window")
    elif part.is_known and part.error is not None:
        level = _level(part.error, error_budget, thresholds)
    elif _level(part.least, error_budget, thresholds) is Level.DEPLETED:
        level = Level.DEPLETED
        reasons.insert(0, "depleted even if everything missing was good at the expected traffic")
    else:
        level = Level.UNKNOWN
    if zero_broken:
        reasons.append("zero tolerance is broken: something was bad")
    consumed = None if part.error is None or zero_broken else _spent(part.error, error_budget)
    burn = {seconds: _burn_rate(share, error_budget) for seconds, share in part.burn.items()}
    silent = [format_duration(seconds) for seconds, rate in burn.items() if rate is None]
    more = [f"no burn rate over {', '.join(silent)}: a component has none"] if silent and consumed is not None else []
    return Standing(
        level=level,
        reason="; ".join([*reasons, *more, NO_COUNTS]),
        short_reason="; ".join(reasons),
        sli=None if part.seen is None else float(1 - part.seen),
        coverage=part.coverage,
        consumed=None if consumed is None else float(consumed),
        remaining=None if consumed is None else float(1 - consumed),
        burn=burn,
    )


def _spent(error: Fraction, budget: Fraction) -> Fraction:
    """Budgets consumed by an error; without a budget, and without error, none."""
    return error / budget if budget else Fraction(0)


def _burn_rate(share: Fraction | None, budget: Fraction) -> float | None:
    if share is None or (budget == 0 and share > 0):
        return None
    return float(_spent(share, budget))


def _level(error: Fraction, budget: Fraction, thresholds: LevelThresholds) -> Level:
    if budget == 0 and error > 0:
        return Level.DEPLETED
    remaining = 1 - _spent(error, budget)
    for level, above in (
        (Level.HEALTHY, thresholds.healthy),
        (Level.WARNING, thresholds.warning),
        (Level.CRITICAL, thresholds.critical),
    ):
        if remaining > above:
            return level
    return Level.DEPLETED


def _whole(kind: CompositeKind, on_missing: OnMissing, counted: Sequence[Part]) -> Fraction | None:
    """Error over the whole window: of what is not known, the share that the policy takes it for."""
    shares: list[tuple[Fraction | None, Fraction]] = []
    for part in counted:
        if part.is_known or on_missing not in (OnMissing.GOOD, OnMissing.BAD):
            shares.append((part.error, part.weight))
        else:
            shares.append((part.least if on_missing is OnMissing.GOOD else part.most, part.weight))
    return _combined(kind, shares)


def _bound(kind: CompositeKind, on_missing: OnMissing, counted: Sequence[Part], bound: str) -> Fraction | None:
    """The least or most that the error can be; a policy that speaks for what is missing leaves no choice."""
    decided = {OnMissing.GOOD: "least", OnMissing.BAD: "most"}.get(on_missing, bound)
    shares = [
        (part.error if part.is_known else part.least if decided == "least" else part.most, part.weight)
        for part in counted
    ]
    return _combined(kind, shares)


def _over(
    kind: CompositeKind, on_missing: OnMissing, parts: Sequence[Part], share: Callable[[Part], Fraction | None]
) -> Fraction | None:
    """Error over a span in which a component without a share is one that is missing."""
    instead = {OnMissing.GOOD: Fraction(0), OnMissing.BAD: Fraction(1)}.get(on_missing)
    shares = [(share(part), part.weight) for part in parts]
    if all(found is None for found, _ in shares):
        return None
    if on_missing is OnMissing.IGNORE:
        return _combined(kind, [(found, weight) for found, weight in shares if found is not None])
    return _combined(kind, [(instead if found is None else found, weight) for found, weight in shares])


def _burning(seconds: int) -> Callable[[Part], Fraction | None]:
    return lambda part: part.burn.get(seconds)


def _combined(kind: CompositeKind, shares: Sequence[tuple[Fraction | None, Fraction]]) -> Fraction | None:
    """The error of the whole, or None when there is no component or one has no share."""
    known = [(share, weight) for share, weight in shares if share is not None]
    return combined(kind, known) if known and len(known) == len(shares) else None


def _reason(parts: Sequence[Part], on_missing: OnMissing) -> str:
    taken = "" if on_missing is OnMissing.UNKNOWN else f" (taken as {on_missing})"
    if on_missing is OnMissing.IGNORE:
        taken = " (ignored)"
    return "; ".join(f"{part.name}{taken}: {part.reason or 'not known'}" for part in parts if not part.is_known)
