"""The law of the loader: k mistakes at k places are told as k mistakes, once each, in one run, wherever they stand."""

from __future__ import annotations

import copy
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import made_yaml as made
from leadline.handbook.loader import load
from leadline.handbook.reading import PathInside, dotted

Where = tuple[str, PathInside]
"""Name of a document, and a path inside it."""
DOCUMENTS: dict[str, dict[str, Any]] = {
    f"{document['kind']}-{document['metadata']['name']}": document
    for text in made.VALID.values()
    for document in yaml.safe_load_all(text)
}


def path(text: str) -> PathInside:
    return tuple(int(part) if part.isdecimal() else part for part in text.split(" "))


WRONG_VALUES: dict[str, list[tuple[str, Any]]] = {
    "SLO-availability": [
        ("spec budgetingMethod", "occurences"),
        ("spec service", "S"),
        ("spec indicatorRef", "S"),
        ("spec objectives 0 target", -0.1),
        ("spec timeWindow 0 duration", "a month"),
        ("spec timeWindow 0 isRolling", "yes"),
        ("metadata annotations leadline/onNoData", "green"),
    ],
    "SLO-short-queue": [
        ("spec service", "chekout"),
        ("spec objectives 0 op", "less"),
        ("spec objectives 0 value", "many"),
        ("spec objectives 0 target", 95),
        ("spec objectives 0 timeSliceTarget", 99),
        ("spec objectives 0 timeSliceWindow", "5x"),
        ("spec timeWindow 0 duration", "12h"),
        ("spec timeWindow 0 calendar timeZone", "Mars"),
        ("spec timeWindow 0 calendar startTime", "2026-13-01"),
    ],
    "SLO-fast": [
        ("spec indicator spec ratioMetric good metricSource spec query", "sum("),
        ("spec indicator spec ratioMetric total metricSource spec query", "x y"),
        ("spec indicator spec ratioMetric total metricSource metricSourceRef", "prum"),
        ("spec indicator spec ratioMetric counter", "yes"),
        ("spec objectives 0 target", "high"),
        ("spec objectives 1 target", 0),
        ("spec objectives 1 displayName", 7),
    ],
    "SLI-requests": [
        ("metadata annotations leadline/groupBy", "a-b"),
        ("spec ratioMetric good metricSource metricSourceRef", "prometheus"),
        ("spec ratioMetric good metricSource spec query", "sum("),
        ("spec ratioMetric total metricSource spec query", "x{"),
    ],
    "SLI-queue": [("spec thresholdMetric metricSource spec query", "x[5m]"), ("spec description", 7)],
    "SLI-satisfied": [("spec ratioMetric rawType", "sucess"), ("spec ratioMetric raw metricSource spec query", ")")],
    "Service-checkout": [
        ("metadata annotations leadline/tier", "gold"),
        ("metadata annotations leadline/team", "shops"),
        ("spec description", 7),
    ],
    "BudgetPolicy-standard": [
        ("spec thresholds healthy", 60),
        ("spec thresholds critical", "low"),
        ("spec rules feature critical", "refuse"),
    ],
    "Agreement-customers": [
        ("spec party", 7),
        ("spec commitments 0 slo", "S"),
        ("spec commitments 0 sli", "requets"),
        ("spec commitments 0 target", 99),
        ("spec commitments 0 bands 0 atLeast", 99),
        ("spec commitments 0 bands 1 atLeast", "low"),
    ],
    "Correction-move": [
        ("spec start", "yesterday"),
        ("spec mode", "excluded"),
        ("spec slos 0", "S"),
        ("spec services 0", "chekout"),
        ("spec reason", 7),
    ],
    "Handbook-shop": [
        ("spec zone", "Mars"),
        ("spec currency", "eur"),
        ("spec settle", "45s"),
        ("spec workingHours start", "9"),
        ("spec defaults onNoTraffic", "fine"),
        ("spec defaults minCoverage", 80),
    ],
    "AlertPolicy-fast-burn": [
        ("spec conditions 0 conditionRef", "burn"),
        ("spec notificationTargets 0 targetRef", "oncall"),
        ("spec alertWhenBreaching", "maybe"),
    ],
    "AlertCondition-burns": [("spec condition threshold", "high"), ("spec condition kind", "burn")],
    "DataSource-prom": [("spec connectionDetails", "none")],
    "Team-shop": [("spec contacts", "none")],
    "NotificationTarget-chat": [("spec type", 7), ("spec connectionDetails", "none")],
    "RollbackPolicy-undo": [
        ("spec services 0", "chekout"),
        ("spec mode", "always"),
        ("spec dependencies", "yes"),
        ("spec connectionDetails", "none"),
        ("spec dryRun", "yes"),
        ("spec coolDown", "a while"),
        ("spec mostPerHour service", 0),
        ("spec mostPerHour all", "some"),
        ("spec success slices", 99),
        ("spec success within", "90s"),
        ("spec approveWithin", "soon"),
    ],
    "NotificationRoute-lesser": [
        ("spec match services 0", "chekout"),
        ("spec match teams 0", "shops"),
        ("spec match tiers 0", "high"),
        ("spec match severities 1", "mention"),
        ("spec match kinds 0", "alert.fires"),
        ("spec targets 0", "chats"),
        ("spec quietHours 0 days 1", "fri"),
        ("spec quietHours 0 start", "10pm"),
        ("spec quietHours 0 end", "7"),
        ("spec quietHours 0 zone", "Mars"),
        ("spec quietHours 0 severities 0", "page"),
        ("spec default", "yes"),
    ],
}
FREE = ("annotations", "contacts", "connectionDetails", "rules")
"""What stands in these has names of the author's own choice."""


