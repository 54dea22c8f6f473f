"""The rules of `leadline lint`: what each looks for and why; docs/lint.md is made of this table."""

from __future__ import annotations

from dataclasses import dataclass

from leadline.ports.findings import RuleText, Weight

ERROR, WARNING, NOTE = Weight.ERROR, Weight.WARNING, Weight.NOTE


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    id: str
    weight: Weight
    title: str
    reason: str
    trap: int = 0
    """Its number among the known traps of service level objectives; 0 for none."""
    told_as: tuple[str, ...] = ()
    """Words in a warning of `leadline validate` that this rule stands for."""
    asks_source: bool = False

    @property
    def text(self) -> RuleText:
        return RuleText(
            id=self.id, weight=self.weight, title=self.title, reason=self.reason, asks_source=self.asks_source
        )


_WRITTEN = (
    Rule(
        "ill-written", ERROR, "A document is ill-written.",
        "Nothing of a handbook with a mistake is in force, so nothing else can be told of it.",
    ),
    Rule(
        "unwise", WARNING, "A document says something that is allowed and unwise.",
        "Every warning of `leadline validate` that has no rule of its own.",
    ),
    Rule(
        "no-margin", WARNING, "An agreement promises as much as the objective that protects it.",
        "The budget then ends where the agreement breaks: nobody has time to act in between.",
        told_as=("no margin between",),
    ),
    Rule(
        "above-ceiling", WARNING, "An objective stands above what its dependencies or components promise together.",
        "Even if everybody keeps their word, this one can be broken.", told_as=("cannot promise",),
    ),
    Rule(
        "half-good", WARNING, "Fewer than half of the events are promised to be good.",
        "Most often a percentage, or the share of bad events, was written where the share of good ones belongs.",
        told_as=("fewer than half good",),
    ),
    Rule(
        "late-notice", WARNING, "A maintenance window is announced too late, or not at all.",
        "An agreement that wants notice does not leave it out, so its downtime counts.",
        told_as=("notice without", "announced less than"),
    ),
    Rule(
        "own-window", WARNING, "A query brings its own rate or increase.",
        "It is scaled to the step, which loses or doubles bursts; a counter alone is counted exactly.",
        told_as=("of the query itself",),
    ),
    Rule(
        "lost-label", WARNING, "A label of groupBy is lost inside the query.",
        "The query sums it away, so that no group can be told from another.", trap=12,
        told_as=("of groupBy is lost",),
    ),
    Rule(
        "odd-counter", WARNING, "A query of counters does more than select and sum them.",
        "What is not linear in the counters has another increase than the one that is meant.",
        told_as=(
            "is not the increase of", "compares the increase", "is not a number of events", "could be made an increase",
            "without a metric name",
        ),
    ),
)  # fmt: skip
_ADVICE = (
    Rule(
        "rate-of-sum", WARNING, "A rate is taken of a sum.",
        "When one of many processes restarts, the sum falls, and all of it is taken for new events: take the rate "
        "first, then the sum.", trap=6,
    ),
    Rule(
        "blind-to-outage", WARNING, "Slices without data are left out of the budget.",
        "An outage so complete that nothing is measured leaves the budget whole: `onNoData: exclude` hides it.", trap=9,
    ),
    Rule(
        "two-instants", ERROR, "The queries of one SLI look at different instants.",
        "Bad and total of different times make shares above 100 % and budgets that jump.", trap=10,
    ),
    Rule(
        "hidden-grouping", NOTE, "A query groups by labels that the SLI does not declare.",
        "Leadline sums the groups; a rule or dashboard made of the same query has one number for each of them. "
        "Declare them in groupBy, or take them out.", trap=12,
    ),
    Rule(
        "unreachable-alert", WARNING, "An alert of the strategy can never fire for this objective.",
        "With every event bad the burn rate is 1 / (1 - target), and the alert wants more.", trap=14,
        told_as=("does not suit the objective",),
    ),
    Rule(
        "alert-within-budget", WARNING, "An alert fires although the budget would last for its window.",
        "A burn rate below 1 leaves budget at the end: people are called for a promise that is kept.", trap=15,
        told_as=("although the budget would be kept",),
    ),
    Rule(
        "short-window", WARNING, "An alert looks at fewer than four samples.",
        "One sample that is late or missing decides it: use windows of four steps and four scrapes or more.", trap=16,
        told_as=("looks at too few slices",),
    ),
    Rule(
        "one-error-pages", WARNING, "With little traffic a single error calls somebody.",
        "Below 1 / (factor × budget) events in its window one bad event exceeds the factor; the low-traffic rule "
        "of the strategy prevents that and is switched off here.", trap=17,
    ),
    Rule(
        "no-alert", WARNING, "No alert can tell that this budget burns.",
        "The strategy has no alert that this objective can meet, so it breaks in silence.",
    ),
    Rule(
        "no-owner", WARNING, "Nobody owns an objective.",
        "Neither the SLO nor its service names a team, so nobody is told and nobody decides.",
    ),
    Rule(
        "no-description", NOTE, "An objective says nothing of what it means.",
        "Whoever is called at night reads its description first.",
    ),
    Rule("unused-sli", NOTE, "No objective uses an SLI.", "It is collected and stored, and nobody looks at it."),
    Rule("idle-service", NOTE, "A service promises nothing.", "It has no objective, so a gate about it cannot tell."),
    Rule(
        "several-documents", ERROR, "A file of Prometheus rules has several documents.",
        "Prometheus reads the first and drops the others, older versions without a word.", trap=19,
    ),
    Rule(
        "unknown-rule", WARNING, "leadline/lintIgnore names a rule that there is not.",
        "It switches nothing off, most likely by a slip.",
    ),
    Rule(
        "idle-ignore", NOTE, "leadline/lintIgnore switches off a rule that finds nothing there.",
        "The reason is gone; what stays would hide the next one.",
    ),
)  # fmt: skip
_QUERIES = (
    Rule(
        "no-such-metric", ERROR, "The source does not know a metric.",
        "Nothing is ever counted; where it is the metric of errors, every event looks good.", asks_source=True,
    ),
    Rule(
        "no-such-label", ERROR, "No series of the metric has a label that is selected.",
        "Nothing is ever counted; where it selects errors, every event looks good.", asks_source=True,
    ),
    Rule(
        "no-such-value", ERROR, "No series of the metric has a value that is selected.",
        "Nothing was counted for a day: a name that has changed, or a slip.", asks_source=True,
    ),
    Rule(
        "no-series", ERROR, "Each part of a selector finds series, and all of them together find none.",
        "Nothing is counted: labels that do not occur together.", asks_source=True,
    ),
    Rule(
        "no-bad-series", NOTE, "The series of errors is not there.",
        "As long as nothing fails that is how it must be, and Leadline counts 0. Initialise it with 0 in the program, "
        "so that a slip can be told from a good day.", asks_source=True,
    ),
    Rule(
        "no-such-bucket", WARNING, "A latency limit is no boundary of the histogram.",
        "A query for it finds nothing, and an alert on it never fires. Leadline counts by both neighbours and judges "
        "by both; write one of them for one number.", trap=7, asks_source=True,
    ),
    Rule(
        "bucket-spelling", NOTE, "The histogram writes a boundary in another way.",
        "Prometheus 3 writes 1.0 where others write 1. Leadline asks for both; rules and dashboards with the one find "
        "nothing on the other.", trap=8, asks_source=True,
    ),
    Rule(
        "not-a-counter", ERROR, "What is counted as a counter falls again and again.",
        "Each fall is taken for a restart, and the whole value for new events: it is a gauge.", trap=6,
        asks_source=True,
    ),
    Rule(
        "born-above-zero", NOTE, "Series begin with a value above 0.",
        "`increase` misses the events of the first value. Leadline counts them where `up` tells that the target was "
        "there before; other tools do not. Initialise the counter with 0.", trap=5, asks_source=True,
    ),
    Rule(
        "many-series", WARNING, "A query selects more than 10,000 series.",
        "Each evaluation reads all of them: record a sum, or select less.", asks_source=True,
    ),
    Rule(
        "too-many-groups", ERROR, "groupBy makes more than 1,000 groups.",
        "More are refused, and the SLI is not collected at all: group by fewer labels.", asks_source=True,
    ),
)  # fmt: skip
_DATA = (
    Rule(
        "silent", ERROR, "An SLI has gone silent.",
        "Its series were there within the last day and are not now: an outage, or a name that has changed.", trap=9,
        asks_source=True,
    ),
    Rule(
        "gaps", WARNING, "The source has gaps.",
        "Where less than the coverage that the objective asks for is measured, its budget is unknown.", trap=11,
        asks_source=True,
    ),
    Rule(
        "short-retention", WARNING, "The source keeps less than a window.",
        "What was not collected in time cannot be filled in later, and a dashboard over the window shows a part.",
        trap=13, asks_source=True,
    ),
    Rule(
        "young-series", NOTE, "The series are younger than the window.",
        "The budget covers a part of its window, until they have lived for all of it.", trap=5, asks_source=True,
    ),
    Rule(
        "no-traffic", NOTE, "Nothing happened in the last week.",
        "There are series and no events: the objective says nothing until somebody uses the service.", asks_source=True,
    ),
    Rule(
        "more-bad-than-all", ERROR, "More events were bad, or good, than there were.",
        "The queries count different things. Leadline clamps and says so; the number is wrong all the same.", trap=18,
        asks_source=True,
    ),
    Rule(
        "missed-last-week", WARNING, "The objective would have been missed over the last seven days.",
        "Either people suffer now, or the target is another one than the service can keep.", asks_source=True,
    ),
    Rule(
        "tiny-budget", WARNING, "The budget of a window is less than one event.",
        "With so little traffic one bad event depletes it: promise less, or over a longer window.", trap=17,
        asks_source=True,
    ),
    Rule(
        "little-traffic", NOTE, "Traffic is too low for an alert to tell an outage from chance in time.",
        "The low-traffic rule waits for a number of bad events, which takes longer than the alert looks back.", trap=17,
        asks_source=True,
    ),
    Rule(
        "not-asked", NOTE, "Lint cannot look into a source of this type.",
        "What stands in it is checked when it is collected.", asks_source=True,
    ),
)  # fmt: skip
_LIVE = (*_QUERIES, *_DATA)
RULES: dict[str, Rule] = {rule.id: rule for rule in (*_WRITTEN, *_ADVICE, *_LIVE)}
"""Every rule, by id, in the order in which docs/lint.md shows them."""


def rule_of(warning: str) -> str:
    """
    Id of the rule that stands for a warning of `leadline validate`.

    >>> rule_of("no margin between the commitment and its SLO")
    'no-margin'
    """
    return next((rule.id for rule in RULES.values() if any(words in warning for words in rule.told_as)), "unwise")
