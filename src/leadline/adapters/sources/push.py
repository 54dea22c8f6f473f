"""A source that is told slices and is never asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from leadline.errors import Problem, SourceError, SpecError
from leadline.ports.source import Answer, SourceQuery


class PushSource:
    """Its slices come by `leadline record`, import or the API; there is nothing to reach."""

    def __init__(self, name: str, connection: Mapping[str, object], environ: Mapping[str, str]) -> None:
        del environ
        if connection:
            hint = "remove it; a push source has no connection details"
            raise SpecError(
                Problem(f"DataSource {name}", 0, 0, f"spec.connectionDetails.{key}", "unknown key", str(key), hint)
                for key in connection
            )
        self._name = name

    def check(self) -> None:
        """Nothing can fail."""

    def answer(
        self, queries: Sequence[SourceQuery], start: int, end: int, *, progress: Callable[[int], None]
    ) -> Iterator[Answer]:
        """An error for each query, as nobody can answer it."""
        for query in queries:
            message = f"{self._name} is of type push and answers no queries; give the SLI another data source"
            progress((end - start) // 60)
            yield Answer(query, {}, SourceError(message, retryable=False))

    def close(self) -> None:
        """Nothing is open."""