def keys(value: Any, inside: PathInside = ()) -> list[PathInside]:
    """Every key that a model knows, but the name, which tells the documents of this test apart."""
    found: list[PathInside] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        here = (*inside, key)
        if isinstance(key, str):
            found.append(here)
        if key not in FREE and here[-2:] != ("metricSource", "spec"):
            found += keys(item, here)
    return found


@dataclass(frozen=True)
class Mistake:
    """A wrong value, or a misspelt key when there is none."""

    path: PathInside
    value: Any = None

    def misspelt(self) -> str:
        key = str(self.path[-1])
        return key[:-2] + key[-1] + key[-2] if key[-1] != key[-2] else key + "x"


MISTAKES: dict[str, list[Mistake]] = {
    name: [
        *(Mistake(path(text), value) for text, value in WRONG_VALUES.get(name, ())),
        *(Mistake(where) for where in keys(document)),
    ]
    for name, document in DOCUMENTS.items()
}


def at(document: Any, where: PathInside) -> Any:
    for part in where:
        document = document[part]
    return document


def planted(document: dict[str, Any], mistakes: list[Mistake]) -> tuple[dict[str, Any], list[str]]:
    """The document with its mistakes, and the places where they must be told, as they are written."""
    wrong = copy.deepcopy(document)
    renamed: dict[PathInside, str] = {mistake.path: mistake.misspelt() for mistake in mistakes if mistake.value is None}
    for mistake in mistakes:
        if mistake.value is not None:
            at(wrong, mistake.path[:-1])[mistake.path[-1]] = mistake.value
    for where in sorted(renamed, key=len, reverse=True):
        holder = at(wrong, where[:-1])
        holder[renamed[where]] = holder.pop(where[-1])
    told = [
        dotted(tuple(renamed.get(mistake.path[: index + 1], part) for index, part in enumerate(mistake.path)))
        for mistake in mistakes
    ]
    return wrong, told


def told_of(documents: dict[str, dict[str, Any]]) -> tuple[Counter[tuple[str, str]], str]:
    """How often each place is told, and everything as people read it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, document in documents.items():
            Path(folder, f"{name}.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        problems = load(Path(folder)).problems
    return Counter((problem.file, problem.key) for problem in problems), "\n".join(map(str, problems))


def several(choices: dict[str, list[Mistake]]) -> st.SearchStrategy[dict[str, list[Mistake]]]:
    """Some mistakes of some documents, no two of them at one place."""
    every = [(name, mistake) for name, mistakes in choices.items() for mistake in mistakes]

    def grouped(chosen: list[tuple[str, Mistake]]) -> dict[str, list[Mistake]]:
        return {name: [one for of, one in chosen if of == name] for name, _ in chosen}

    chosen = st.lists(st.sampled_from(every), min_size=1, max_size=8, unique_by=lambda one: (one[0], one[1].path))
    return chosen.map(grouped)


def test_the_handbook_without_a_mistake_has_no_problem() -> None:
    assert told_of(DOCUMENTS) == (Counter(), "")


@settings(max_examples=150)
@given(several(MISTAKES))
def test_each_of_several_mistakes_is_told_once_in_one_run(mistakes: dict[str, list[Mistake]]) -> None:
    documents, expected = dict(DOCUMENTS), Counter[tuple[str, str]]()
    for name, of in mistakes.items():
        documents[name], places = planted(DOCUMENTS[name], of)
        expected.update((f"{name}.yaml", place) for place in places)
    told, text = told_of(documents)
    assert told == expected, text


@settings(max_examples=60)
@given(several({name: MISTAKES[name] for name in ("SLO-availability", "SLO-short-queue", "Agreement-customers")}))
def test_mistakes_are_told_the_same_in_one_document_and_over_several(mistakes: dict[str, list[Mistake]]) -> None:
    together, apart = dict(DOCUMENTS), dict(DOCUMENTS)
    for name, of in mistakes.items():
        together[name], _ = planted(DOCUMENTS[name], of)
        for number, mistake in enumerate(of):
            twin = copy.deepcopy(DOCUMENTS[name])
            twin["metadata"]["name"] += f"-{number}"
            apart[f"{name} {number}"], _ = planted(twin, [mistake])
    # What stands below a misspelt key is told as it is written, so only the last word of a place is the same in both.
    assert last_words(together) == last_words(apart)


def last_words(documents: dict[str, dict[str, Any]]) -> Counter[tuple[str, str]]:
    told, _ = told_of(documents)
    return Counter((file.removesuffix(".yaml").split()[0], key.rpartition(".")[2]) for file, key in told.elements())
