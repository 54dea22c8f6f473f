"""Annotation `leadline/lintIgnore`: rules of `leadline lint` that a document switches off, each with the reason."""

from __future__ import annotations

import re

_RULE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EXAMPLE = '"no-owner: a sandbox that nobody owns"'


def lint_ignores(text: str) -> dict[str, str]:
    """
    Rules with the reason of each.

    Raises:
        ValueError: a rule without a reason, or something else.

    >>> lint_ignores("no-owner: a sandbox; one-error-pages: runs at night only")
    {'no-owner': 'a sandbox', 'one-error-pages': 'runs at night only'}
    """
    found: dict[str, str] = {}
    for item in filter(None, (item.strip() for item in text.split(";"))):
        rule, colon, reason = (part.strip() for part in item.partition(":"))
        if not _RULE.fullmatch(rule):
            raise ValueError(f"not a rule and its reason; write {_EXAMPLE}, with semicolons between several")
        if not colon or not reason:
            raise ValueError(f"a rule is switched off without a reason; write {_EXAMPLE}")
        if rule in found:
            raise ValueError("a rule stands twice; name each once")
        found[rule] = reason
    if not found:
        raise ValueError(f"no rule; write {_EXAMPLE}, or leave the annotation out")
    return found
