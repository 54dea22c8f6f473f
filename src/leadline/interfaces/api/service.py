"""What the routes and the pages share: the board, and how an operation is run against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from leadline.app import Workplace, perform
from leadline.engine.board import Board, Boards
from leadline.ports.audit import Caller
from leadline.ports.memory import NO_MEMORY
from leadline.ports.operation import Operation


@dataclass(frozen=True, slots=True)
class Service:
    """Runs operations for those who ask from outside."""

    workplace: Workplace
    boards: Boards
    now: Callable[[], datetime]

    def read(self, board: Board, operation: Operation, request: BaseModel) -> Any:
        """Answer as of a board's turn; whatever was asked before of the same board is not worked out again."""
        if operation.is_live:
            return perform(operation, request, self.workplace.context(self.now, board.memory))
        context = self.workplace.context(lambda: board.now, board.memory)

        def make() -> BaseModel:
            return perform(operation, request, context)  # type: ignore[no-any-return] # the response model

        return board.memory.recall((operation.name, request.model_dump_json()), make)

    def write(self, operation: Operation, request: BaseModel, caller: Caller) -> Any:
        """Do what is asked, now; what was worked out before is worked out anew, or with the next turn."""
        memory = self.boards.newest.memory if operation.body else NO_MEMORY
        context = self.workplace.context(self.now, memory, caller=caller)
        try:
            return perform(operation, request, context)
        finally:
            if not operation.body:
                self.boards.forget(keep_figures=not operation.changes_figures)
