"""An SLI of which nothing is heard is an alert of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadline.core.slices import HOUR, STEP
from leadline.core.subjects import OnNoData
from leadline.ports.episodes import EpisodeKind
from leadline.ports.outbox import NoticeKind
from made_alerts import Turns
from made_handbooks import a_handbook, an_sli, an_slo

DAY = 1440
SLI = an_sli("requests")


def silent_for(minutes: int, turns: Turns) -> Turns:
    for _ in range(minutes):
        turns.at += STEP
        turns.turn()
    return turns


@pytest.mark.parametrize(("tier", "severity"), [(0, "page"), (1, "ticket"), (None, "ticket")])
def test_an_sli_gone_silent_is_told_and_heard_again_too(tier: int | None, severity: str) -> None:
    turns = Turns(a_handbook([SLI], [replace(an_slo(SLI, "checkout"), tier=tier)]))
    turns.slices(0, 100, DAY + 60)
    silent_for(10, turns)
    assert turns.open == (), "ten minutes may pass"
    silent_for(1, turns)
    [silence] = turns.open
    assert (silence.kind, silence.subject, silence.severity) == (EpisodeKind.SILENCE, "requests", severity)
    assert silence.why == "no slice was seen for 11 min"
    silent_for(5, turns)
    assert [notice.kind for notice in turns.told] == [NoticeKind.SLI_SILENT]
    turns.slices(0, 100, 1)
    turns.turn()
    assert turns.open == ()
    assert [notice.kind for notice in turns.told] == [NoticeKind.SLI_SILENT, NoticeKind.SLI_HEARD]
    assert turns.told[1].title == "requests: slices come in again, after 6m"


def test_slis_of_a_service_that_fall_silent_together_are_told_together() -> None:
    slis = [an_sli(f"sli-{number}") for number in range(3)]
    turns = Turns(a_handbook(slis))
    for sli in slis:
        turns.slices(0, 100, DAY + 60, sli=sli.id)
        turns.at -= (DAY + 60) * STEP
    turns.at += (DAY + 60) * STEP
    silent_for(12, turns)
    assert len(turns.open) == 3
    [notice] = turns.told
    assert notice.title == "3 SLIs of shop have gone silent: no slice was seen for 11 min"
    for sli in slis:
        turns.slices(0, 100, 1, sli=sli.id)
        turns.at -= STEP
    turns.at += STEP
    turns.turn()
    assert turns.open == ()
    assert [each.kind for each in turns.told] == [NoticeKind.SLI_SILENT, NoticeKind.SLI_HEARD]


def test_silence_that_the_handbook_answers_for_is_no_alert() -> None:
    slo = an_slo(SLI, "checkout")
    turns = Turns(a_handbook([SLI], [replace(slo, terms=replace(slo.terms, on_no_data=OnNoData.EXCLUDE))]))
    turns.slices(0, 100, DAY + 60)
    turns.at += HOUR
    assert turns.turn().begun == ()


def test_a_source_that_never_answered_is_told_after_ten_minutes() -> None:
    turns = Turns(a_handbook([SLI]))
    refused = {"requests": "source prom: connection refused"}
    for _ in range(10):
        turns.turn(refused)
        turns.at += STEP
    assert turns.told == []
    turns.turn(refused)
    [notice] = turns.told
    assert notice.title == "requests: no slice was ever seen; source prom: connection refused"
    assert Turns(a_handbook([SLI])).turn().begun == (), "nobody asked yet"


def test_a_source_that_failed_is_the_reason_of_a_silence() -> None:
    turns = Turns(a_handbook([SLI]))
    turns.slices(0, 100, DAY + 60)
    turns.at += 11 * STEP
    turns.turn({"requests": "source prom: connection refused"})
    assert turns.open[0].why == "no slice was seen for 11 min; source prom: connection refused"
