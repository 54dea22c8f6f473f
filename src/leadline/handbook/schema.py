"""JSON Schemas of the kinds of documents, for editors."""

from __future__ import annotations

from typing import Any

from leadline.errors import NotFound
from leadline.handbook.documents import KINDS
from leadline.handbook.wording import nearest


def kinds() -> tuple[str, ...]:
    """Every kind a handbook may hold."""
    return tuple(KINDS)


def json_schema(kind: str) -> dict[str, Any]:
    """
    JSON Schema (2020-12) of one kind.

    Raises:
        NotFound: no such kind; the message names the nearest.
    """
    if kind not in KINDS:
        raise NotFound(f"no kind {kind!r}; {nearest(kind, KINDS)}")
    version, model = KINDS[kind]
    schema = _bounded_in_items(model.model_json_schema(by_alias=True))
    schema["properties"]["apiVersion"] = {"const": version}
    schema["properties"]["kind"] = {"const": kind}
    schema["required"] = sorted({"apiVersion", "kind", *schema.get("required", ())})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": kind}


def _bounded_in_items(schema: Any) -> Any:
    """Bounds of a list as JSON Schema names them; pydantic takes a list behind a validator for text."""
    if isinstance(schema, list):
        return [_bounded_in_items(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    names = {"minLength": "minItems", "maxLength": "maxItems"} if schema.get("type") == "array" else {}
    return {names.get(key, key): _bounded_in_items(each) for key, each in schema.items()}
