"""The shipped VirtEngine practice against the figures of its reference, typed here, and against its page in `docs/`."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from contract.test_outbox import FIRED
from leadline.core.budgets import BudgetingMethod
from leadline.core.policies import WORSENING, Outcome, looser_levels
from leadline.core.terms import Level
from leadline.core.windows import RollingWindow
from leadline.domains.notifications.connections import secrets_of
from leadline.domains.notifications.rules import planned
from leadline.handbook.loader import Loaded, load
from leadline.handbook.specs import Handbook, RatioMeasure, Slo, ThresholdMeasure

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "handbooks" / "virtengine"
PAGE = (ROOT / "docs" / "virtengine.md").read_text(encoding="utf-8")

LEVELS = ("healthy", "warning", "critical", "depleted")
SERVICES = ("node", "prov", "bench", "api")

# Catalogue 1.2 and 1.3: SLO, tier, target (None: mean time between failures), the SLI that feeds it.
CATALOGUE = """
SLO-NODE-001   0 0.9995 SLI-NODE-001
SLO-NODE-002   0 0.999  SLI-NODE-002
SLO-NODE-003   0 0.999  SLI-NODE-003
SLO-NODE-004   0 0.995  SLI-NODE-007
SLO-NODE-005   0 0.95   SLI-NODE-005
SLO-NODE-006   0 0.95   SLI-NODE-006
SLO-NODE-007   0 0.95   SLI-NODE-004
SLO-NODE-008   0 0.95   SLI-NODE-009
SLO-PROV-001   1 0.999  SLI-PROV-001
SLO-PROV-002   1 0.995  SLI-PROV-002
SLO-PROV-003   1 0.99   SLI-PROV-007
SLO-PROV-004   1 0.995  SLI-PROV-008
SLO-PROV-005   1 0.95   SLI-PROV-004
SLO-PROV-006   1 0.95   SLI-PROV-005
SLO-PROV-007   1 0.95   SLI-PROV-010
SLO-PROV-008   1 -      SLI-PROV-008
SLO-BENCH-001  2 0.995  SLI-BENCH-001
SLO-BENCH-002  2 0.99   SLI-BENCH-002
SLO-BENCH-003  2 0.95   SLI-BENCH-005
SLO-BENCH-004  2 0.99   SLI-BENCH-006
SLO-BENCH-005  2 0.95   SLI-BENCH-003
SLO-BENCH-006  2 0.95   SLI-BENCH-004
SLO-API-001    1 0.999  SLI-API-001
SLO-API-002    1 0.995  SLI-API-005
SLO-API-003    1 0.95   SLI-API-003
SLO-API-004    1 0.95   SLI-API-004
SLO-API-005    1 1      SLI-API-006
"""
ROWS = [line.split() for line in CATALOGUE.strip().splitlines()]
WITHOUT_SLO = {"sli-node-008", "sli-prov-003", "sli-prov-006", "sli-prov-009", "sli-prov-011", "sli-api-002"}
LATENCY_LIMITS = {
    "sli-node-004": "7",
    "sli-node-005": "10",
    "sli-node-006": "2",
    "sli-prov-004": "300",
    "sli-prov-005": "5",
    "sli-prov-006": "10",
    "sli-bench-003": "600",
    "sli-bench-004": "30",
    "sli-api-003": "2",
    "sli-api-004": "1",
}
WRONG_BUDGETS = {  # stated hours, minutes of 28 days by (1 - target) x 40,320
    "SLO-NODE-004": (2, "201.6"),
    "SLO-PROV-002": (2, "201.6"),
    "SLO-PROV-003": (4, "403.2"),
    "SLO-BENCH-001": (2, "201.6"),
    "SLO-BENCH-002": (4, "403.2"),
    "SLO-BENCH-003": (8, "2016"),
    "SLO-BENCH-004": (4, "403.2"),
}
BANDS = {  # catalogue 1.4: the lower ends, in per cent
    ("validators", "availability"): "99.5 99 98 0",
    ("providers", "deployment-success"): "95 90 0",
    ("providers", "deployment-uptime"): "99 95 0",
    ("providers", "provisioning-speed"): "95 0",
    ("benchmark-operators", "execution"): "95 90 0",
    ("benchmark-operators", "challenge-response"): "99 0",
}
WITHOUT_MARGIN = {("providers", "provisioning-speed"), ("benchmark-operators", "challenge-response")}


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load(FOLDER)


@pytest.fixture(scope="module")
def handbook(loaded: Loaded) -> Handbook:
    assert loaded.handbook is not None
    return loaded.handbook


def table(heading: str, number: int = 0) -> list[list[str]]:
    """Rows of a table below a heading of the page, without its header."""
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    body = next(text for text in section if text.startswith(heading + "\n"))
    tables = re.findall(r"(?:^\|.*\n)+", body, flags=re.MULTILINE)
    lines = tables[number].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def number(text: str) -> Fraction:
    """`2,016`, `0.5 %` (a share) and `−20`, exactly."""
    plain = text.replace(",", "").replace("−", "-")
    match = re.match(r"-?[\d.]+", plain)
    assert match, text
    value = Fraction(match[0])
    return value / 100 if plain[match.end() :].lstrip().startswith("%") else value


def minutes(slo: Slo) -> Fraction:
    """The share of the window that the budget is, in minutes, from the terms of the objective alone."""
    assert isinstance(slo.terms.window, RollingWindow)
    return slo.terms.error_budget * int(slo.terms.window.duration.total_seconds()) / 60


def of_service(name: str) -> str:
    return name.split("-")[1]


# --- what there is


def test_the_handbook_loads_without_a_problem_and_warns_of_the_two_commitments_without_margin(loaded: Loaded) -> None:
    assert loaded.problems == ()
    assert [Path(warning.file).name for warning in loaded.warnings] == ["agreements.yaml", "agreements.yaml"]
    speed, challenge = loaded.warnings
    assert (speed.key, challenge.key) == ("spec.commitments[2].target", "spec.commitments[1].target")
    assert "slo-prov-005" in speed.hint
    assert "slo-bench-004" in challenge.hint


def test_there_are_32_slis_27_slos_4_agreements_and_4_services(handbook: Handbook) -> None:
    counts = handbook.counts()
    assert (counts["SLI"], counts["SLO"], counts["Agreement"], counts["Service"]) == (32, 27, 4, 4)
    assert (counts["DataSource"], counts["BudgetPolicy"], counts["Handbook"]) == (1, 1, 1)
    assert Counter(of_service(name) for name in handbook.slis) == {"node": 9, "prov": 11, "bench": 6, "api": 6}
    assert Counter(slo.service for slo in handbook.slos.values()) == {"node": 8, "prov": 8, "bench": 6, "api": 5}


def test_identifiers_run_without_a_gap_and_stand_in_the_display_name(handbook: Handbook) -> None:
    for service, last in {"node": 9, "prov": 11, "bench": 6, "api": 6}.items():
        expected = [f"sli-{service}-{n:03}" for n in range(1, last + 1)]
        assert [name for name in handbook.slis if of_service(name) == service] == expected
    for slo in handbook.slos.values():
        assert slo.display_name.startswith(slo.name.upper() + " ")


def test_every_service_has_the_tier_of_the_catalogue_and_a_team_of_the_handbook(handbook: Handbook) -> None:
    assert {name: service.tier for name, service in handbook.services.items()} == {
        "node": 0,
        "prov": 1,
        "bench": 2,
        "api": 1,
    }
    for service in handbook.services.values():
        assert service.team in handbook.teams


@pytest.mark.parametrize(("slo_id", "tier", "target", "sli_id"), ROWS, ids=[row[0] for row in ROWS])
def test_an_objective_has_the_target_window_tier_and_sli_of_the_catalogue(
    handbook: Handbook, slo_id: str, tier: str, target: str, sli_id: str
) -> None:
    slo = handbook.slos[slo_id.lower()]
    assert slo.tier == int(tier)
    assert slo.sli.id == sli_id.lower()
    assert isinstance(slo.terms.window, RollingWindow)
    assert slo.terms.window.duration == timedelta(days=28)
    assert slo.terms.method is BudgetingMethod.OCCURRENCES
    assert slo.is_mtbf is (target == "-")
    if slo.is_mtbf:
        assert slo.terms.error_budget == Fraction(1, 24 * 60)
    else:
        assert slo.terms.target == Decimal(target)
        assert slo.terms.error_budget == 1 - Fraction(target)


def test_26_slis_feed_27_slos_and_six_have_none(handbook: Handbook) -> None:
    assert len(ROWS) == len(handbook.slos) == 27
    fed = Counter(slo.sli.id for slo in handbook.slos.values())
    assert len(fed) == 26
    assert [sli for sli, count in fed.items() if count > 1] == ["sli-prov-008"]
    assert set(handbook.slis) - set(fed) == WITHOUT_SLO


# --- what is measured


def test_a_latency_sli_counts_the_bucket_at_its_limit_against_all_of_the_same_histogram(handbook: Handbook) -> None:
    for name, limit in LATENCY_LIMITS.items():
        measure = handbook.slis[name].measure
        assert isinstance(measure, RatioMeasure)
        assert measure.good is not None
        metric, bound = measure.good.text.split("_bucket")
        assert bound == f'{{le="{limit}"}}'
        assert measure.total.text == f"{metric}_count"


def test_every_ratio_counts_counters_and_the_gauges_are_throughput_and_capacity(handbook: Handbook) -> None:
    gauges = {name for name, sli in handbook.slis.items() if isinstance(sli.measure, ThresholdMeasure)}
    assert gauges == {"sli-node-009", "sli-prov-010", "sli-prov-011"}
    for name in set(handbook.slis) - gauges:
        measure = handbook.slis[name].measure
        assert isinstance(measure, RatioMeasure)
        assert measure.counter


@pytest.mark.parametrize(
    ("sli_id", "left_out"),
    [
        ("sli-node-007", ('result!~"insufficient_funds|invalid_signature"',)),
        ("sli-prov-002", ('outcome!="declined"',)),
        ("sli-prov-003", ('result!="invalid"',)),
        ("sli-api-001", ('code!~"4.."',)),
        ("sli-api-002", ('code!~"4.."',)),
    ],
)
def test_what_is_nobodys_fault_here_leaves_the_denominator(
    handbook: Handbook, sli_id: str, left_out: tuple[str, ...]
) -> None:
    measure = handbook.slis[sli_id].measure
    assert isinstance(measure, RatioMeasure)
    assert all(matcher in measure.total.text for matcher in left_out)


def test_throughput_counts_above_50_while_there_is_demand(handbook: Handbook) -> None:
    slo = handbook.slos["slo-node-008"]
    assert slo.limit is not None
    assert (slo.limit.op, slo.limit.value) == ("gt", 50)
    assert slo.sli.only_when is not None
    assert slo.sli.only_when.endswith(f"> {6 * 50}")


def test_utilisation_stays_inside_its_band_for_each_resource(handbook: Handbook) -> None:
    slo = handbook.slos["slo-prov-007"]
    assert slo.limit is not None
    assert (slo.limit.low, slo.limit.high) == (0.5, 0.8)
    assert slo.sli.group_by == ("resource",)


def test_one_sli_serves_uptime_and_mean_time_between_failures_in_two_series(handbook: Handbook) -> None:
    uptime, mtbf = handbook.slos["slo-prov-004"], handbook.slos["slo-prov-008"]
    assert uptime.sli is mtbf.sli
    assert uptime.series != mtbf.series
    assert uptime.sli.failures is not None
    assert uptime.sli.quantum == Fraction(1, 1000)


def test_the_slis_of_an_agreement_are_grouped_by_its_party(handbook: Handbook) -> None:
    party = {"validators": "validator", "providers": "provider", "benchmark-operators": "operator"}
    for name, label in party.items():
        for commitment in handbook.agreements[name].commitments:
            assert commitment.sli is not None
            assert handbook.slis[commitment.sli].group_by == (label,)


# --- budgets


@pytest.mark.parametrize("slo_id", WRONG_BUDGETS)
def test_a_budget_that_was_stated_wrong_is_what_its_formula_gives(handbook: Handbook, slo_id: str) -> None:
    stated_hours, right = WRONG_BUDGETS[slo_id]
    assert minutes(handbook.slos[slo_id.lower()]) == Fraction(right)
    assert minutes(handbook.slos[slo_id.lower()]) != stated_hours * 60


def test_403_blocks_may_be_missed_in_28_days_and_not_144(handbook: Handbook) -> None:
    slo = handbook.slos["slo-node-002"]
    assert minutes(slo) * 60 / 6 == Fraction("403.2")


def test_one_wrong_answer_is_too_many(handbook: Handbook) -> None:
    assert handbook.slos["slo-api-005"].terms.error_budget == 0


# --- agreements


def test_bands_have_no_holes_and_no_overlap(handbook: Handbook) -> None:
    banded = [c for a in handbook.agreements.values() for c in a.commitments if c.bands]
    assert len(banded) == 7
    for commitment in banded:
        floors = [band.at_least for band in commitment.bands]
        assert floors == sorted(set(floors), reverse=True)
        assert floors[0] == commitment.target
        assert floors[-1] == 0
        assert commitment.bands[0].consequence == "none"


def test_bands_begin_where_the_catalogue_says(handbook: Handbook) -> None:
    for (agreement, name), per_cents in BANDS.items():
        commitment = next(c for c in handbook.agreements[agreement].commitments if c.name == name)
        assert [100 * band.at_least for band in commitment.bands] == [Decimal(text) for text in per_cents.split()]


def test_an_objective_is_tighter_than_its_agreement_but_for_the_two_that_have_no_margin(handbook: Handbook) -> None:
    compared = {
        (agreement.name, commitment.name): (handbook.slos[commitment.slo].terms.target, commitment.target)
        for agreement in handbook.agreements.values()
        for commitment in agreement.commitments
        if commitment.slo is not None and commitment.target is not None
    }
    assert len(compared) == 7
    assert {key for key, (slo, promised) in compared.items() if slo == promised} == WITHOUT_MARGIN
    assert all(slo > promised for key, (slo, promised) in compared.items() if key not in WITHOUT_MARGIN)


def test_a_commitment_names_the_sli_of_the_objective_that_protects_it(handbook: Handbook) -> None:
    for agreement in handbook.agreements.values():
        for commitment in agreement.commitments:
            if commitment.sli is not None:
                assert commitment.slo is not None
                assert handbook.slos[commitment.slo].sli.id == commitment.sli


def credit(handbook: Handbook, month: Fraction) -> int:
    availability = handbook.agreements["network-api"].commitments[0]
    band = next(band for band in availability.bands if month >= Fraction(band.at_least))
    found = re.search(r"(\d+) %", band.consequence)
    return int(found[1]) if found else 0


def test_the_credit_is_5_per_cent_for_each_started_tenth_of_a_point_up_to_100(handbook: Handbook) -> None:
    for hundredths in range(10_000):
        month = Fraction(hundredths, 10_000)
        started = math.ceil(max(Fraction(0), Fraction("0.995") - month) * 1000)
        assert credit(handbook, month) == min(100, 5 * started)


# --- the policy


def test_eb_19_a_worse_level_never_allows_more(handbook: Handbook) -> None:
    policy = handbook.policies["virtengine"]
    above = {name: role.above for name, role in policy.roles.items()}
    assert len(policy.rules) == 12
    assert [kind for kind, rules in policy.rules.items() if list(looser_levels(rules, above))] == []


def test_levels_change_at_50_25_and_5_per_cent(handbook: Handbook) -> None:
    thresholds = handbook.policies["virtengine"].thresholds
    assert (thresholds.healthy, thresholds.warning, thresholds.critical) == (
        Fraction(1, 2),
        Fraction(1, 4),
        Fraction(1, 20),
    )


def test_warning_asks_for_approval_of_features_and_infrastructure(handbook: Handbook) -> None:
    rules = handbook.policies["virtengine"].rules
    assert str(rules["feature"][Level.WARNING]) == "approve(engineering-lead, sre)"
    assert str(rules["infrastructure"][Level.WARNING]) == "approve(sre)"


@pytest.mark.parametrize("kind", ["security_patch", "emergency_fix", "performance", "critical_bug_fix"])
def test_critical_does_not_forbid_what_depleted_or_reason_permits(handbook: Handbook, kind: str) -> None:
    assert handbook.policies["virtengine"].rules[kind][Level.CRITICAL].outcome is Outcome.APPROVE


def test_stability_work_at_critical_is_signed_by_sre(handbook: Handbook) -> None:
    assert str(handbook.policies["virtengine"].rules["stability"][Level.CRITICAL]) == "approve(sre)"


# --- the page


def test_the_page_counts_as_the_handbook_does(handbook: Handbook) -> None:
    claims = {row[0]: row[1:] for row in table("How many there are", 0)}
    assert [claims[what][0] for what in ("SLIs", "SLOs", "agreements")] == ["39", "24", "4"]
    assert [int(claims[what][1]) for what in ("SLIs", "SLOs", "agreements")] == [
        len(handbook.slis),
        len(handbook.slos),
        len(handbook.agreements),
    ]
    slis = Counter(of_service(name) for name in handbook.slis)
    slos = Counter(slo.service for slo in handbook.slos.values())
    without = Counter(of_service(name) for name in WITHOUT_SLO)
    assert claims["SLIs"][2] == " + ".join(str(slis[service]) for service in SERVICES)
    assert claims["SLOs"][2] == " + ".join(str(slos[service]) for service in SERVICES)
    for name, tier, sli, slo, unused, owner, folder in table("How many there are", 1):
        assert handbook.services[name].tier == int(tier)
        assert handbook.services[name].team == owner
        assert (slis[name], slos[name], without[name]) == (int(sli), int(slo), int(unused))
        assert (FOLDER / folder.strip("`") / "slos.yaml").is_file()


def test_the_figures_in_the_prose_of_the_page_are_computed_right(handbook: Handbook) -> None:
    fed = {slo.sli.id for slo in handbook.slos.values()}
    assert f"{len(fed)} SLIs feed the {len(handbook.slos)} SLOs" in PAGE
    assert f"rolling: {28 * 24 * 60:,} minutes" in PAGE
    assert f"more than {6 * 50} transactions wait" in PAGE
    assert f"{10 * 86_400 // 6 // 1000} is what ten days allow" in PAGE


def test_the_page_names_the_six_slis_without_an_slo() -> None:
    sentence = re.search(r"Six SLIs.*?\.\n", PAGE, re.DOTALL)
    assert sentence
    assert {name.lower() for name in re.findall(r"SLI-[A-Z]+-\d{3}", sentence[0])} == WITHOUT_SLO


def test_the_categories_on_the_page_are_those_of_the_labels() -> None:
    labels: Counter[tuple[str, str]] = Counter()
    for service in SERVICES:
        text = (FOLDER / service / "slis.yaml").read_text(encoding="utf-8")
        labels.update((category, service) for category in re.findall(r"^    category: (\w+)$", text, re.MULTILINE))
    rows = table("How many there are", 2)
    for category, *counts in rows:
        expected = [labels[category, service] for service in SERVICES]
        assert [int(count) for count in counts] == [*expected, sum(expected)]
    assert sum(int(row[-1]) for row in rows) == sum(labels.values()) == 32


def test_the_objectives_on_the_page_are_those_of_the_handbook(handbook: Handbook) -> None:
    rows = table("The 27 objectives", 0)
    assert [row[0].lower() for row in rows] == [row[0].lower() for row in ROWS]
    for name, sli, tier, target, _, budget, equivalent in rows:
        slo = handbook.slos[name.lower()]
        assert (slo.sli.id, slo.tier) == (sli.lower(), int(tier))
        if slo.is_mtbf:
            assert target == f"MTBF {slo.annotations['leadline/mtbf']}"
            assert slo.terms.error_budget == 1 / number(budget.removeprefix("1 failure in "))
        else:
            assert slo.target_text == target
            assert slo.terms.error_budget == number(budget)
            assert minutes(slo) == number(equivalent)


def test_the_seven_budgets_on_the_page_are_computed_right(handbook: Handbook) -> None:
    rows = table("Seven budgets that were stated wrong")
    assert [row[0] for row in rows] == list(WRONG_BUDGETS)
    for name, target, stated, in_minutes, in_hours, formula in rows:
        slo = handbook.slos[name.lower()]
        share = re.fullmatch(r"\(1 − (0\.\d+)\) × 40,320", formula)
        assert share
        assert Fraction(share[1]) == number(target) == Fraction(slo.terms.target)
        assert number(stated) == WRONG_BUDGETS[name][0]
        assert number(in_minutes) == minutes(slo) == number(in_hours) * 60


def test_the_missed_blocks_on_the_page_are_computed_right() -> None:
    for period, blocks, allowed in table("144 missed blocks, or 403"):
        due = number(period) * 86_400 / 6
        assert due == number(blocks)
        assert math.floor(due / 1000) == number(allowed)


def test_the_other_numbers_on_the_page_are_computed_right() -> None:
    right = [row[2] for row in table("Other numbers that were not copied")]

    def left(sli: str, target: str) -> Fraction:
        return 100 * (1 - (1 - Fraction(sli)) / (1 - Fraction(target)))

    assert [number(text) for text in right[:5]] == [
        Fraction(10, 1000) * 60,
        24,
        left("0.9997", "0.9995"),
        left("0.9992", "0.9990"),
        left("0.9988", "0.9990"),
    ]
    assert number(right[5]) == round(Fraction(47) / Fraction("40.32") * 100, 1)


def test_the_agreements_on_the_page_are_those_of_the_handbook(handbook: Handbook) -> None:
    rows = table("The agreements", 0)
    assert len(rows) == 7
    for agreement, name, promised, inside, margin in rows:
        commitment = next(c for c in handbook.agreements[agreement].commitments if c.name == name)
        slo_name, slo_target = inside.split(" at ")
        assert commitment.slo == slo_name.lower()
        assert commitment.target is not None
        assert Fraction(commitment.target) == number(promised)
        assert Fraction(handbook.slos[commitment.slo].terms.target) == number(slo_target)
        points = 100 * (number(slo_target) - number(promised))
        assert points == (0 if margin == "none" else number(margin))


def test_the_credits_on_the_page_are_those_of_the_bands(handbook: Handbook) -> None:
    for month, earned in table("The agreements", 1):
        assert credit(handbook, number(month)) == 100 * number(earned)


def test_the_change_matrix_on_the_page_is_that_of_the_policy(handbook: Handbook) -> None:
    rules = handbook.policies["virtengine"].rules
    page = {kind: dict(zip(LEVELS, verdicts, strict=True)) for kind, *verdicts in table("The change matrix")}
    assert page == {kind: {level.value: str(row[level]) for level in WORSENING} for kind, row in rules.items()}


def test_every_file_that_the_page_names_exists_and_names_the_row() -> None:
    for _, row, files in table("Corrected facts"):
        for name in re.findall(r"`([^`]+)`", files):
            assert row in (FOLDER / name).read_text(encoding="utf-8"), name
    settled = table("Contradictions, and how each was settled")
    assert [int(row[0]) for row in settled] == list(range(1, 12))
    for _, _, _, place in settled:
        if not place.startswith("later"):
            pattern, text = re.findall(r"`([^`]+)`", place)
            files = list(FOLDER.glob(pattern))
            assert files
            assert all(text in file.read_text(encoding="utf-8") for file in files)


def test_w_4_what_pages_goes_to_the_pager_and_all_else_to_the_channel_in_the_day(handbook: Handbook) -> None:
    noon, night = (int(datetime(2026, 3, 4, hour, tzinfo=UTC).timestamp()) for hour in (12, 23))
    morning = int(datetime(2026, 3, 5, 7, tzinfo=UTC).timestamp())
    routes = handbook.routes.values()
    assert [each.target for each in planned(FIRED, routes, (), night)] == ["sre-pager", "sre-chat"]
    assert {each.due_at for each in planned(FIRED, routes, (), night)} == {night}
    lesser = replace(FIRED, severity="ticket")
    assert [(each.target, each.due_at) for each in planned(lesser, routes, (), noon)] == [("sre-chat", noon)]
    assert [(each.target, each.due_at) for each in planned(lesser, routes, (), night)] == [("sre-chat", morning)]


def test_no_secret_stands_in_the_handbook_and_each_that_is_needed_is_told(handbook: Handbook) -> None:
    needed = {name for target in handbook.targets.values() for name in secrets_of(target)}
    assert needed == {"SLACK_BOT_TOKEN", "SLACK_SRE_CHANNEL", "PAGERDUTY_ROUTING_KEY"}
    assert all(f"`{name}`" in PAGE for name in needed)
