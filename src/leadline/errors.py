"""
What can go wrong, sorted by who must act.

    LeadlineError
    ├── SpecError     the handbook, a file or a setting is ill-written   its author mends it    exit 2
    ├── SourceError   a source gave no usable answer                     wait, or mend it       exit 3
    └── RecordError   the record forbids the step                        the caller             exit 4
        ├── NotFound  there is no such thing                             the caller             exit 4
        ├── NotAllowed  who asks may not                                 the caller             exit 4
        └── StoreUnavailable  the database does not answer now           wait, or mend it       exit 3

A missed objective is not an error: it is an `Evaluation`. Anything else that is raised is our defect (exit 70).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in what somebody wrote: where it stands, what is wrong, what was read, and the way out."""

    file: str
    line: int
    """1-based; 0 when the mistake has no place inside the file."""
    column: int
    """1-based; 0 when the mistake has no place inside the line."""
    key: str
    """Dotted path of the key, such as `spec.objectives[0].target`."""
    what: str
    value: str
    """The value read, as text, shortened; empty when nothing was read."""
    hint: str

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])
        key = f" {self.key}" if self.key else ""
        return f"{place}{key}: {self.what}, read {self.value or 'nothing'}, {self.hint}"


class LeadlineError(Exception):
    """What Leadline can explain to the one who must act."""

    exit_code: ClassVar[int] = 70


class SpecError(LeadlineError):
    """A handbook, a file or a setting is ill-written; carries every problem found, not only the first."""

    exit_code: ClassVar[int] = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SourceError(LeadlineError):
    """A source gave no usable answer; `retryable` says whether asking again may help."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, retryable: bool) -> None:
        self.retryable = retryable
        super().__init__(message)


class RecordError(LeadlineError):
    """The record forbids the step."""

    exit_code: ClassVar[int] = 4


class NotFound(RecordError):
    """There is no such thing; the message lists what there is."""


class NotAllowed(RecordError):
    """Who asks has no token, or one that does not permit this; the message names what is needed."""


class StoreUnavailable(RecordError):
    """The database does not answer now: it is down, starting, or busy with another process."""

    exit_code: ClassVar[int] = 3
