"""
Gathering: each source is asked in a thread of its own, and none is waited for longer than a turn can spare.

A source that has not answered by then goes on being asked, and what it says is written when it comes; it is not asked
again meanwhile. So one that hangs delays nobody else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from leadline.domains.measurement.model import Collected, Collection, Outcome
from leadline.errors import LeadlineError

_LOOK_SECONDS = 0.2
"""How soon a stopping server is noticed."""


@dataclass(slots=True, eq=False)
class _Asking:
    """One source that is being asked."""

    found: Collection | None = None
    error: str = ""
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came in time."""

    collections: Mapping[str, Collection]
    """By source."""
    late: tuple[str, ...]
    """Sources that are still being asked."""
    errors: Mapping[str, str]
    """Sources that could not be asked at all, and why."""


@dataclass(slots=True, eq=False)
class Gathering:
    """Remembers from turn to turn which sources are still being asked."""

    clock: Callable[[], float] = time.monotonic
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _under_way: dict[str, _Asking] = field(default_factory=dict)

    def gather(
        self, questions: Mapping[str, Callable[[], Collection]], patience: float, stop: threading.Event
    ) -> Gathered:
        """Ask sources, all at once; returns when all have answered, patience is over, or the server stops."""
        with self._changed:
            asked = {name: self._begun(name, ask) for name, ask in questions.items() if name not in self._under_way}
            deadline = self.clock() + patience
            while not stop.is_set() and not all(asking.is_over for asking in asked.values()):
                left = deadline - self.clock()
                if left <= 0:
                    break
                self._changed.wait(min(left, _LOOK_SECONDS))
            over = {name: asking for name, asking in asked.items() if asking.is_over}
        return Gathered(
            {name: asking.found for name, asking in over.items() if asking.found is not None},
            tuple(name for name in questions if name not in over),
            {name: asking.error for name, asking in over.items() if asking.error},
        )

    def _begun(self, name: str, ask: Callable[[], Collection]) -> _Asking:
        asking = self._under_way[name] = _Asking()
        threading.Thread(target=self._ask, args=(name, ask, asking), name=f"source {name}", daemon=True).start()
        return asking

    def _ask(self, name: str, ask: Callable[[], Collection], asking: _Asking) -> None:
        log = structlog.get_logger("leadline.engine")
        try:
            asking.found = ask()
        except LeadlineError as error:
            asking.error = str(error)
        except Exception as error:
            log.exception("asking a source failed by a defect", source=name)
            asking.error = f"this is a defect of Leadline: {error!r}"
        finally:
            with self._changed:
                asking.is_over = True
                del self._under_way[name]
                self._changed.notify_all()


def joined(gathered: Gathered, slis: Mapping[str, Sequence[str]], at: datetime) -> Collection:
    """What all sources came to; the SLIs of one that is still being asked count as failed."""
    found = [sli for collection in gathered.collections.values() for sli in collection.slis]
    for name in gathered.late:
        found += [_unanswered(sli, name, "it is still being asked, longer than a turn waits") for sli in slis[name]]
    for name, why in gathered.errors.items():
        found += [_unanswered(sli, name, why) for sli in slis[name]]
    return Collection(
        at=at,
        slis=tuple(found),
        slices=sum(sli.slices for sli in found),
        warnings=tuple(dict.fromkeys(each for one in gathered.collections.values() for each in one.warnings)),
    )


def _unanswered(sli: str, source: str, why: str) -> Collected:
    return Collected(
        sli=sli, source=source, outcome=Outcome.FAILED, start=None, end=None, slices=0, no_data=0, inconsistent=0,
        message=why,
    )  # fmt: skip
