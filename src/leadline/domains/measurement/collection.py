"""
Collecting from sources: plan, ask, turn into slices, write; each span's slices and watermark in one transaction.

An SLI whose query fails stops where it stands and is asked again next time; the others go on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from leadline.core.slices import STEP, Bools, Labels, SeriesKey, SliceBatch
from leadline.core.windows import Span, floor_to_step
from leadline.domains.measurement import brackets, rules
from leadline.domains.measurement.jobs import Job, collected, is_done
from leadline.domains.measurement.model import Collect, Collection, Outcome
from leadline.errors import Problem, SourceError, SpecError
from leadline.handbook.specs import DataSource, Sli, Slo
from leadline.handbook.wording import not_found
from leadline.ports.ledger import Watermark
from leadline.ports.operation import Context
from leadline.ports.questions import queries
from leadline.ports.source import Answer, Role, Source

DEFAULT_REACH_SECONDS = 28 * 86_400
LONGEST_DAYS = 400
"""Days that are asked for at once; what lies between an instant and what is known belongs to them."""
SERIES = "__series__"
"""Stands before the labels of a group in a watermark's carry, for a series that is not named like its SLI."""
SLICES_PER_TRANSACTION = 20_000
"""Keeps each write below the 50 ms after which other writers would notice."""


def collect(request: Collect, context: Context) -> Collection:
    """Ask every source for what is missing, one source after the other, and write it down."""
    end, by_source = planned(request, context)
    jobs = [job for its_jobs in by_source.values() for job in its_jobs]
    context.progress.begin("Collecting", sum(_work(job) for job in jobs))
    try:
        for name, its_jobs in by_source.items():
            _collect_source(context, context.handbook.sources[name], its_jobs)
    finally:
        context.progress.end()
    found = {job.sli.id: collected(job) for job in jobs}
    slis = tuple(found[sli.id] for sli in _chosen(request, context))
    return Collection(at=datetime.fromtimestamp(end, UTC), slis=slis, slices=sum(sli.slices for sli in slis))


def planned(request: Collect, context: Context) -> tuple[int, Mapping[str, Sequence[Job]]]:
    """
    Up to when slices are wanted (epoch seconds), and by source what is to be asked for.

    Raises:
        SpecError: it would be more days than are asked for at once.
    """
    at = floor_to_step((request.at or context.now()).timestamp())
    now = floor_to_step(context.now().timestamp())
    end = min(at, now) if request.at else at - int(context.handbook.settle.total_seconds()) // STEP * STEP
    slos = rules.slos_by_sli(context.handbook)
    by_source: dict[str, list[Job]] = defaultdict(list)
    for sli in _chosen(request, context):
        by_source[sli.source].append(_job(sli, slos[sli.id]))
    for name, its_jobs in by_source.items():
        _plan(request, context, name, its_jobs, end)
    return end, by_source


def _refuse_long(since: int, end: int, known: Watermark | None, *, again: bool) -> None:
    """A reach that somebody asked for is bounded, with everything between it and what is there; a window's is not."""
    until = end if again or known is None or known.end <= known.start else known.start
    seconds = until - since
    if seconds > LONGEST_DAYS * 86_400:
        days = f"{-(-seconds // 86_400):,} days"
        hint = f"ask for {LONGEST_DAYS} days at most, nearest to what is there first"
        raise SpecError([Problem("request", 0, 0, "", "too much is missing up to there", days, hint)])


def _chosen(request: Collect, context: Context) -> list[Sli]:
    known = context.handbook.slis
    for name in request.slis:
        if name not in known:
            raise not_found("SLI", name, known)
    return [sli for sli in known.values() if not request.slis or sli.id in request.slis]


def _job(sli: Sli, slos: Sequence[Slo]) -> Job:
    job = Job(sli, rules.targets_of(sli, slos), tuple(slos), None)
    if sli.measure is None:
        job.outcome, job.messages = Outcome.SKIPPED, ["its slices are pushed"]
    elif not job.targets:
        job.outcome, job.messages = Outcome.SKIPPED, ["no objective gives this gauge a limit"]
    return job


