"""A webhook that rolls back: what it is told, signed, and what its answers mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leadline.adapters.egress.guarded import GuardedEgress
from leadline.adapters.notifiers.webhook import signature as of_request
from leadline.adapters.runners.opening import OpeningRunners
from leadline.domains.rollbacks.alarms import signature
from leadline.ports.runner import RunError, Runner
from leadline.registry import RUNNERS
from made_rollbacks import KEY
from receivers import Anything, Fault, received
from unit.adapters.runners.test_programs import ORDER, policy

HERE = ("127.0.0.0/8",)


def opened(url: str, allowed: tuple[str, ...] = HERE, environ: Any = None) -> Runner:
    made = policy("webhook", url=url, secret="${UNDO}")  # noqa: S106 - the name of one
    seen = {"UNDO": "s3cret"} if environ is None else environ
    return OpeningRunners(RUNNERS, "/", seen, GuardedEgress(allowed)).open(made)


def test_a_webhook_is_told_the_signed_order_once() -> None:
    with received(Anything()) as receiver:
        assert opened(receiver.url).run(ORDER).startswith("answered 200")
        [(_, body, headers)] = receiver.asked
    told = {name.lower(): value for name, value in headers.items()}
    text = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    assert told["leadline-signature"] == f"v1={of_request('s3cret', ORDER.at, text)}"
    assert told["idempotency-key"] == "rollback/3"
    order = json.loads(text)
    canonical = json.dumps(order["document"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert order["signature"] == signature(canonical, KEY)


def test_an_answer_that_is_none_of_success_is_a_failure() -> None:
    with received(Anything()) as receiver:
        receiver.fault = Fault(status=503)
        with pytest.raises(RunError, match="answered 503"):
            opened(receiver.url).run(ORDER)


def test_a_private_address_is_not_asked_unless_it_is_allowed() -> None:
    with received(Anything()) as receiver:
        with pytest.raises(RunError, match="LEADLINE_EGRESS_ALLOW"):
            opened(receiver.url, ()).run(ORDER)
        assert receiver.asked == []


def test_a_secret_that_is_not_set_is_told_before_anything_is_sent() -> None:
    with pytest.raises(RunError, match="UNDO is not set"):
        opened("https://deploy.example.com", HERE, {})
