"""Jobs: one SLI on its way through a collection, and what is said of it at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from leadline.core.slices import Labels, SeriesKey
from leadline.core.windows import Span
from leadline.domains.measurement import rules
from leadline.domains.measurement.model import Collected, Outcome
from leadline.handbook.specs import Sli, Slo
from leadline.ports.ledger import Extent, Watermark
from leadline.ports.questions import queries


@dataclass(slots=True)
class Job:
    """One SLI on its way through a collection."""

    sli: Sli
    targets: tuple[rules.Target, ...]
    slos: tuple[Slo, ...]
    known: Watermark | None
    spans: tuple[Span, ...] = ()
    outcome: Outcome = Outcome.CURRENT
    slices: int = 0
    seen: int = 0
    asked: int = 0
    inconsistent: int = 0
    debts: dict[Labels, tuple[float, float]] = field(default_factory=dict)
    debts_at: int | None = None
    """Where `debts` are owed: the end of the span collected last."""
    is_marked: bool = False
    """The ledger holds a watermark of the SLI."""
    question: str = ""
    """Digest of the queries that the slices in the ledger answer."""
    reaches_back_only: bool = False
    """Only time before what was known is asked for: emptiness there is where the history begins, not a dead source."""
    between: Mapping[SeriesKey, Extent] = field(default_factory=dict)
    """What was measured by two buckets before."""
    messages: list[str] = field(default_factory=list)

    def fail(self, message: str) -> None:
        self.outcome = Outcome.FAILED
        if message not in self.messages:
            self.messages.append(message)


def is_done(job: Job) -> bool:
    """Everything that the job was to ask for is written."""
    start, end = min(span.start for span in job.spans), max(span.end for span in job.spans)
    return (
        job.outcome is Outcome.COLLECTED and job.known is not None and job.known.start <= start and end <= job.known.end
    )


def collected(job: Job) -> Collected:
    outcome = job.outcome
    messages = list(job.messages)
    if outcome is Outcome.COLLECTED and not job.seen and not job.reaches_back_only:
        outcome = Outcome.NO_SERIES
        text = queries(job.sli)[0].text  # of the total, or the only one
        messages.insert(0, f"the source returned no series in the whole range; check names and labels of {text}")
    if job.inconsistent:
        messages.append(f"in {job.inconsistent} slices the source said bad > total; they were clamped")
    bounds = (min(span.start for span in job.spans), max(span.end for span in job.spans)) if job.spans else None
    return Collected(
        sli=job.sli.id,
        source=job.sli.source,
        outcome=outcome,
        start=datetime.fromtimestamp(bounds[0], UTC) if bounds else None,
        end=datetime.fromtimestamp(bounds[1], UTC) if bounds else None,
        slices=job.slices,
        no_data=job.asked - job.seen,
        inconsistent=job.inconsistent,
        message="; ".join(messages),
    )