def _plan(request: Collect, context: Context, writer: str, jobs: Sequence[Job], end: int) -> None:
    watermarks = context.ledger.watermarks(writer, [job.sli.id for job in jobs])
    extents = context.ledger.extents([job.sli.between for job in jobs])
    for job in jobs:
        if job.outcome is Outcome.SKIPPED:
            continue
        job.between = {key: extent for key, extent in extents.items() if key.sli == job.sli.between} if extents else {}
        job.known = watermarks.get(job.sli.id)
        job.is_marked = job.known is not None
        if request.since:
            since = floor_to_step(request.since.timestamp())
            _refuse_long(since, end, job.known, again=request.again)
        else:
            reach = rules.longest_window_seconds(job.slos, end, DEFAULT_REACH_SECONDS)
            since = end - reach // STEP * STEP
            since = min(since, job.known.start) if job.known else since
        job.spans = rules.missing_spans(job.known, since, end, again=request.again)
        known = job.known
        job.question = rules.question(job.sli)
        if known is not None and known.question not in ("", job.question) and not request.again:
            job.question = known.question
            job.messages.append(rules.changed(job.sli, known))
        job.reaches_back_only = known is not None and all(span.end <= known.start for span in job.spans)


def _work(job: Job) -> int:
    return len(queries(job.sli)) * sum(span.slices for span in job.spans)


def _collect_source(context: Context, spec: DataSource, jobs: Sequence[Job]) -> None:
    asked = [job for job in jobs if job.spans]
    if not asked:
        return
    source = context.source(spec)
    try:
        source.check()
        for group in _alike(asked):
            for number in range(len(group[0].spans)):
                _collect_span(
                    context, spec, source, [job for job in group if job.outcome is not Outcome.FAILED], number
                )
    except SourceError as error:
        for job in asked:
            if not is_done(job):
                job.fail(str(error))
    finally:
        source.close()


def _alike(jobs: Iterable[Job]) -> list[list[Job]]:
    """SLIs with the same spans to ask for, so that one question can serve them all."""
    groups: dict[tuple[Span, ...], list[Job]] = defaultdict(list)
    for job in jobs:
        groups[job.spans].append(job)
    return list(groups.values())


def _collect_span(context: Context, spec: DataSource, source: Source, jobs: list[Job], number: int) -> None:
    if not jobs:
        return
    span = jobs[0].spans[number]
    waiting = {job.sli.id: (job, len(queries(job.sli))) for job in jobs}
    answers: dict[str, list[Answer]] = defaultdict(list)
    pending = _Pending(context, spec.name)
    questions = [query for job in jobs for query in queries(job.sli)]
    for answer in source.answer(questions, span.start, span.end, progress=context.progress.advance):
        job, expected = waiting[answer.query.sli]
        answers[job.sli.id].append(answer)
        if len(answers[job.sli.id]) == expected:
            pending.add(job, *_slices(job, span, answers.pop(job.sli.id)))
            del waiting[job.sli.id]
    pending.write()
    for job, expected in waiting.values():
        job.fail(f"the source left {expected - len(answers[job.sli.id])} of its queries unanswered")


@dataclass(slots=True)
class _Pending:
    """Slices and watermarks that go into the next transaction."""

    context: Context
    writer: str
    batches: list[SliceBatch] = field(default_factory=list)
    watermarks: list[Watermark] = field(default_factory=list)
    count: int = 0

    def add(self, job: Job, batches: list[SliceBatch], watermark: Watermark | None) -> None:
        if watermark is None:
            return
        job.known = watermark
        job.is_marked |= job.seen > 0
        if not job.is_marked:  # most likely a slip of the query: once it is mended, the history is still wanted
            return
        self.batches += [batch for batch in batches if len(batch)]
        self.watermarks.append(watermark)
        self.count += sum(len(batch) for batch in batches)
        if self.count >= SLICES_PER_TRANSACTION:
            self.write()

    def write(self) -> None:
        if self.watermarks:
            self.context.ledger.append(self.writer, self.batches, watermarks=self.watermarks)
        self.batches, self.watermarks, self.count = [], [], 0


