"""
Who may act in which role.

Pure. A role is held by the people and teams that the policy names for it, by the owners of the service where it says
so, and by whoever has a role of the server that it asks for. One that the policy does not describe is held by the team,
and by the account, of its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadline.core.policies import stands_in
from leadline.handbook.specs import BudgetPolicy, Handbook, PolicyRole
from leadline.ports.operation import Permission


def roles_of(
    who: str, policy: BudgetPolicy, handbook: Handbook, service: str, permission: Permission
) -> tuple[str, ...]:
    """Roles that somebody holds for a service, in the order of the policy."""
    return tuple(role.name for role in policy.roles.values() if _holds(who, role, handbook, service, permission))


def role_for(wanted: Sequence[str], held: Sequence[str], policy: BudgetPolicy) -> str | None:
    """The role in which somebody who holds these may act where one of those is wanted; the same before a higher one."""
    above = {name: role.above for name, role in policy.roles.items()}
    for role in wanted:
        if role in held:
            return role
    return next((role for role in held for other in wanted if stands_in(role, other, above)), None)


def holders(role: PolicyRole) -> tuple[str, ...]:
    """Who holds a role, in words."""
    return tuple(_holders(role)) or (f"the team {role.name}", role.name)


def _holders(role: PolicyRole) -> Iterator[str]:
    yield from role.people
    yield from (f"the team {team}" for team in role.teams)
    if role.are_owners:
        yield "the team of the service"
    if role.permission:
        yield f"whoever is {role.permission} of the server"


def _holds(who: str, role: PolicyRole, handbook: Handbook, service: str, permission: Permission) -> bool:
    name = who.strip().casefold()
    owner = handbook.services[service].team if service in handbook.services else None
    teams = [*role.teams, *([owner] if role.are_owners and owner is not None else [])]
    people = set(role.people)
    if not tuple(_holders(role)):
        teams, people = [role.name], {role.name}
    for team in teams:
        known = handbook.teams.get(team)
        people |= {team, *(known.members if known else ())}
    if name in {one.strip().casefold() for one in people}:
        return True
    return bool(role.permission) and permission.includes(Permission(role.permission))
