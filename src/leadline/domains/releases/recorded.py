"""Inputs and rulings as they are recorded: canonical JSON that comes out the same whenever it is made."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256

from pydantic import TypeAdapter, ValidationError

from leadline.core.decisions import rule
from leadline.core.questions import PROCEDURE, Inputs, Ruling
from leadline.ports.releases import Decision


@cache
def _inputs() -> TypeAdapter[Inputs]:
    return TypeAdapter(Inputs)


@cache
def _ruling() -> TypeAdapter[Ruling]:
    return TypeAdapter(Ruling)


def inputs_text(inputs: Inputs) -> str:
    """Canonical JSON: sorted keys, no spaces, numbers as they are."""
    return _canonical(_inputs().dump_python(inputs, mode="json"))


def ruling_text(ruling: Ruling) -> str:
    return _canonical(_ruling().dump_python(ruling, mode="json"))


def inputs_of(text: str) -> Inputs:
    return _inputs().validate_json(text)


def ruling_of(text: str) -> Ruling:
    return _ruling().validate_json(text)


def digest(inputs: str, ruling: str) -> str:
    return sha256(f"{inputs}\n{ruling}".encode()).hexdigest()


def deviation(decision: Decision) -> str:
    """Why a recorded decision does not come out again; empty when it does, bit for bit."""
    if digest(decision.inputs, decision.ruling) != decision.sha256:
        return "the record was changed: inputs and ruling do not have the recorded SHA-256"
    try:
        inputs = inputs_of(decision.inputs)
    except ValidationError as error:
        return f"its inputs cannot be read: {error.error_count()} fields do not fit"
    if inputs.procedure != PROCEDURE:
        return f"it was decided by procedure {inputs.procedure}, and this Leadline knows {PROCEDURE}"
    if inputs_text(inputs) != decision.inputs:
        return "its inputs are not canonical"
    again = rule(inputs)
    if ruling_text(again) != decision.ruling:
        return f"recomputed it is {again.outcome.value}, and {decision.outcome} is recorded"
    return "" if again.outcome.value == decision.outcome else f"{decision.outcome} is recorded beside its ruling"


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
