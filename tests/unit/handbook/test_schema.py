"""JSON Schemas for editors accept what the loader accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

import made_yaml as made
from leadline.errors import NotFound
from leadline.handbook.schema import json_schema, kinds

DOCUMENTS = [document for text in made.VALID.values() for document in yaml.load_all(text, yaml.BaseLoader)]


def properties(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """Properties of a part of a schema, references and alternatives followed."""
    if "$ref" in schema:
        return properties(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    for choice in schema.get("anyOf", ()):
        if found := properties(choice, whole):
            return found
    return dict(schema.get("properties", {}))


def unknown(value: Any, schema: dict[str, Any], whole: dict[str, Any]) -> list[str]:
    known = properties(schema, whole)
    if isinstance(value, list):
        items = next((part for part in (schema, *schema.get("anyOf", ())) if "items" in part), {"items": {}})["items"]
        return [name for item in value for name in unknown(item, items, whole)]
    if not isinstance(value, dict) or not known:
        return []
    missing = [key for key in value if key not in known]
    return missing + [name for key, item in value.items() for name in unknown(item, known.get(key, {}), whole)]


def test_every_kind_has_a_schema_that_is_json() -> None:
    assert set(kinds()) >= {"SLO", "SLI", "DataSource", "Service", "Handbook", "Team", "Agreement", "BudgetPolicy"}
    for kind in kinds():
        schema = json.loads(json.dumps(json_schema(kind)))
        assert schema["title"] == kind
        assert schema["properties"]["kind"] == {"const": kind}
        assert {"apiVersion", "kind", "metadata"} <= set(schema["required"])
        assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda document: f"{document['kind']} {document['metadata']['name']}"
)
def test_a_schema_knows_every_key_of_a_valid_document(document: dict[str, Any]) -> None:
    schema = json_schema(document["kind"])
    assert unknown(document, schema, schema) == []
    assert unknown({**document, "spce": 1}, schema, schema) == ["spce"]


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(NotFound, match=r"no kind 'Slos'; did you mean SLO\?"):
        json_schema("Slos")


@pytest.mark.parametrize("kind", kinds())
def test_a_list_is_bounded_in_items_as_editors_understand_it(kind: str) -> None:
    objects = [json_schema(kind), *json_schema(kind).get("$defs", {}).values()]
    lists = [
        each for schema in objects for each in schema.get("properties", {}).values() if each.get("type") == "array"
    ]
    assert [each for each in lists if {"minLength", "maxLength"} & each.keys()] == []
    if kind == "SLO":
        assert {"minItems", "maxItems"} <= json_schema(kind)["$defs"]["SLOSpec"]["properties"]["objectives"].keys()
