"""Logs of a server on stderr: JSON for machines, colours for people; one line for each turn and for what went wrong."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


def configure_logs(*, is_terminal: bool, least: int = logging.INFO) -> None:
    """Let our own lines and those of libraries look the same; of ours, leave out what matters less than `least`."""
    stamps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if not is_terminal:
        stamps.append(structlog.processors.format_exc_info)
    # The default tells the variables of every frame, which are long, and are nobody's business on a terminal.
    coloured = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    last = coloured if is_terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*stamps, last],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=stamps,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[lines], force=True)
