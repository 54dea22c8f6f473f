"""Rollback policies as the inside sees them; a service has one at most."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from leadline.handbook import rollback_documents as shapes
from leadline.handbook.annotations import read_annotations
from leadline.handbook.reading import PathInside
from leadline.handbook.scalars import whole_steps
from leadline.handbook.shaping import Written
from leadline.handbook.specs import RollbackPolicy
from leadline.handbook.wording import nearest

_USUAL = RollbackPolicy()


def rollback_policies(documents: Sequence[Written], names: Mapping[str, Collection[str]]) -> dict[str, RollbackPolicy]:
    """Policies by name; a service has one at most."""
    found: dict[str, RollbackPolicy] = {}
    taken: dict[str, str] = {}
    for written in documents:
        if written.kind != "RollbackPolicy":
            continue
        policy = _policy(written)
        for index, service in enumerate(policy.services):
            path: PathInside = ("spec", "services", index)
            if service not in names["Service"]:
                written.problem(path, "no such Service", service, nearest(service, sorted(names["Service"])))
            elif service in taken:
                written.problem(path, f"{taken[service]} says already how it is rolled back", service, "keep one")
            taken.setdefault(service, policy.name)
        found[policy.name] = policy
    found.pop("", None)
    return found


def _policy(written: Written) -> RollbackPolicy:
    model: shapes.RollbackPolicy = written.model
    read_annotations(written, ("metadata",), ("RollbackPolicy",))
    spec = model.spec
    most, success = spec.most_per_hour or shapes.MostPerHour(), spec.success or shapes.Success()
    if spec.mode != "suggest" and spec.type is None:
        hint = "add type: command and its connectionDetails, or write mode: suggest"
        written.missing(("spec", "type"), hint)
    return RollbackPolicy(
        name=model.metadata.name,
        services=tuple(dict.fromkeys(spec.services)),
        mode=spec.mode,
        kinds=frozenset(kind.strip().lower().replace("-", "_") for kind in spec.kinds),
        has_dependencies=spec.dependencies,
        type=(spec.type or "").strip().lower(),
        connection={str(key): value for key, value in (spec.connection_details or {}).items()},
        is_dry=spec.dry_run,
        cool_down_seconds=_seconds(written, ("spec", "coolDown"), spec.cool_down, _USUAL.cool_down_seconds),
        most_of_service=most.service or _USUAL.most_of_service,
        most_of_all=most.all or _USUAL.most_of_all,
        good_slices=success.slices or _USUAL.good_slices,
        good_within_seconds=_seconds(
            written, ("spec", "success", "within"), success.within, _USUAL.good_within_seconds
        ),
        approve_within_seconds=_seconds(
            written, ("spec", "approveWithin"), spec.approve_within, _USUAL.approve_within_seconds
        ),
        place=written.place,
    )


def _seconds(written: Written, path: PathInside, text: str | None, usual: int) -> int:
    length = None if text is None else whole_steps(written, path, text)
    return usual if length is None else int(length.total_seconds())