def _slices(job: Job, span: Span, answers: Sequence[Answer]) -> tuple[list[SliceBatch], Watermark | None]:
    """The batches of one SLI for one span; no watermark when a query failed, so that it is asked again."""
    for answer in answers:
        job.messages += [warning for warning in answer.warnings if warning not in job.messages]
        if answer.error is not None:
            job.fail(f"{answer.query.role}: {answer.error}")
    ends = brackets.ends_of(answers)
    if refused := brackets.refusal(ends, job.targets):
        job.fail(refused)
    if job.outcome is Outcome.FAILED:
        return [], None
    job.outcome = Outcome.COLLECTED
    by_role = {answer.query.role: answer.groups for answer in answers}
    debts = _debts(job, span)
    reached = rules.reached(span, [answer.known_until for answer in answers])
    reopen_at = max(span.start, reached.end - rules.REOPENED_SECONDS)
    batches: list[SliceBatch] = []
    inconsistent = np.zeros(span.slices, dtype=np.bool_)
    owed = dict(debts)
    for labels in sorted({labels for role, groups in by_role.items() if role is not Role.DEMAND for labels in groups}):
        roles = {role: groups[labels] for role, groups in by_role.items() if labels in groups}
        if Role.DEMAND in by_role:
            roles[Role.DEMAND] = by_role[Role.DEMAND].get((), np.full(span.slices, np.nan))
        for target in job.targets:
            found, more = brackets.measured(job.sli, target, roles, labels, ends, span, job.between)
            if not found.is_countable(job.sli.quantum):
                job.fail(f"a number of {target.series} is too large to be counted in units of {job.sli.quantum}")
                return [], None
            for key, each in ((SeriesKey(target.series, labels), found), *more.items()):
                debtor = labels if key.sli == job.sli.id else ((SERIES, key.sli), *key.labels)
                result = rules.rounded(
                    key, span.start, each, job.sli.quantum, debts.get(debtor, (0.0, 0.0)),
                    reopen_at=reopen_at, may_exceed=target.may_exceed,
                )  # fmt: skip
                batches.append(result.batch)
                owed[debtor], job.debts[debtor] = result.carry, result.final
            inconsistent[found.inconsistent] = True
    job.debts_at = span.end
    _count(job, span, [batch for batch in batches if batch.key.sli != job.sli.between])
    return batches, _watermark(job, span, reached, owed, inconsistent)


def _debts(job: Job, span: Span) -> dict[Labels, tuple[float, float]]:
    """What cumulative rounding owes at the start of a span; nothing where no slice before it was collected."""
    if job.debts_at != span.start:
        takes_up = job.known is not None and rules.reopened_from(job.known) == span.start
        job.debts = dict(job.known.carry) if job.known and takes_up else {}
    return dict(job.debts)


def _count(job: Job, span: Span, batches: Sequence[SliceBatch]) -> None:
    job.asked += span.slices
    job.slices += sum(len(batch) for batch in batches)
    seen: set[int] = set()
    for batch in batches:
        seen.update(batch.starts.tolist())
    job.seen += len(seen)


def _watermark(
    job: Job, span: Span, reached: Span, owed: Mapping[Labels, tuple[float, float]], inconsistent: Bools
) -> Watermark:
    """How far the SLI is now collected; inconsistent slices that are asked for again are not counted again."""
    job.inconsistent += int(inconsistent.sum())
    carry = {labels: debt for labels, debt in owed.items() if debt != (0.0, 0.0)}
    mark = rules.extended(job.known, job.sli.id, reached, carry)
    mark = replace(mark, question=job.question)
    if job.known is None:
        return replace(mark, inconsistent_count=int(inconsistent.sum()))
    starts = np.arange(span.start, span.end, STEP)
    is_new = (starts < job.known.start) | (starts >= job.known.end)
    return replace(mark, inconsistent_count=mark.inconsistent_count + int((inconsistent & is_new).sum()))
