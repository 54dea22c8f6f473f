"""
Operations: each use case is declared once, and every interface derives from the declaration.

An operation names its request and response, the permission it needs and where it can run. The handler is named as
"module:attribute" and imported when it is first called, so that declaring costs nothing at start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from leadline.ports.audit import NOBODY, Caller
from leadline.ports.memory import NO_MEMORY, Memory

if TYPE_CHECKING:  # a command that asks a server declares operations and runs none
    from leadline.errors import Problem
    from leadline.handbook.revisions import Revision
    from leadline.handbook.specs import DataSource, Handbook
    from leadline.ports.audit import Audit
    from leadline.ports.corrections import Corrections
    from leadline.ports.entries import Entries
    from leadline.ports.episodes import Episodes
    from leadline.ports.ledger import Ledger
    from leadline.ports.levels import Levels
    from leadline.ports.notifier import Notifiers
    from leadline.ports.outbox import Outbox
    from leadline.ports.recordings import Recordings
    from leadline.ports.releases import Releases
    from leadline.ports.rollbacks import Rollbacks
    from leadline.ports.runner import Runners
    from leadline.ports.slice_files import SliceFiles
    from leadline.ports.source import Source
    from leadline.ports.spec_files import SpecFiles
    from leadline.ports.standings import Judge
    from leadline.ports.tokens import Tokens


def attribute(reference: str) -> Any:
    """What "module:attribute" names."""
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


class Permission(StrEnum):
    """Who may; each holds those before it."""

    VIEWER = "viewer"
    RESPONDER = "responder"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, other: Permission) -> bool:
        """Whether who may this may that."""
        order = tuple(Permission)
        return order.index(self) >= order.index(other)


class Where(StrEnum):
    """`local` operations take paths or need this machine's files; `server` ones run anywhere and never take a path."""

    LOCAL = "local"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Pages:
    """A list in an answer that may be long, so that a server tells it page by page."""

    field: str
    keys: tuple[str, ...]
    """Fields of a thing that no other thing of the list has the same of."""


@dataclass(frozen=True, slots=True)
class Operation:
    """Declaration of one use case; models and handler are written "module:attribute"."""

    name: str
    """Two words, noun first, such as `status.show`."""
    summary: str
    """One line for help, OpenAPI and assistants."""
    request: str
    response: str
    handler: str
    permission: Permission
    where: Where
    is_read_only: bool = True
    route: str = ""
    """
    Method and path below `/api/v1`, such as `GET /slos/{name}`; empty for operations that are local.

    Names in braces are fields of the request. A GET takes the others from the query, any other method from the body.
    """
    is_audited: bool = True
    """Of writes: False where the ledger tells the writer already, or where nothing is written but files."""
    changes_figures: bool = True
    """Of writes: False where no budget depends on what is written, so that what the turn found still holds."""
    body: str = ""
    """
    Media type of a body that is the request's field `content`; the other fields stand in the query.

    What comes in this way comes often: it is seen from the next turn on, not at once.
    """
    pages: Pages | None = None
    is_live: bool = False
    """Of reads: whether what happens between two turns changes the answer, so that it is worked out each time."""


class Progress(Protocol):
    """How long work tells how far it is; a bar on a terminal, nothing elsewhere."""

    def begin(self, what: str, total: int) -> None: ...

    def advance(self, count: int) -> None: ...

    def end(self) -> None: ...


class Unwatched:
    """`Progress` that nobody watches."""

    def begin(self, what: str, total: int) -> None: ...

    def advance(self, count: int) -> None: ...

    def end(self) -> None: ...


class Revisions(Protocol):
    """Append-only record of the handbook's documents."""

    def record(self, handbook: Handbook, seen_at: datetime) -> int:
        """Append documents that differ from the last revision known of them; returns how many."""

    def history(self, kind: str = "", name: str = "") -> tuple[Revision, ...]:
        """What was recorded, of all documents or of one kind or name, in the order of recording."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a use case may use; made by `app.py`, one for each call."""

    handbook: Handbook
    ledger: Ledger
    revisions: Revisions
    corrections: Corrections
    recordings: Recordings
    levels: Levels
    files: SliceFiles
    specs: SpecFiles
    tokens: Tokens
    audit: Audit
    source: Callable[[DataSource], Source]
    """Opens the adapter for a data source; the caller closes it."""
    now: Callable[[], datetime]
    progress: Progress
    outbox: Outbox
    entries: Entries
    episodes: Episodes
    notifiers: Notifiers
    releases: Releases
    judge: Judge
    rollbacks: Rollbacks
    runners: Runners
    memory: Memory = NO_MEMORY
    caller: Caller = NOBODY
    warnings: tuple[Problem, ...] = ()
    """What the loader warned of in the handbook."""
