"""
The store: the ledger and the records of revisions, corrections, recordings, tokens and writes, in one SQL database.

Importing this package is cheap; the database library is loaded when a store is opened.
"""

from __future__ import annotations

from importlib import import_module
from types import TracebackType
from typing import Protocol, Self, cast

from leadline.ports.audit import Audit
from leadline.ports.corrections import Corrections
from leadline.ports.entries import Entries
from leadline.ports.episodes import Episodes
from leadline.ports.lead import Lead
from leadline.ports.ledger import Ledger
from leadline.ports.levels import Levels
from leadline.ports.operation import Revisions
from leadline.ports.outbox import Outbox
from leadline.ports.recordings import Recordings
from leadline.ports.releases import Releases
from leadline.ports.rollbacks import Rollbacks
from leadline.ports.tokens import Tokens


class Store(Protocol):
    """An open store; gives back its connections when it is closed."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def revisions(self) -> Revisions: ...

    @property
    def corrections(self) -> Corrections: ...

    @property
    def recordings(self) -> Recordings: ...

    @property
    def levels(self) -> Levels: ...

    @property
    def lead(self) -> Lead: ...

    @property
    def tokens(self) -> Tokens: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def entries(self) -> Entries: ...

    @property
    def releases(self) -> Releases: ...

    @property
    def episodes(self) -> Episodes: ...

    @property
    def rollbacks(self) -> Rollbacks: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_store(url: str) -> Store:
    """
    The store at `sqlite:///path` or `postgresql://user:password@host/database`; made and migrated by its first write.

    Raises:
        SpecError: not such an address.
    """
    return cast("Store", import_module("leadline.adapters.store.sql_store").SqlStore(url))
