"""Operations of backtests, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Permission, Where

_HERE = "leadline.domains.backtests"
OPERATIONS = (
    Operation(
        "backtest.run", "Tell which alerts strategies would have raised on the history of objectives.",
        f"{_HERE}.model:RunBacktest", f"{_HERE}.model:Backtest", f"{_HERE}.service:run_backtest",
        Permission.VIEWER, Where.SERVER, route="GET /backtest",
    ),
)  # fmt: skip
