"""
Dispatching: whoever leads sends what is in the outbox, beside the turns and not in them.

Each target has a thread of its own while there is something for it, so that a receiver that hangs delays neither a turn
nor anybody else's messages. After a failure a target rests until the next attempt is due, whatever else waits for it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from leadline.domains.notifications.sending import Telling, plan_deliveries, send_due
from leadline.engine.leading import Leading
from leadline.errors import LeadlineError
from leadline.ports.memory import NO_MEMORY, Memory
from leadline.ports.operation import Context
from leadline.ports.outbox import Delivery, DeliveryState

LOOKED_EVERY_SECONDS = 1.0
_AT_ONCE = 20
"""Deliveries that a target's thread takes before it looks again; what is said again comes after what is new."""
_ENDED_WITHIN_SECONDS = 8.0
"""How long a stopping server lets attempts come to their end, so that none is in doubt."""


class Place(Protocol):
    """Gives contexts."""

    def context(self, now: Callable[[], datetime], memory: Memory) -> Context:
        """What a use case may use."""


@dataclass(slots=True, eq=False)
class Dispatching:
    """Remembers which targets are busy, and which rest."""

    chance: Callable[[], float] = random.random
    telling: Telling = field(default_factory=Telling)
    is_simulated: bool = False
    """Whether slices are made up: then nothing is sent."""
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _busy: dict[str, threading.Thread] = field(default_factory=dict)
    _rests: dict[str, int] = field(default_factory=dict)
    """Until when, epoch seconds."""
    _has_taken_over: bool = False

    def run(self, place: Place, leading: Leading, now: Callable[[], datetime], stop: threading.Event) -> None:
        """Look again and again, until told to stop."""
        log = structlog.get_logger("leadline.notifications")
        while not stop.wait(LOOKED_EVERY_SECONDS):
            if not leading.is_mine:
                self._has_taken_over = False
                continue
            try:
                self.look(place, now, stop)
            except LeadlineError as error:
                log.warning("the outbox could not be looked at", why=str(error))
            except Exception:
                log.exception("looking at the outbox failed by a defect")
        for thread in list(self._busy.values()):
            thread.join(_ENDED_WITHIN_SECONDS)

    def look(self, place: Place, now: Callable[[], datetime], stop: threading.Event) -> None:
        """Plan what is new, and begin to send what is due."""
        context = place.context(now, NO_MEMORY)
        at = int(context.now().timestamp())
        if not self._has_taken_over:
            context.outbox.take_over(at)
            self._has_taken_over = True
        plan_deliveries(context, is_simulated=self.is_simulated)
        if self.is_simulated:
            return
        due: dict[str, list[Delivery]] = {}
        for each in context.outbox.due(at, _AT_ONCE):
            due.setdefault(each.target, []).append(each)
        with self._guard:
            for target, deliveries in due.items():
                if target not in self._busy and self._rests.get(target, 0) <= at:
                    new_before_old = sorted(deliveries, key=lambda each: each.state is DeliveryState.DELIVERED)
                    arguments = (place, now, stop, target, new_before_old[:_AT_ONCE])
                    thread = threading.Thread(target=self._send, args=arguments, name=f"to {target}", daemon=True)
                    self._busy[target] = thread
                    thread.start()

    def _send(
        self,
        place: Place,
        now: Callable[[], datetime],
        stop: threading.Event,
        target: str,
        deliveries: Sequence[Delivery],
    ) -> None:
        log = structlog.get_logger("leadline.notifications")
        try:
            for each in deliveries:
                if stop.is_set():
                    return
                attempt = send_due(each, place.context(now, NO_MEMORY), self.chance(), self.telling)
                if attempt is None:
                    continue
                told = {"target": target, "notice": each.filed.notice.key, "detail": attempt.detail}
                if attempt.state is DeliveryState.WAITING:
                    self._rests[target] = attempt.due_at
                    log.warning("not delivered", **told)
                    return
                tell = log.error if attempt.state is DeliveryState.DEAD else log.info
                tell(attempt.state.value, **told)
        except LeadlineError as error:
            log.warning("sending stopped", target=target, why=str(error))
        except Exception:
            log.exception("sending failed by a defect", target=target)
        finally:
            with self._guard:
                del self._busy[target]
