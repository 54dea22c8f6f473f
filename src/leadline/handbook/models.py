"""
What all documents share: the base model, metadata, and the scalar types as people write them.

Models check shape alone (keys, types, allowed words); ranges, references and queries are checked by `compiling`, which
knows the place of each key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel

_PERCENT = re.compile(r"\s*[-+]?\d[\d_]*(?:\.\d*)?\s*%\s*", re.ASCII)
_LONGEST_NUMBER = 40


class Model(BaseModel):
    """Frozen, strict about types, closed to unknown keys; keys are camelCase. A key without a value is absent."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        populate_by_name=False,
        hide_input_in_errors=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, value: Any) -> Any:
        if not isinstance(value, dict) or None not in value.values():
            return value
        known = {field.alias for field in cls.model_fields.values()}
        return {key: item for key, item in value.items() if item is not None or key not in known}


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError("a number is wanted")  # noqa: TRY004 - pydantic reports ValueError with its place
    text = str(value).strip()
    try:
        number = Decimal(text.replace("_", "")) if len(text) <= _LONGEST_NUMBER else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or abs(number.adjusted()) > _LONGEST_NUMBER:
        raise ValueError("a number is wanted")
    return number


def _ratio(value: object) -> object:
    if isinstance(value, str) and _PERCENT.fullmatch(value):
        _number(value.strip().removesuffix("%").strip())
        return value.strip()
    return _number(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | Decimal | float):
        return str(value)
    raise ValueError("text is wanted")


def _seconds_or_text(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value
    raise ValueError("a duration or whole minutes are wanted")


def _sequence(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


_PLAIN = PlainSerializer(lambda number: number, return_type=object)

Number = Annotated[Decimal, BeforeValidator(_number), WithJsonSchema({"type": "number"}), _PLAIN]
"""A finite number, exactly as written."""

Ratio = Annotated[
    Decimal | str,
    BeforeValidator(_ratio),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[0-9.]+ *%$"}]}),
    _PLAIN,
]
"""A share such as 0.999 or "99.9%", exactly as written; its range is checked where its place is known."""

Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""Text, or a scalar that is taken as text."""

Minutes = Annotated[
    int | str,
    BeforeValidator(_seconds_or_text),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}]}),
]
"""A duration such as 5m, or a whole number of minutes."""

Names = Annotated[
    tuple[str, ...], BeforeValidator(_sequence), WithJsonSchema({"type": "array", "items": {"type": "string"}})
]
"""A list of names."""

Sequence = BeforeValidator(_sequence)
"""Lists of YAML become tuples."""

NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9._|/\\]*[A-Za-z0-9])?"
"""A name: OpenSLO's, with capitals as its own examples have them."""


class Metadata(Model):
    """Who a document is."""

    name: Annotated[str, Field(min_length=1, max_length=255, pattern=f"^{NAME}$")]
    display_name: str | None = None
    labels: Mapping[str, Any] | None = None
    annotations: Mapping[str, Text] | None = None


class InlineMetadata(Metadata):
    """Metadata of an SLI written inside an SLO; without a name it takes the SLO's."""

    name: Annotated[str | None, Field(min_length=1, max_length=255, pattern=f"^{NAME}$")] = None  # type: ignore[assignment]  # this one may be absent
