"""
Leading: of several servers on one database one takes the turns that write; the others answer and wait.

The lead is kept by a thread of its own, so that a turn that waits for a source does not lose it. Whoever is killed
loses it after LEASE_SECONDS; whoever stops gives it back.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from leadline.errors import LeadlineError
from leadline.ports.lead import Lead, Lease

LEASE_SECONDS = 30.0
KEPT_EVERY_SECONDS = 10.0


def new_holder() -> str:
    """A name for this server that says where it runs and that no other has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


class Leading:
    """This server's part in who leads."""

    def __init__(self, lead: Lead, now: Callable[[], datetime], holder: str = "") -> None:
        self._lead, self._now = lead, now
        self.holder = holder or new_holder()
        self._guard = threading.Lock()
        self._lease: Lease | None = None

    @property
    def lease(self) -> Lease | None:
        """Whose lead it was when this server last looked; None before."""
        return self._lease

    @property
    def is_mine(self) -> bool:
        """Whether this server leads, as far as it knows: what was not kept in time is over."""
        lease = self._lease
        return lease is not None and lease.holder == self.holder and self._now() < lease.until

    def take(self) -> bool:
        """Take the lead, or keep it; True when this server has it."""
        with self._guard:
            before = self._lease
            self._lease = self._lead.take(self.holder, self._now(), LEASE_SECONDS)
            if before is None or before.holder != self._lease.holder:
                log = structlog.get_logger("leadline.engine")
                log.info("lead", holder=self._lease.holder, is_mine=self._lease.holder == self.holder)
            return self._lease.holder == self.holder

    def keep(self, stop: threading.Event) -> None:
        """Keep the lead until told to stop, then give it back; one that cannot be kept is tried again."""
        log = structlog.get_logger("leadline.engine")
        while not stop.wait(KEPT_EVERY_SECONDS):
            if self._lease is None or self._lease.holder != self.holder:
                continue
            try:
                self.take()
            except LeadlineError as error:
                log.warning("the lead could not be kept", why=str(error))
        self.release()

    def release(self) -> None:
        """Give the lead back, if this server has it and the store can be reached."""
        if self._lease is None or self._lease.holder != self.holder:
            return
        try:
            self._lead.release(self.holder)
        except LeadlineError as error:
            structlog.get_logger("leadline.engine").warning("the lead could not be given back", why=str(error))
        self._lease = None
