"""Every command, each of its options and every setting is documented."""

from __future__ import annotations

import pytest

from leadline import settings
from leadline.adapters.sources.prometheus.settings import _KEYS
from leadline.handbook.annotations import places
from leadline.handbook.documents import KINDS
from leadline.ports.operation import attribute
from leadline.registry import NOTIFIERS, RUNNERS
from made_commands import commands
from tree import ROOT

HANDBOOK = (ROOT / "docs" / "handbook.md").read_text(encoding="utf-8")
SOURCES = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
ROLLBACKS = (ROOT / "docs" / "rollback.md").read_text(encoding="utf-8")
NOTIFICATIONS = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


COMMANDS = commands()


def test_there_are_commands() -> None:
    assert {"leadline init", "leadline collect", "leadline status", "leadline slo show"} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_documented_with_its_options(name: str) -> None:
    (row,) = [line for line in OPERATING.splitlines() if line.startswith((f"| `{name} ", f"| `{name}`"))]
    options = [option for parameter in COMMANDS[name].params for option in parameter.opts if option.startswith("--")]
    shared = {"--handbook", "--database", "--server", "--token", "--at", "--json", "--help"}
    assert [option for option in options if option not in row and option not in shared] == []


def test_no_command_is_documented_that_is_not_there() -> None:
    rows = [line.split("`")[1] for line in OPERATING.splitlines() if line.startswith("| `leadline ")]
    assert [row for row in rows if not any(row == name or row.startswith(f"{name} ") for name in COMMANDS)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does(name: str) -> None:
    assert (COMMANDS[name].help or "").strip().endswith(".")


@pytest.mark.parametrize("name", settings.KNOWN)
def test_a_setting_is_documented(name: str) -> None:
    assert f"| `{name}` |" in OPERATING


@pytest.mark.parametrize("key", _KEYS)
def test_a_key_of_a_prometheus_source_is_documented(key: str) -> None:
    assert f"| `{key}` |" in SOURCES


@pytest.mark.parametrize("name", places())
def test_an_annotation_is_documented(name: str) -> None:
    assert f"`leadline/{name}`" in HANDBOOK


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_document_is_documented(kind: str) -> None:
    assert any(
        kind in row.split(" | ")[0].removeprefix("| ").split(", ") for row in HANDBOOK.splitlines() if "| `" in row
    )


@pytest.mark.parametrize(
    ("name", "reference", "page"),
    [(name, reference, NOTIFICATIONS) for name, reference in NOTIFIERS.items()]
    + [(name, reference, ROLLBACKS) for name, reference in RUNNERS.items()],
)
def test_a_type_of_target_or_runner_is_documented_with_its_keys(name: str, reference: str, page: str) -> None:
    part = page.partition(f"\n### {name}\n")[2].partition("\n#")[0]
    keys = attribute(reference).KEYS
    rows = {row.split("`")[1]: row for row in part.splitlines() if row.startswith("| `")}
    assert [key.name for key in keys] == list(rows)
    assert [key.name for key in keys if key.is_secret != rows[key.name].split(" | ")[1].startswith("secret")] == []
