"""
A server without its web: an engine on a clock that its master sets, one turn for each line read.

`python turning.py HANDBOOK DATABASE` answers each line `NOW PATIENCE SLO` (an instant, seconds, a name) with what the
board says: JSON of the status and of one SLO. With `--fresh NOW SLO` it says the same as a process that has just begun.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from leadline.app import call, engine, opened
from leadline.domains.budgets.model import ShowSlo, ShowStatus
from leadline.engine.desk import Diet
from leadline.interfaces.cli.logs import configure_logs
from leadline.ports.operation import Context
from leadline.settings import Settings


class Quiet:
    """Progress that nobody watches."""

    def begin(self, what: str, total: int) -> None: ...

    def advance(self, count: int) -> None: ...

    def end(self) -> None: ...


def told(context: Context, name: str) -> dict[str, Any]:
    """What everyone is told; where a file stands and what a server adds is left out."""
    status = call("status.show", ShowStatus(), context).model_dump(mode="json", exclude={"warnings"})
    slo = call("slo.show", ShowSlo(name=name), context).model_dump(mode="json", exclude={"place"})
    return {"status": status, "slo": slo}


def fresh(settings: Settings, now: datetime, name: str) -> dict[str, Any]:
    with opened(settings, Quiet(), now=lambda: now, environ={}) as context:
        return told(context, name)


def follow(settings: Settings, say: Callable[[dict[str, Any]], None]) -> None:
    clock = [datetime.now(UTC)]
    diet = Diet(first_reach=timedelta(hours=2), filling_reach=timedelta(days=3))
    with engine(settings, diet, now=lambda: clock[0], environ={}) as (turning, workplace):
        for line in sys.stdin:
            now, patience, name = line.split()
            clock[0] = datetime.fromisoformat(now)
            turning.diet = replace(diet, patience_seconds=float(patience))
            board = turning.take_turn()
            context = workplace.context(lambda board=board: board.now, board.memory)
            answer = told(context, name)
            server = {
                "number": board.number,
                "is_leading": board.is_leading,
                "faults": dict(board.faults),
                "problems": [str(each) for each in board.problems],
                "warnings": call("status.show", ShowStatus(), context).warnings,
                "levels": {slo: change.after for slo, change in context.levels.latest().items()},
            }
            say({**answer, "server": server})


def main(arguments: list[str]) -> None:
    handbook, database, *rest = arguments
    settings = Settings(Path(handbook), database)
    if rest:
        print(json.dumps(fresh(settings, datetime.fromisoformat(rest[1]), rest[2])))
        return
    configure_logs(is_terminal=False)
    follow(settings, lambda answer: print(json.dumps(answer), flush=True))


if __name__ == "__main__":
    main(sys.argv[1:])
