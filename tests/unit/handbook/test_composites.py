"""Composites and dependencies in a handbook: both forms, mistakes with their place, and ceilings."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from leadline.core.composites import CompositeKind, OnMissing
from leadline.handbook.specs import Composite
from made_composites import composite, read, service, several, slo

CART, PAY = slo("cart", "0.999"), slo("pay", "0.995")


def only(folder: Path, *documents: str) -> Composite:
    loaded = read(folder, *documents)
    assert loaded.problems == ()
    assert loaded.handbook is not None
    [found] = loaded.handbook.composites.values()
    return found


def told(folder: Path, *documents: str) -> list[tuple[str, str, str, str]]:
    return [(one.key, one.what, one.value, one.hint) for one in read(folder, *documents).problems]


def warned(folder: Path, *documents: str) -> list[tuple[str, str]]:
    loaded = read(folder, *documents)
    assert loaded.problems == ()
    return [(one.what, one.hint) for one in loaded.warnings]


def test_an_slo_of_other_slos_may_stand_before_them(tmp_path: Path) -> None:
    whole = composite("journey", "0.99", composite="weighted", components="cart 3, pay", onMissing="ignore")
    found = only(tmp_path, whole, CART, PAY)
    assert (found.kind, found.on_missing) == (CompositeKind.WEIGHTED, OnMissing.IGNORE)
    assert [(part.slo, part.weight) for part in found.components] == [("cart", 3), ("pay", 1)]
    assert (found.slo.id, found.slo.terms.error_budget, str(found.slo.terms.window)) == (
        "journey", Fraction(1, 100), "2d",
    )  # fmt: skip


def test_a_composite_is_no_sli_that_anybody_is_asked_for(tmp_path: Path) -> None:
    handbook = read(
        tmp_path, CART, PAY, composite("journey", "0.99", composite="serial", components="cart, pay")
    ).handbook
    assert handbook is not None
    assert (list(handbook.slos), list(handbook.slis)) == (["cart", "pay"], ["cart-events", "pay-events"])


@pytest.mark.parametrize(
    ("annotations", "kind", "budget"),
    [
        ({}, CompositeKind.WEIGHTED, Fraction("0.002")),  # (3 × 0.001 + 1 × 0.005) / 4
        ({"composite": "serial"}, CompositeKind.SERIAL, Fraction("0.005995")),  # 1 - 0.999 × 0.995
        ({"composite": "worst"}, CompositeKind.WORST, Fraction("0.005")),
    ],
)
def test_the_objectives_of_one_slo_with_weights_promise_something_together(
    tmp_path: Path, annotations: dict[str, str], kind: CompositeKind, budget: Fraction
) -> None:
    whole = several("shop-works", ["target: 0.999, compositeWeight: 3", "target: 0.995"], **annotations)
    found = only(tmp_path, whole)
    assert (found.slo.id, found.kind, found.slo.terms.error_budget) == ("shop-works", kind, budget)
    assert [(part.slo, part.weight) for part in found.components] == [("shop-works/1", 3), ("shop-works/2", 1)]


def test_several_objectives_without_weights_are_no_composite(tmp_path: Path) -> None:
    handbook = read(tmp_path, several("shop-works", ["target: 0.999", "target: 0.995"])).handbook
    assert handbook is not None
    assert handbook.composites == {}


COMPONENTS, KIND = "metadata.annotations.leadline/components", "metadata.annotations.leadline/composite"


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        (
            composite("journey", "0.99", composite="serial", components="cart, pey"),
            (COMPONENTS, "no such SLO", "pey", "did you mean pay?"),
        ),
        (
            composite("journey", "0.99", composite="serail", components="cart, pay"),
            (KIND, "not one of the words allowed", "serail", "did you mean serial?"),
        ),
        (
            composite("journey", "0.99", composite="serial", components="cart, cart"),
            (COMPONENTS, "a component stands twice", "cart, cart", "name each once"),
        ),
        (
            composite("journey", "0.99", composite="serial", components="cart 2, pay"),
            (
                COMPONENTS, "weights in a serial composite", "",
                "leave the weights out, or write leadline/composite: weighted",
            ),
        ),
        (
            composite("journey", "0.99", composite="weighted", components="cart -2, pay"),
            (COMPONENTS, "a weight is above 0", "cart -2, pay", "write the name and its weight: checkout 2"),
        ),
        (
            composite("journey", "0.99", components="cart, pay"),
            (KIND, "missing key", "", "add leadline/composite: serial, parallel, weighted or worst"),
        ),
        (
            composite("journey", "0.99", composite="serial"),
            (COMPONENTS, "missing key", "", 'add leadline/components: "one-slo, another-slo"'),
        ),
        (
            composite("journey", "0.99", composite="serial", components="journey, pay"),
            (COMPONENTS, "a composite that contains itself", "journey → journey", "take one of them out"),
        ),
        (
            composite("journey", "0.99", composite="serial", components="pay, two")
            + several("two", ["target: 0.9"] * 2),
            (COMPONENTS, "an SLO of several objectives", "two", "name one of two/1, two/2"),
        ),
        (
            several("two", ["target: 0.9, compositeWeight: 0", "target: 0.9"]),
            ("spec.objectives[0].compositeWeight", "not a weight", "0", "write a number above 0, such as 2"),
        ),
        (
            slo("find", "0.9", composite="serial", components="cart"),
            (
                COMPONENTS, "a composite of other SLOs with an indicator", "",
                "leave out the indicator, or the components",
            ),
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_once_with_its_place_and_a_way_out(
    tmp_path: Path, whole: str, expected: tuple[str, str, str, str]
) -> None:
    assert told(tmp_path, whole, CART, PAY) == [expected]


def test_a_ring_of_composites_is_refused_with_the_way_round(tmp_path: Path) -> None:
    ring = [
        composite(name, "0.9", composite="serial", components=f"cart, {after}")
        for name, after in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    assert [(what, value) for _, what, value, _ in told(tmp_path, CART, *ring)] == [
        ("a composite that contains itself", "a → b → c → a")
    ]


def test_composites_that_double_each_other_are_refused_before_they_explode(tmp_path: Path) -> None:
    doubling = [composite("c0", "0.9", composite="serial", components="cart, pay")]
    for number in range(1, 40):
        parts = [
            composite(f"{side}{number}", "0.9", composite="serial", components=f"c{number - 1}") for side in ("a", "b")
        ]
        whole = composite(f"c{number}", "0.9", composite="serial", components=f"a{number}, b{number}")
        doubling += [*parts, whole]
    problems = told(tmp_path, CART, PAY, *doubling)
    assert {what for _, what, _, _ in problems} == {"too many components"}


def test_a_deep_chain_of_composites_is_refused_and_not_followed_to_the_end_of_the_stack(tmp_path: Path) -> None:
    chain = [
        composite(f"c{number}", "0.9", composite="worst", components=f"c{number - 1}" if number else "cart")
        for number in range(1_500)
    ]
    assert {what for _, what, _, _ in told(tmp_path, CART, *chain)} == {"too many components"}


def test_a_component_that_two_composites_share_is_no_ring(tmp_path: Path) -> None:
    parts = [composite(name, "0.9", composite="serial", components="cart") for name in ("a", "b")]
    both = composite("both", "0.9", composite="parallel", components="a, b")
    assert told(tmp_path, CART, *parts, both) == []


def test_a_composite_cannot_promise_more_than_its_components_together(tmp_path: Path) -> None:
    whole = composite("journey", "0.995", composite="serial", components="cart, pay")
    [(what, hint)] = warned(tmp_path / "above", CART, PAY, whole)
    assert what == "cannot promise 99.5 % above components that promise 99.4005 % together"
    assert hint.startswith("serial: cart 99.9 %, pay 99.5 %;")
    at_it = composite("journey", "0.994005", composite="serial", components="cart, pay")
    assert warned(tmp_path / "at", CART, PAY, at_it) == []


def test_a_correction_of_a_composite_is_one_of_its_components(tmp_path: Path) -> None:
    whole = composite("journey", "0.9", composite="serial", components="cart, pay")
    move = (
        "---\napiVersion: leadline/v1\nkind: Correction\nmetadata: {name: move}\nspec: {slos: [journey], "
        "start: '2026-03-01T00:00:00Z', end: '2026-03-01T01:00:00Z', mode: exclude, reason: Moved., approver: Ada}\n"
    )
    assert warned(tmp_path, CART, PAY, whole, move) == [
        ("a composite is corrected by its components alone", "name its components: cart, pay")
    ]


def test_no_service_can_promise_more_than_what_it_stands_on(tmp_path: Path) -> None:
    below = service("bank") + slo("bank-works", "0.999", of="bank") + slo("bank-is-fast", "0.95", of="bank")
    one = service("shop", dependsOn="bank")
    [(what, hint)] = warned(tmp_path / "one", one, below, slo("front", "0.9995"))
    assert what == "cannot promise 99.95 % above a dependency that promises 99.9 %"
    assert hint.startswith("bank-works 99.9 %;")
    assert warned(tmp_path / "at", one, below, slo("front", "0.999")) == [], "at the ceiling is not above it"
    mail = service("mail") + slo("mail-works", "0.998", of="mail")
    two = service("shop", dependsOn="bank, mail")
    [(what, hint)] = warned(tmp_path / "two", two, below, mail, slo("front", "0.998"))
    assert what == "cannot promise 99.8 % above dependencies that promise 99.7002 % together"
    assert hint.startswith("bank-works 99.9 % × mail-works 99.8 % = 99.7002 %;")


def test_an_slo_may_name_the_slos_it_stands_on(tmp_path: Path) -> None:
    loaded = read(tmp_path, CART, PAY, slo("front", "0.996", dependsOn="pay"))
    [warning] = loaded.warnings
    assert (warning.key, warning.value) == ("spec.objectives[0].target", "0.996")
    assert warning.what == "cannot promise 99.6 % above a dependency that promises 99.5 %"


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ([service("shop", dependsOn="bnak"), service("bank")], ("no such Service", "bnak", "did you mean bank?")),
        ([service("shop", dependsOn="shop")], ("Service that depends on itself", "shop", "take it out")),
        ([PAY, slo("front", "0.9", dependsOn="pey")], ("no such SLO", "pey", "did you mean pay?")),
    ],
)
def test_a_dependency_that_is_not_there_is_told(
    tmp_path: Path, documents: list[str], expected: tuple[str, str, str]
) -> None:
    assert [(what, value, hint) for _, what, value, hint in told(tmp_path, *documents)] == [expected]


@pytest.mark.parametrize(("target", "warned"), [("0.98", 1), ("0.985", 1), ("0.97", 0)])
def test_an_agreement_on_a_composite_wants_a_margin_too(target: str, warned: int, tmp_path: Path) -> None:
    agreement = (
        "---\napiVersion: leadline/v1\nkind: Agreement\nmetadata: {name: sla}\n"
        f"spec: {{party: buyers, commitments: [{{name: buying, slo: buying, target: {target}}}]}}\n"
    )
    whole = composite("buying", "0.98", composite="serial", components="cart, pay")
    loaded = read(tmp_path, slo("cart", "0.99"), slo("pay", "0.995"), whole, agreement)
    assert loaded.problems == ()
    told = [warning.what for warning in loaded.warnings]
    assert told == ["no margin between the commitment and its SLO"] * warned
