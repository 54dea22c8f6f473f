"""What the shipped alerts say where few events are counted: nothing of chance, and everything of a failure."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from leadline.core.alert_tiers import Severity, Stakes, WindowEvents, tier_verdicts
from leadline.handbook.strategies import shipped_strategies
from made_alerts import Turns
from made_handbooks import a_handbook, an_sli, an_slo

DAY = 1440
SLI = an_sli("requests")
SLO = an_slo(SLI, "checkout")
HANDBOOK = a_handbook([SLI], [SLO])


def test_a_single_error_among_fifty_requests_an_hour_is_silent() -> None:
    turns = Turns(HANDBOOK)
    for _ in range(26):
        turns.slices(0, 1, 50)
        turns.slices(0, 0, 10)
    turns.turn()
    turns.slices(1, 1, 1)
    assert turns.turn().begun == ()
    turns.run(bad=0, total=1, minutes=49)
    turns.run(bad=0, total=0, minutes=10)
    assert turns.context.episodes.history(9) == ()


def test_ninety_per_cent_failing_at_half_a_request_a_second_pages_within_the_hour() -> None:
    turns = Turns(HANDBOOK)
    turns.slices(0, 30, DAY + 60)
    turns.turn()
    turns.run(bad=27, total=30, minutes=60)
    pages = [each for each in turns.context.episodes.history(99) if each.severity is Severity.PAGE]
    assert pages
    assert any(notice.severity == "page" for notice in turns.told)


def test_twenty_times_the_budget_at_a_thousand_requests_an_hour_pages_nine_times_of_ten() -> None:
    chance, trials, minutes = np.random.default_rng(20), 2_000, 120
    total = chance.poisson(1_000 / 60, (60 + minutes, trials))
    failing = np.where(np.arange(60 + minutes) < 60, 0.0, 20 * 0.001)[:, None]
    bad = chance.binomial(total, failing)
    sums = [np.concatenate([np.zeros((1, trials)), np.cumsum(counts, axis=0)]) for counts in (bad, total)]
    known, pages = np.ones(trials, np.bool_), np.zeros(trials, np.bool_)
    [tier] = [tier for tier in SLO.alerts if tier.name == "page-1h"]
    assert shipped_strategies()["workbook"].tiers[0].name == tier.name
    for minute in range(61, 60 + minutes + 1):
        windows = [
            WindowEvents(*(counts[minute] - counts[minute - seconds // 60] for counts in sums), known)
            for seconds in tier.windows
        ]
        pages |= tier_verdicts(tier, windows, [Stakes(Fraction(1, 1000))]).holds
    assert pages.mean() >= 0.9
