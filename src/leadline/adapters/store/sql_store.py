"""The store in an SQL database, put together."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from leadline.adapters.store.audit import SqlAudit
from leadline.adapters.store.corrections import SqlCorrections
from leadline.adapters.store.database import Database
from leadline.adapters.store.entries import SqlEntries
from leadline.adapters.store.episodes import SqlEpisodes
from leadline.adapters.store.lead import SqlLead
from leadline.adapters.store.ledger import SqlLedger
from leadline.adapters.store.levels import SqlLevels
from leadline.adapters.store.outbox import SqlOutbox
from leadline.adapters.store.recordings import SqlRecordings
from leadline.adapters.store.releases import SqlReleases
from leadline.adapters.store.revisions import SqlRevisions
from leadline.adapters.store.rollbacks import SqlRollbacks
from leadline.adapters.store.tokens import SqlTokens


class SqlStore:
    """A `Store`; opening it connects to nothing."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.ledger = SqlLedger(self.database)
        self.revisions = SqlRevisions(self.database)
        self.corrections = SqlCorrections(self.database)
        self.recordings = SqlRecordings(self.database)
        self.levels = SqlLevels(self.database)
        self.lead = SqlLead(self.database)
        self.tokens = SqlTokens(self.database)
        self.audit = SqlAudit(self.database)
        self.outbox = SqlOutbox(self.database)
        self.entries = SqlEntries(self.database)
        self.releases = SqlReleases(self.database)
        self.episodes = SqlEpisodes(self.database)
        self.rollbacks = SqlRollbacks(self.database)

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
