"""Backtests: which alerts a strategy would have raised on a history that is known."""
