"""
Policies: what a kind of change needs at each level of the budget, and when one answer is stricter than another.

Pure. Leaves out how a policy is written (`handbook/policies`) and how a question is answered (`core/decisions`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from leadline.core.terms import Level

WORSENING = (Level.HEALTHY, Level.WARNING, Level.CRITICAL, Level.DEPLETED)
"""Levels that say something, best first."""


class Outcome(StrEnum):
    """What a gate answers, in the order in which a later one outweighs those before it."""

    ALLOW = "allow"
    APPROVE = "approve"
    UNKNOWN = "unknown"
    DENY = "deny"

    @property
    def weight(self) -> int:
        return tuple(Outcome).index(self)


class OnUnknown(StrEnum):
    """What follows where a level cannot be told: no answer, or allowed with a warning."""

    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one kind of change needs at one level: nothing, approvals, or it is denied."""

    outcome: Outcome
    roles: tuple[str, ...] = ()
    """Whose approvals are needed, all of them; empty unless the outcome is `approve`."""

    def __post_init__(self) -> None:
        if self.outcome is Outcome.UNKNOWN or bool(self.roles) is not (self.outcome is Outcome.APPROVE):
            raise ValueError("allow and deny name no role, approve names one at least")

    def __str__(self) -> str:
        return f"approve({', '.join(self.roles)})" if self.roles else self.outcome.value


ALLOW, DENY = Verdict(Outcome.ALLOW), Verdict(Outcome.DENY)
Above = Mapping[str, Sequence[str]]
"""Role → roles that it stands above, and so may stand in for."""
Rules = Mapping[Level, Verdict]
"""What one kind of change needs at each level; `unknown` may be missing."""


def stands_in(role: str, wanted: str, above: Above) -> bool:
    """
    Whether an approval in one role is as good as one in another: the same, or one that stands below it.

    >>> stands_in("cto", "sre", {"cto": ["vp"], "vp": ["sre"]})
    True
    >>> stands_in("sre", "cto", {"cto": ["vp"], "vp": ["sre"]})
    False
    """
    seen, to_see = set[str](), [role]
    while to_see:
        one = to_see.pop()
        if one == wanted:
            return True
        if one not in seen:
            seen.add(one)
            to_see += above.get(one, ())
    return False


def missing_roles(wanted: Sequence[str], given: Sequence[str], above: Above) -> tuple[str, ...]:
    """Roles of which an approval is still wanted, each once, in order."""
    return tuple(role for role in dict.fromkeys(wanted) if not any(stands_in(each, role, above) for each in given))


def is_at_least_as_strict(one: Verdict, other: Verdict, above: Above) -> bool:
    """
    Whether whatever gets a change past `one` gets it past `other` too.

    Approvals stand between allow and deny. Of two sets of them the first is as strict when each role of the second has
    one in the first that may stand in for it: fewer roles, and lesser ones, let more through.

    >>> above = {"vp": ["lead", "sre"]}
    >>> both, sre, vp = (Verdict(Outcome.APPROVE, roles) for roles in (("lead", "sre"), ("sre",), ("vp",)))
    >>> is_at_least_as_strict(vp, both, above), is_at_least_as_strict(both, sre, above)
    (True, True)
    >>> is_at_least_as_strict(sre, both, above)
    False
    """
    if one.outcome is not Outcome.APPROVE or other.outcome is not Outcome.APPROVE:
        return one.outcome.weight >= other.outcome.weight
    return not missing_roles(other.roles, one.roles, above)


def looser_levels(rules: Rules, above: Above) -> Iterator[tuple[Level, Level]]:
    """
    Neighbouring levels of which the worse allows more: (better, worse).

    Args:
        rules: of one kind, with a verdict for each level of `WORSENING`.
        above: which role stands above which.
    """
    for better, worse in pairwise(WORSENING):
        if not is_at_least_as_strict(rules[worse], rules[better], above):
            yield better, worse


def completed(said: Rules) -> Rules:
    """
    The same with a verdict for each level: a level that is not mentioned has that of the next worse one, the last deny.

    So completing never allows more than what was written, and is monotone where that was.

    >>> {level.value: str(verdict) for level, verdict in completed({Level.WARNING: ALLOW}).items()}
    {'healthy': 'allow', 'warning': 'allow', 'critical': 'deny', 'depleted': 'deny'}
    """
    found: dict[Level, Verdict] = {}
    following = DENY
    for level in reversed(WORSENING):
        following = said.get(level, following)
        found[level] = following
    whole = {level: found[level] for level in WORSENING}
    return whole | ({Level.UNKNOWN: said[Level.UNKNOWN]} if Level.UNKNOWN in said else {})


def together(verdicts: Sequence[Verdict], above: Above) -> Verdict:
    """
    What is needed where several verdicts hold: the strictest; of approvals, every role for which none stands in.

    >>> str(together([Verdict(Outcome.APPROVE, ("sre",)), ALLOW, Verdict(Outcome.APPROVE, ("vp",))], {"vp": ["sre"]}))
    'approve(vp)'
    """
    worst = max((verdict.outcome for verdict in verdicts), key=lambda outcome: outcome.weight, default=Outcome.ALLOW)
    if worst is not Outcome.APPROVE:
        return Verdict(worst)
    roles = tuple(dict.fromkeys(role for verdict in verdicts for role in verdict.roles))
    needed = tuple(
        role
        for place, role in enumerate(roles)
        if not any(_outranks(other, role, above, number < place) for number, other in enumerate(roles))
    )
    return Verdict(Outcome.APPROVE, needed)


def _outranks(other: str, role: str, above: Above, is_earlier: bool) -> bool:
    """Whether another role makes this one needless; of two that stand in for each other the earlier stays."""
    if other == role or not stands_in(other, role, above):
        return False
    return is_earlier or not stands_in(role, other, above)
