"""
What other programs send to hooks, as questions to the gate and as changes.

Pure translation: Flagger's webhooks, Kubernetes' AdmissionReview v1, GitHub's deployments, CloudEvents.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from leadline.interfaces.api.problems import Unreadable

_ENDED = frozenset({"success", "failure", "error", "inactive"})
"""States of a deployment at GitHub after which nothing more is done."""
_LONGEST_WARNING = 250


def of_flagger(body: Mapping[str, Any]) -> dict[str, Any]:
    """A question, from the metadata that the Canary gives to the webhook."""
    told = _mapping(body, "metadata")
    checksum = str(body.get("checksum") or "")
    return _question(told, told.get("service") or body.get("name"), told.get("ref") or checksum)


def of_admission(request: Mapping[str, Any]) -> dict[str, Any]:
    """A question, from the annotations `leadline/…` of the object; its ref is otherwise the first container's image."""
    made = _mapping(request, "object")
    annotations = _mapping(_mapping(made, "metadata"), "annotations")
    told = {key.removeprefix("leadline/"): value for key, value in annotations.items()}
    user = _mapping(request, "userInfo").get("username")
    return _question({"author": user, **told}, told.get("service"), told.get("ref") or _image(made))


def _question(told: Mapping[str, Any], service: object, ref: object) -> dict[str, Any]:
    fixes = [part.strip() for part in str(told.get("fixes") or "").split(",") if part.strip()]
    asked = {
        "service": service,
        "change": told.get("change"),
        "ref": ref or "",
        "author": told.get("author"),
        "fixes": fixes,
    }
    return {key: value for key, value in asked.items() if value is not None}


def _image(made: Mapping[str, Any]) -> str:
    template = _mapping(_mapping(_mapping(made, "spec"), "template"), "spec")
    containers = template.get("containers")
    first = containers[0] if isinstance(containers, list) and containers else {}
    return str(first.get("image") or "") if isinstance(first, Mapping) else ""


def review_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    The request of an AdmissionReview.

    Raises:
        Unreadable: it is none of version 1.
    """
    request = body.get("request")
    is_review = (body.get("apiVersion"), body.get("kind")) == ("admission.k8s.io/v1", "AdmissionReview")
    if not is_review or not isinstance(request, dict) or not isinstance(request.get("uid"), str):
        raise Unreadable(HTTPStatus.BAD_REQUEST, "not an AdmissionReview of admission.k8s.io/v1 with a request")
    return request


def reviewed(uid: str, *, is_allowed: bool, message: str = "", warnings: tuple[str, ...] = ()) -> dict[str, Any]:
    """The answer to an AdmissionReview."""
    response: dict[str, Any] = {"uid": uid, "allowed": is_allowed}
    if not is_allowed:
        response["status"] = {"code": HTTPStatus.FORBIDDEN.value, "reason": "Forbidden", "message": message}
    if warnings:
        response["warnings"] = [warning[:_LONGEST_WARNING] for warning in warnings]
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}


def of_github(event: str, body: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, Any] | None:
    """
    A change, from the event `deployment` or `deployment_status`; None for an event that is no change.

    The deployment's payload says service, kind and fixes; what it leaves out, the query does.
    """
    if event not in {"deployment", "deployment_status"}:
        return None
    deployment, status = _mapping(body, "deployment"), _mapping(body, "deployment_status")
    payload = deployment.get("payload")
    told = {**asked, **(payload if isinstance(payload, dict) else {})}
    is_over = event == "deployment_status" and status.get("state") in _ENDED
    change = {
        "service": told.get("service"),
        "kind": told.get("change") or told.get("kind"),
        "ref": deployment.get("sha") or deployment.get("ref"),
        "started": deployment.get("created_at"),
        "finished": status.get("created_at") if is_over else None,
        "fixes": told.get("fixes") or (),
        "source": "github",
        "who": _mapping(deployment, "creator").get("login"),
    }
    return {key: value for key, value in change.items() if value is not None}


def of_cloud_event(headers: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
    """
    A change, from a CloudEvent 1.0 in structured or binary mode.

    Raises:
        Unreadable: it is no CloudEvent.
    """
    is_structured = headers.get("content-type", "").startswith("application/cloudevents+json")
    event = (
        dict(body) if is_structured else {name[3:]: text for name, text in headers.items() if name.startswith("ce-")}
    )
    missing = [name for name in ("specversion", "id", "source", "type") if not event.get(name)]
    if missing or event["specversion"] != "1.0":
        what = f"not a CloudEvent 1.0: {', '.join(missing) or 'specversion'} is missing or another one"
        raise Unreadable(HTTPStatus.BAD_REQUEST, what)
    told = _mapping(event, "data") if is_structured else body
    change = {
        "service": told.get("service") or event.get("subject"),
        "kind": told.get("change") or told.get("kind"),
        "ref": told.get("ref"),
        "started": told.get("started") or (None if told.get("finished") else event.get("time")),
        "finished": told.get("finished"),
        "fixes": told.get("fixes") or (),
        "source": "cloudevents",
        "who": told.get("who") or event["source"],
    }
    return {key: value for key, value in change.items() if value is not None}


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}
