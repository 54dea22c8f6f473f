"""The only place where inside and outside meet: what a use case is given, and how it is run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel

from leadline.adapters.late import LateNotifiers, LateRunners, LateSliceFiles, LateSpecFiles
from leadline.domains import operations
from leadline.errors import LeadlineError, Problem, SpecError
from leadline.handbook.loader import Loaded, load, state_of
from leadline.handbook.specs import DataSource, Handbook
from leadline.handbook.wording import nearest
from leadline.ports.audit import DONE, NOBODY, AuditEntry, Caller
from leadline.ports.lead import Lead
from leadline.ports.memory import NO_MEMORY, Memory
from leadline.ports.notifier import Notifiers
from leadline.ports.operation import Context, Operation, Progress, Unwatched, attribute
from leadline.ports.runner import Runners
from leadline.ports.standings import Standings
from leadline.ports.tokens import Tokens
from leadline.registry import (
    EGRESS,
    OPENING,
    OPENING_RUNNERS,
    PICTURE,
    SLICE_FILES,
    SPEC_FILES,
    STANDINGS,
    STEPS,
    STORE,
    WRONG_ROLLBACKS,
    WRONG_TARGETS,
    notifier_types,
    opener,
    runner_types,
    source_types,
)
from leadline.settings import Settings

if TYPE_CHECKING:
    from leadline.adapters.store import Store
    from leadline.engine.desk import Diet
    from leadline.engine.turns import Engine

_LONGEST_TOLD = 4000
"""Characters of a request or an error that the audit keeps."""


def load_handbook(settings: Settings) -> Loaded:
    """The handbook with its problems; what no adapter answers for, or understands, is one of them."""
    loaded = load(settings.handbook)
    known, sources = source_types(), loaded.handbook.sources if loaded.handbook else {}
    problems = [_unknown_type(source, known) for source in sources.values() if source.type.lower() not in known]
    if loaded.targets:
        problems += attribute(WRONG_TARGETS)(loaded.targets.values(), notifier_types())
    if loaded.handbook and loaded.handbook.rollbacks:
        problems += attribute(WRONG_ROLLBACKS)(loaded.handbook.rollbacks.values(), runner_types())
    if not problems:
        return loaded
    return replace(loaded, handbook=None, problems=tuple(sorted({*loaded.problems, *problems})))


def _unknown_type(source: DataSource, known: Mapping[str, str]) -> Problem:
    hint = nearest(source.type, sorted(known))
    return Problem(source.place.file, source.place.line, 1, "spec.type", "no adapter answers for it", source.type, hint)


@contextmanager
def opened(
    settings: Settings,
    progress: Progress,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    environ: Mapping[str, str] = os.environ,
    needs_handbook: bool = True,
    caller: Caller = NOBODY,
) -> Iterator[Context]:
    """
    What a use case may use, for as long as the block runs.

    Args:
        settings: where handbook and database are.
        progress: where long work tells how far it is.
        now: the clock.
        environ: where secrets of sources stand.
        needs_handbook: False to go on with an empty one where none was written yet.
        caller: who asks, for the audit.

    Raises:
        SpecError: the handbook has problems.
    """
    loaded = load_handbook(settings)
    if loaded.handbook is None and not needs_handbook and not any(problem.line for problem in loaded.problems):
        loaded = replace(loaded, handbook=Handbook.empty(str(settings.handbook)))
    with attribute(STORE)(settings.database_url) as store:
        yield Workplace(settings, store, loaded, environ).context(now, NO_MEMORY, progress, caller)


@contextmanager
def engine(
    settings: Settings,
    diet: Diet,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    environ: Mapping[str, str] = os.environ,
) -> Iterator[tuple[Engine, Workplace]]:
    """
    An engine that has not taken its first turn, over a store that stays open for as long as the block runs.

    Raises:
        SpecError: the handbook has problems; only later edits may have some.
    """
    turns = import_module("leadline.engine.turns")
    steps = [turns.Step(reference.partition(":")[2], attribute(reference)) for reference in STEPS]
    with attribute(STORE)(settings.database_url) as store:
        workplace = Workplace(settings, store, load_handbook(settings), environ)
        made = turns.Engine(workplace, steps, diet, now)
        dispatching = made.tools.dispatching
        dispatching.telling = replace(dispatching.telling, picture=attribute(PICTURE))
        yield made, workplace


class Workplace:
    """
    An open store and a handbook that follows its files.

    Raises:
        SpecError: the first handbook has problems.
    """

    def __init__(self, settings: Settings, store: Store, loaded: Loaded, environ: Mapping[str, str]) -> None:
        if loaded.handbook is None:
            raise SpecError(loaded.problems)
        self._settings, self._store, self._environ = settings, store, environ
        self._loaded = loaded
        self._state: object = None
        self.handbook: Handbook = loaded.handbook

    @property
    def lead(self) -> Lead:
        return self._store.lead

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._loaded.problems

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return self._loaded.warnings

    @property
    def tokens(self) -> Tokens:
        return self._store.tokens

    def reread(self) -> bool:
        """Look at the files; a handbook with problems leaves the one before it in force, and is told by `problems`."""
        before, state = self.handbook, state_of(self._settings.handbook)
        if state == self._state:
            return False
        self._loaded, self._state = load_handbook(self._settings), state
        self.handbook = self._loaded.handbook or before
        return self.handbook is not before

    def context(
        self,
        now: Callable[[], datetime],
        memory: Memory,
        progress: Progress | None = None,
        caller: Caller = NOBODY,
    ) -> Context:
        return Context(
            handbook=self.handbook,
            ledger=self._store.ledger,
            revisions=self._store.revisions,
            corrections=self._store.corrections,
            recordings=self._store.recordings,
            levels=self._store.levels,
            files=LateSliceFiles(SLICE_FILES),
            specs=LateSpecFiles(SPEC_FILES),
            tokens=self._store.tokens,
            audit=self._store.audit,
            source=opener({**self._environ, "LEADLINE_HANDBOOK": self.handbook.folder}),
            now=now,
            progress=progress or Unwatched(),
            outbox=self._store.outbox,
            entries=self._store.entries,
            releases=self._store.releases,
            judge=lambda *asked: cast("Standings", attribute(STANDINGS)(*asked)),
            episodes=self._store.episodes,
            notifiers=LateNotifiers(lambda: _opening(self._settings, self._environ)),
            rollbacks=self._store.rollbacks,
            runners=LateRunners(self._runners),
            memory=memory,
            caller=caller,
            warnings=self._loaded.warnings,
        )

    def _runners(self) -> Runners:
        egress = attribute(EGRESS)(self._settings.egress_allow)
        opening = attribute(OPENING_RUNNERS)(runner_types(), self.handbook.folder, self._environ, egress)
        return cast("Runners", opening)


def _opening(settings: Settings, environ: Mapping[str, str]) -> Notifiers:
    egress = attribute(EGRESS)(settings.egress_allow)
    return cast("Notifiers", attribute(OPENING)(notifier_types(), environ, egress))


def call(name: str, request: BaseModel, context: Context) -> Any:
    """Run a use case by its operation's name."""
    return perform(operations()[name], request, context)


def perform(operation: Operation, request: BaseModel, context: Context) -> Any:
    """Run a use case; a write is told to the audit before it begins, and again when it has ended."""
    handler = attribute(operation.handler)
    if operation.is_read_only or not operation.is_audited:
        return handler(request, context)
    number = context.audit.begin(AuditEntry(_seconds(context), context.caller, operation.name, _told(request)))
    outcome = "failed: interrupted, or a defect of Leadline"
    try:
        answer = handler(request, context)
        outcome = DONE
    except LeadlineError as error:
        outcome = f"refused: {error}"[:_LONGEST_TOLD]
        raise
    finally:
        context.audit.end(number, outcome, _seconds(context))
    return answer


def _seconds(context: Context) -> int:
    return int(context.now().timestamp())


def _told(request: BaseModel) -> str:
    text = request.model_dump_json()
    summary = {"characters": len(text), "sha256": sha256(text.encode()).hexdigest()}
    return text if len(text) <= _LONGEST_TOLD else json.dumps(summary)
