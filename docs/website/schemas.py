"""JSON Schemas as tables: one for each object, its keys with type and meaning, types linked to where they stand."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from website.markdown import code, page, plain, table

Schema = Mapping[str, Any]
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "object": "map",
    "array": "list",
}
_FORMATS = {"date-time": "instant", "date": "date", "duration": "duration"}
_BOUNDS = (("minLength", "maxLength", "characters"), ("minItems", "maxItems", "items"), ("minimum", "maximum", ""))


def type_of(schema: Schema, link: Callable[[str], str]) -> str:
    """
    The type in words.

    Args:
        schema: of one value.
        link: Markdown that leads to an object of this name.
    """
    if "$ref" in schema:
        return link(str(schema["$ref"]).rpartition("/")[2])
    choices = next((schema[key] for key in ("anyOf", "oneOf", "allOf") if key in schema), None)
    if choices:
        return " or ".join(dict.fromkeys(type_of(each, link) for each in choices))
    words = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return ", ".join(code(str(word)) for word in words) or _plain_type(schema, link)


def _plain_type(schema: Schema, link: Callable[[str], str]) -> str:
    kind: Any = schema.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join(_TYPES[each] for each in kind)
    if kind == "array":
        items = schema.get("prefixItems") or [schema.get("items", {})]
        return f"list of {', '.join(type_of(each, link) for each in items)}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map of {type_of(schema['additionalProperties'], link)}"
    return _FORMATS.get(schema.get("format", "")) or _TYPES.get(kind, str(kind))


def limits_of(schema: Schema) -> str:
    """Ranges and patterns, in words."""
    choices = [schema, *schema.get("anyOf", ())]
    said = [_range(each[low], each.get(high), of) for each in choices for low, high, of in _BOUNDS if low in each]
    said += [
        f"at most {each[high]:g} {of}"
        for each in choices
        for low, high, of in _BOUNDS
        if {low, high} & {*each} == {high}
    ]
    said += [f"above {each['exclusiveMinimum']}" for each in choices if "exclusiveMinimum" in each]
    said += [f"below {each['exclusiveMaximum']}" for each in choices if "exclusiveMaximum" in each]
    said += [f"like {code(each['pattern'])}" for each in choices if "pattern" in each]
    words = "; ".join(part.strip() for part in dict.fromkeys(said))
    return re.sub(r"\b1 (character|item)s\b", r"1 \1", words)


def _range(low: float, high: float | None, of: str) -> str:
    if high is None:
        return f"at least {low:g} {of}"
    return f"{low:g} to {high:g} {of}" if high != low else f"exactly {low:g} {of}"


def rows(schema: Schema, link: Callable[[str], str], meanings: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Key, type and meaning of each property; those that must be there are marked."""
    wanted = set(schema.get("required", ()))
    for key, each in schema.get("properties", {}).items():
        meaning = plain(meanings.get(key) or each.get("description", ""))
        said = [meaning.rstrip("."), limits_of(each), _default(each.get("default"))]
        name = f"**{code(key)}**" if key in wanted else code(key)
        yield name, type_of(each, link), "; ".join(part for part in said if part)


def _default(value: object) -> str:
    if value in (None, "", [], {}) or isinstance(value, dict):
        return ""
    words = value if isinstance(value, list) else [str(value).lower() if isinstance(value, bool) else value]
    return f"default {', '.join(code(str(word)) for word in words)}"


def object_part(heading: str, schema: Schema, link: Callable[[str], str], model: type[BaseModel] | None) -> str:
    """A heading, what the object is, and the table of its keys."""
    words = ", ".join(code(str(word)) for word in schema.get("enum", ()))
    return page(
        f"## {heading}",
        about(model) or plain(schema.get("description", "")),
        keys_table(schema, link, field_meanings(model) if model else {}) or (f"One of {words}." if words else ""),
    )


def keys_table(schema: Schema, link: Callable[[str], str], meanings: Mapping[str, str]) -> str:
    """The keys of an object; without the column of meanings where none has one."""
    found = list(rows(schema, link, meanings))
    width = 3 if any(meaning for *_, meaning in found) else 2
    return table(("key", "type", "meaning")[:width], (row[:width] for row in found))


def without_null(schema: Schema) -> Schema:
    """The schema of an object whose keys are left out when they have no value, as in a handbook."""
    properties = {
        key: {**each, "anyOf": [choice for choice in each["anyOf"] if choice.get("type") != "null"]}
        if "anyOf" in each
        else each
        for key, each in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties} if properties else schema


def about(model: type[BaseModel] | None) -> str:
    """What a model's docstring says."""
    written = (model.__dict__.get("__doc__") or "") if model else ""
    return plain(written)


def field_meanings(model: type[BaseModel]) -> dict[str, str]:
    """Key → the string that stands beneath the field in the code; those of the bases too."""
    found: dict[str, str] = {}
    for of in reversed(model.__mro__):
        if issubclass(of, BaseModel) and of is not BaseModel:
            for name, text in _beneath(of).items():
                field = model.model_fields.get(name)
                found[(field.alias if field else None) or name] = text
    return found


def _beneath(model: type[BaseModel]) -> dict[str, str]:
    try:
        (written,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    except OSError:
        return {}  # made by the program, so that nothing stands beneath its fields
    assert isinstance(written, ast.ClassDef)  # noqa: S101 - the source of a class is a class
    return {
        before.target.id: " ".join(after.value.value.split())
        for before, after in zip(written.body, written.body[1:], strict=False)
        if isinstance(before, ast.AnnAssign)
        and isinstance(before.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        and isinstance(after.value.value, str)
    }


def models_below(base: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Every model that derives from this one, by name."""
    found = {base.__name__: base}
    for model in base.__subclasses__():
        found |= models_below(model)
    return found
