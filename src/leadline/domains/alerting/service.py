"""The step of a turn in which alerts are raised and ended."""

from __future__ import annotations

from collections.abc import Mapping

from leadline.domains.alerting.notices import notices, order
from leadline.domains.alerting.rules import moves
from leadline.domains.alerting.verdicts import Plans, verdicts_of
from leadline.ports.episodes import Known, Mark, Round
from leadline.ports.readings import Readings


def decided(readings: Readings, failures: Mapping[str, str], plans: Plans, known: Known) -> tuple[Round, Mark]:
    """What an evaluation changes, fit to be appended: nothing where it finds what the one before it found."""
    verdicts = verdicts_of(plans.of(readings.handbook), readings, failures)
    found = moves(verdicts, known.open)
    told = order(tuple(notices(verdicts, found)))
    return Round(readings.at, found.begun, found.events, readings.levels, told), known.mark
