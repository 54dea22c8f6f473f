"""How objectives stand, for those who act on it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from instants import NOON, NOON_SECONDS
from leadline.app import opened
from leadline.core.budgets import Level
from leadline.domains.budgets.standings import standings
from leadline.settings import Settings
from made_commands import HANDBOOK, a_shop, typed
from made_handbooks import Steps


def test_an_objective_comes_with_its_level_and_the_alert_that_pages(tmp_path: Path) -> None:
    shop = a_shop(tmp_path, HANDBOOK)
    start = NOON_SECONDS - 3 * 86_400
    burst = NOON_SECONDS - 600
    lines = "".join(f"requests,{at},{500 if at >= burst else 0},1000\n" for at in range(start, NOON_SECONDS, 60))
    (shop / "s.csv").write_text(f"sli,start,bad,total\n{lines}")
    assert typed("slices", "import", shop / "s.csv", shop=shop).code == 0
    with opened(Settings.of({"LEADLINE_HANDBOOK": str(shop / "handbook")}), Steps(), now=lambda: NOON) as context:
        burning, calm = (standings(context, ["checkout", "nobody"], NOON - timedelta(minutes=ago)) for ago in (0, 30))
    one, nobody = burning.each
    assert (one.slo, one.level) == ("checkout", Level.DEPLETED)
    assert one.page.startswith("checkout burns 500.0x over 5m and ")
    assert (calm.each[0].level, calm.each[0].page, calm.each[0].hourly_burn) == (Level.HEALTHY, "", 0.0)
    assert (nobody.level, nobody.reason) == (Level.UNKNOWN, "it is not promised at this instant")
