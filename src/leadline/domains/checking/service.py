"""Use cases of checking: lint of the handbook and of rule files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from leadline.core.slices import STEP
from leadline.core.windows import floor_to_step
from leadline.domains.checking.advice import advice, objectives_by_sli
from leadline.domains.checking.alert_advice import alert_advice
from leadline.domains.checking.catalogue import RULES
from leadline.domains.checking.model import Linted, LintHandbook, LintRuleFiles, WeekSli
from leadline.domains.checking.probing import Seen, seen, window_seconds
from leadline.domains.checking.traffic import about_data, week_of
from leadline.domains.checking.verdicts import about_queries
from leadline.domains.checking.writing import Desk, Said, of_problem
from leadline.errors import Problem
from leadline.handbook.loader import Loaded
from leadline.handbook.specs import Handbook, Place, Slo
from leadline.handbook.wording import not_found
from leadline.ports.findings import Finding, Findings, Unanswered, Weight
from leadline.ports.operation import Context


def lint_handbook(request: LintHandbook, context: Context) -> Linted:
    """Everything that the loader warned of, advice, and what the sources say where they are asked."""
    handbook, at = context.handbook, instant_of(request.at, context)
    slos = chosen(handbook, request.service, request.slos)
    told = seen(handbook, slos, at, context) if request.live else Seen()
    busy = {slo.id for slo in slos if week_of(slo, told.sights.get(slo.sli.id, ()), at).total}
    said = [*map(of_problem, context.warnings), *advice(handbook, slos), *alert_advice(slos, busy)]
    said += [*told.said, *_live(handbook, slos, told, at)]
    is_whole = len(slos) == len(handbook.slos)
    places = None if is_whole else [place for slo in slos for place in (slo.place, slo.sli.place)]
    findings = Desk(handbook.documents, places).written(said)
    found = linted(findings, told.unanswered, at=at, objectives=len(slos), is_live=request.live)
    return found.model_copy(update={"weeks": tuple(_weeks(slos, told, at))})


def _weeks(slos: Sequence[Slo], told: Seen, at: int) -> Iterator[WeekSli]:
    for slo in slos:
        if slo.sli.id in told.sights:
            week = week_of(slo, told.sights[slo.sli.id], at)
            least = float(1 - slo.terms.error_budget)
            yield WeekSli(
                slo=slo.id,
                good_ratio=week.good_ratio,
                events=week.total,
                target=slo.target_text,
                would_be_kept=None if week.good_ratio is None else week.good_ratio >= least,
            )


def _live(handbook: Handbook, slos: Sequence[Slo], told: Seen, at: int) -> Iterator[Said]:
    """What the sources' answers say."""
    for sli, ids in objectives_by_sli(slos).items():
        if sli in told.sights:
            yield from about_queries(handbook.slis[sli], told.sights[sli], ids, at)
    for slo in slos:
        sights = told.sights.get(slo.sli.id)
        if sights is not None:
            oldest = told.oldest.get(slo.sli.source)
            yield from about_data(slo, sights, oldest, window_seconds(slo, at), at)


def lint_unread(loaded: Loaded, now: datetime) -> Linted:
    """Findings of a handbook that cannot be read: its mistakes, and what was warned of beside them."""
    said = [*(of_problem(each, "ill-written") for each in loaded.problems), *map(of_problem, loaded.warnings)]
    return linted(Desk(()).written(said), (), at=int(now.timestamp()), objectives=0, is_live=False)


def lint_mistakes(problems: Iterable[Problem], now: datetime) -> Linted:
    """Findings of what was asked for in the wrong way."""
    return lint_unread(Loaded(None, tuple(problems), ()), now)


def lint_rule_files(request: LintRuleFiles, context: Context) -> Findings:
    """Files with several documents; what is no YAML at all is a mistake."""
    documents: dict[str, list[int]] = defaultdict(list)
    rules: Counter[str] = Counter()
    for tree in context.specs.read(request.rule_files):
        documents[tree.file].append(tree.place(())[0])
        if len(documents[tree.file]) > 1:
            rules[tree.file] += _rules_in(tree.value)
    said = []
    for file, lines in documents.items():
        if len(lines) > 1:
            what = f"{len(lines)} documents; Prometheus reads the first, and drops {rules[file]} rules of the others"
            hint = "write one document with all groups: leadline rules does"
            said.append(Said("several-documents", Place(file, lines[1]), what, file, hint))
    return Findings(tool="lint", rules=(RULES["several-documents"].text,), findings=Desk(()).written(said))


def _rules_in(document: dict[str, object]) -> int:
    groups = document.get("groups")
    found = [group.get("rules") for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    return sum(len(rules) for rules in found if isinstance(rules, list))


def with_rule_files(found: Linted, files: Findings) -> Linted:
    """The handbook's findings and those of rule files."""
    findings = (*found.findings, *files.findings)
    return found.model_copy(update={"findings": findings, "counts": _counts(findings)})


def linted(
    findings: Sequence[Finding], unanswered: Sequence[Unanswered], *, at: int, objectives: int, is_live: bool
) -> Linted:
    return Linted(
        rules=tuple(rule.text for rule in RULES.values() if is_live or not rule.asks_source),
        findings=tuple(findings),
        unanswered=tuple(unanswered),
        at=datetime.fromtimestamp(at, UTC),
        objectives=objectives,
        is_live=is_live,
        weeks=(),
        counts=_counts(findings),
    )


def _counts(findings: Iterable[Finding]) -> dict[str, int]:
    counted = Counter("switched_off" if one.switched_off else one.weight.value for one in findings)
    return {word: counted[word] for word in (*(weight.value for weight in Weight), "switched_off")}


def exit_code(found: Linted, *, strict: bool) -> int:
    """2 ill-written, 1 an error (a warning, where these are refused as well), 3 a source did not answer, else 0."""
    refused = {Weight.ERROR, Weight.WARNING} if strict else {Weight.ERROR}
    if any(one.rule == "ill-written" for one in found.findings):
        return 2
    if any(one.weight in refused and not one.switched_off for one in found.findings):
        return 1
    return 3 if found.unanswered else 0


def chosen(handbook: Handbook, service: str | None, names: Sequence[str]) -> list[Slo]:
    """
    Objectives of a service, or of these names, or all.

    Raises:
        NotFound: there is no such service or SLO.
    """
    if service is not None and service not in handbook.services:
        raise not_found("service", service, list(handbook.services))
    slos = list(handbook.slos.values())
    for name in names:
        if not any(name in (slo.id, slo.name) for slo in slos):
            raise not_found("SLO", name, list(handbook.slos))
    wanted = set(names)
    return [
        slo for slo in slos if service in (None, slo.service) and (not wanted or slo.id in wanted or slo.name in wanted)
    ]


def instant_of(asked: datetime | None, context: Context) -> int:
    """The instant at which sources are asked, epoch seconds."""
    if asked is not None:
        return floor_to_step(asked.timestamp())
    settle = int(context.handbook.settle.total_seconds()) // STEP * STEP
    return floor_to_step(context.now().timestamp()) - settle
