"""Pictures for messages: drawn where there is something to draw and something to draw it with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract.test_outbox import FIRED
from instants import NOON
from leadline.adapters import pictures
from leadline.adapters.pictures import drawing_of, picture_of
from leadline.app import opened
from leadline.ports.operation import Context
from leadline.settings import Settings
from made_commands import HANDBOOK, a_shop, three_days, typed
from made_handbooks import Steps

NAME = "Tills & <orders>"


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    named = re.sub(r"displayName: .*", f'displayName: "{NAME}"', HANDBOOK)
    assert NAME in named
    shop = a_shop(tmp_path_factory.mktemp("shop"), named)
    assert typed("slices", "import", three_days(shop / "s.csv", 30), shop=shop).code == 0
    settings = Settings.of({"LEADLINE_HANDBOOK": str(shop / "handbook")})
    with opened(settings, Steps(), now=lambda: NOON) as found:
        yield found


def test_the_burn_of_an_objective_is_drawn_with_its_name(context: Context) -> None:
    drawing = drawing_of(FIRED, context)
    assert drawing is not None
    assert "Tills &amp; &lt;orders&gt;" in drawing
    assert "burn rate, times in UTC; the alert asks for more than" in drawing
    picture = picture_of(FIRED, context)
    assert picture is not None
    assert picture.startswith(b"\x89PNG")


def test_without_an_objective_there_is_no_picture(context: Context) -> None:
    assert picture_of(replace(FIRED, slo=""), context) is None
    assert picture_of(replace(FIRED, slo="gone"), context) is None


def test_without_slices_there_is_no_picture(tmp_path: Path) -> None:
    settings = Settings.of({"LEADLINE_HANDBOOK": str(a_shop(tmp_path) / "handbook")})
    with opened(settings, Steps(), now=lambda: NOON) as empty:
        assert picture_of(FIRED, empty) is None


def test_without_what_draws_it_there_is_no_picture(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(pictures, "import_module", missing)
    assert picture_of(FIRED, context) is None
