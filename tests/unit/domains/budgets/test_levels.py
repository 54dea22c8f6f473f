"""Since when an objective stands as it does: of a change that turns have seen, and of what they found at first."""

from __future__ import annotations

from datetime import timedelta

from instants import NOON, NOON_SECONDS
from leadline.domains.budgets.levels import ShowLevels, show_levels
from leadline.ports.levels import LevelChange
from made_handbooks import a_context, a_handbook, an_sli, an_slo


def test_what_a_first_turn_found_may_have_been_so_for_longer() -> None:
    sli = an_sli("requests")
    context = a_context(a_handbook([sli], [an_slo(sli, "checkout")]))
    [before] = show_levels(ShowLevels(name="checkout"), context).objectives
    assert (before.level, before.since, before.is_at_least_since) == (None, None, False)
    context.levels.append([LevelChange("checkout", NOON_SECONDS, "", "critical", "")])
    [first] = show_levels(ShowLevels(name="checkout"), context).objectives
    assert (first.level, first.since, first.is_at_least_since) == ("critical", NOON, True)
    context.levels.append([LevelChange("checkout", NOON_SECONDS + 3600, "critical", "healthy", "")])
    [changed] = show_levels(ShowLevels(name="checkout"), context).objectives
    assert (changed.level, changed.since) == ("healthy", NOON + timedelta(hours=1))
    assert not changed.is_at_least_since
