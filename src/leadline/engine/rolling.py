"""
Rolling back: what is due is run beside the turns, each in a thread of its own, so that one that hangs delays nobody.

A thread ends by the runner's timeout. A server that is killed meanwhile leaves a rollback that runs on the record; it
is in doubt from then on, and never run again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from leadline.domains.rollbacks.running import carry_out
from leadline.engine.dispatching import Place
from leadline.errors import LeadlineError
from leadline.ports.memory import NO_MEMORY
from leadline.ports.rollbacks import Rollback, RollbackState

_ENDED_WITHIN_SECONDS = 8.0
"""How long a stopping server waits for what runs, so that less is in doubt."""


@dataclass(slots=True, eq=False)
class Rolling:
    """Remembers what is under way."""

    now: Callable[[], datetime]
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _busy: dict[int, threading.Thread] = field(default_factory=dict)

    def begin_due(self, place: Place) -> int:
        """Begin everything that is due; returns how many."""
        found = [
            each for each in place.context(self.now, NO_MEMORY).rollbacks.open() if each.state is RollbackState.DUE
        ]
        begun = 0
        with self._guard:
            for each in found:
                if each.id not in self._busy:
                    arguments = (each, place)
                    thread = threading.Thread(target=self._run, args=arguments, name=f"rollback {each.id}", daemon=True)
                    self._busy[each.id] = thread
                    thread.start()
                    begun += 1
        return begun

    def finish(self) -> None:
        """Let what runs come to its end, for a moment."""
        with self._guard:
            threads = list(self._busy.values())
        for thread in threads:
            thread.join(_ENDED_WITHIN_SECONDS)

    def _run(self, rollback: Rollback, place: Place) -> None:
        log = structlog.get_logger("leadline.rollbacks")
        try:
            carry_out(rollback, place.context(self.now, NO_MEMORY))
            after = place.context(self.now, NO_MEMORY).rollbacks.find(rollback.id).steps[-1]
            log.info("rollback", number=rollback.id, service=rollback.service, state=after.state, detail=after.detail)
        except LeadlineError as error:
            log.warning("rollback stopped", number=rollback.id, why=str(error))
        except Exception:
            log.exception("rollback failed by a defect", number=rollback.id)
        finally:
            with self._guard:
                del self._busy[rollback.id]
