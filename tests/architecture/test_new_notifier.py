"""A notifier is added with one class and one registration, and nothing else of Leadline changes."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from leadline.registry import NOTIFIERS
from made_commands import HANDBOOK, a_shop, typed

WHERE = "pigeon_notifier:PigeonNotifier"


def by_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NOTIFIERS, "pigeon", WHERE)


def by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("pigeon", WHERE, "leadline.notifiers")
    monkeypatch.setattr("leadline.registry.entry_points", lambda *, group: [point] if group == point.group else [])


@pytest.mark.parametrize("register", [by_registry, by_entry_point])
def test_one_class_and_one_registration_add_a_notifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, register: Callable[[pytest.MonkeyPatch], None]
) -> None:
    target = "---\napiVersion: leadline/v1\nkind: NotificationTarget\nmetadata: {name: loft}\n"
    shop = a_shop(tmp_path, f"{HANDBOOK}{target}spec: {{type: pigeon, connectionDetails: {{loft: {tmp_path}/told}}}}\n")
    refused = typed("validate", shop=shop)
    assert (refused.code, "no adapter answers for it, read pigeon" in refused.err) == (2, True)
    register(monkeypatch)
    assert typed("validate", shop=shop).code == 0
    told = typed("notify", "test", "loft", shop=shop)
    assert (told.code, told.out) == (0, "loft was told: flew\n")
    assert (tmp_path / "told").read_text() == "Leadline can reach loft"


def test_keys_that_a_notifier_does_not_know_are_mistakes_of_the_handbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_registry(monkeypatch)
    target = "---\napiVersion: leadline/v1\nkind: NotificationTarget\nmetadata: {name: loft}\n"
    shop = a_shop(tmp_path, f"{HANDBOOK}{target}spec: {{type: pigeon, connectionDetails: {{lft: x}}}}\n")
    refused = typed("validate", shop=shop)
    assert refused.code == 2
    assert "spec.connectionDetails.lft: unknown key of a pigeon target, read lft, did you mean loft?" in refused.err
    assert "spec.connectionDetails.loft: missing key" in refused.err


def test_mistakes_of_targets_are_told_with_all_others(tmp_path: Path) -> None:
    target = "---\napiVersion: leadline/v1\nkind: NotificationTarget\nmetadata: {name: chat}\n"
    text = HANDBOOK.replace("target: 0.999", "target: 99.9")
    assert text != HANDBOOK
    shop = a_shop(tmp_path, f"{text}{target}spec: {{type: slack, connectionDetails: {{token: xoxb-1, chanel: C1}}}}\n")
    refused = typed("validate", shop=shop)
    assert refused.code == 2
    told = [line.split(" ", 1)[1].partition(",")[0] for line in refused.err.splitlines()]
    assert sorted(each.partition(": ")[0] for each in told) == [
        "spec.connectionDetails",
        "spec.connectionDetails.chanel",
        "spec.connectionDetails.token",
        "spec.objectives[0].target",
    ]
    assert "xoxb-1" not in refused.err + refused.out


@pytest.mark.parametrize(
    "spec",
    ["{type: 7}", "{type: slack, connectionDetails: none}", '{tipe: slack, connectionDetails: {webhookUrl: "${X}"}}'],
)
def test_a_target_of_the_wrong_shape_is_told_once(tmp_path: Path, spec: str) -> None:
    target = "---\napiVersion: leadline/v1\nkind: NotificationTarget\nmetadata: {name: chat}\n"
    refused = typed("validate", shop=a_shop(tmp_path, f"{HANDBOOK}{target}spec: {spec}\n"))
    assert (refused.code, len(refused.err.splitlines())) == (2, 1), refused.err
