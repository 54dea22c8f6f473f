"""
Raises and ends one alert after the other, each in a round with a level and a notice, until it is killed.

`python raising.py DATABASE` says the number of each round once it is written.
"""

from __future__ import annotations

import sys
from itertools import count

from leadline.adapters.store import open_store
from leadline.core.alert_tiers import AlertAction, Severity
from leadline.ports.episodes import Ending, Episode, EpisodeEvent, EpisodeKind, EventKind, Round
from leadline.ports.levels import LevelChange
from leadline.ports.outbox import Notice, NoticeKind


def a_round(number: int, known: tuple[Episode, ...]) -> Round:
    """An alert that begins, one that ends, and a change of level."""
    thread = f"burn/slo/page/{number}"
    episode = Episode(
        thread, EpisodeKind.BURN, "slo", "page", "made", Severity.PAGE, AlertAction.NONE, "shop", "", 0, number
    )
    ends = [EpisodeEvent(each.thread, number, EventKind.ENDED, Ending.RECOVERED) for each in known]
    fired = [EpisodeEvent(thread, number, kind) for kind in (EventKind.FIRED, EventKind.TOLD)]
    notice = Notice(thread, thread, NoticeKind.ALERT_FIRED, number, "page", "shop", "slo", "", 0, "it burns", "")
    level = LevelChange(f"slo-{number}", number, "", "critical", "")
    return Round(number, (episode,), (*ends, *fired), (level,), (notice,))


def main(url: str) -> None:
    with open_store(url) as store:
        for number in count(1):
            known = store.episodes.known()
            if store.episodes.append(a_round(number, known.open), known.mark):
                print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
