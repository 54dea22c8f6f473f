"""Questions of one instant, many in a request and several requests at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from leadline.adapters.sources.prometheus.batches import Asker, Grid, Reply

_TOGETHER = 80
"""Expressions of one request; `batches` splits one that is refused."""
_LETTERS = 60_000


class Questions:
    """Asks expressions at an instant; as many requests are under way as the pool has threads."""

    def __init__(self, asker: Asker, pool: ThreadPoolExecutor, progress: Callable[[int], None]) -> None:
        self._asker, self._pool, self._progress = asker, pool, progress

    def ask(self, expressions: Mapping[str, str], at: int) -> dict[str, Reply]:
        """A reply for each key; equal expressions are asked once."""
        keys = {text: f"q{number}" for number, text in enumerate(dict.fromkeys(expressions.values()))}
        texts = {tag: text for text, tag in keys.items()}
        found: dict[str, Reply] = {}
        parts = [self._pool.submit(self._asker.ask, part, Grid(at, 1)) for part in _parts(texts)]
        for part in parts:
            replies = part.result()
            found |= replies
            self._progress(len(replies))
        return {key: found[keys[text]] for key, text in expressions.items()}


def _parts(texts: Mapping[str, str]) -> list[dict[str, str]]:
    parts: list[dict[str, str]] = []
    waiting = iter(texts.items())
    while part := dict(islice(waiting, _TOGETHER)):
        half = dict(islice(part.items(), len(part) // 2))
        if sum(map(len, part.values())) > _LETTERS and half:
            parts += [half, {tag: text for tag, text in part.items() if tag not in half}]
        else:
            parts.append(part)
    return parts
