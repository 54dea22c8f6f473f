"""Reference of the documents of a handbook, from their JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from leadline.handbook.annotations import PREFIX, places
from leadline.handbook.documents import KINDS, dump_plain
from leadline.handbook.models import Model
from leadline.handbook.schema import json_schema
from website.links import ROOT
from website.markdown import anchor, code, fenced, page, table
from website.schemas import about, keys_table, models_below, object_part, without_null
from website.told import cells

AT = "reference/kinds.md"
_EXAMPLES = ("handbooks/starter", "handbooks/virtengine", "examples")


def kinds_page() -> str:
    """All kinds, and every annotation."""
    return page(
        "# Kinds of documents",
        "A handbook holds these. Each document has `apiVersion`, `kind`, `metadata` and `spec`, and keys that are "
        "not known are errors. `leadline schema KIND` prints the JSON Schema, for editors; how the kinds play "
        "together is told under [Writing a handbook](../handbook.md).",
        table(
            ("kind", "apiVersion", "says"),
            (
                (f"[{code(kind)}](kinds/{kind}.md)", code(version), cells("handbook", of=kind, at=AT)[-1])
                for kind, (version, _) in KINDS.items()
            ),
        ),
        "## Annotations",
        "What OpenSLO has no key for stands in `metadata.annotations`.",
        table(("annotation", "of", "meaning"), (_annotation(name, AT) for name in places())),
    )


def kind_page(kind: str) -> str:
    """One kind: an example, its keys, and the annotations that it may carry."""
    version, model = KINDS[kind]
    at = f"reference/kinds/{kind}.md"
    schema = json_schema(kind)
    models = models_below(Model)
    allowed = [name for name, of in places().items() if not of or kind in of]
    return page(
        f"# {kind}",
        f"{about(model)} In the handbook: {cells('handbook', of=kind, at=at)[-1]}.",
        f"`apiVersion: {version}`, `kind: {kind}`. Keys in bold must be there; how to write one is told "
        "under [Writing a handbook](../../handbook.md). "
        f'The JSON Schema: <a href="../../schemas/{kind}.json">{kind}.json</a>.',
        _example(kind),
        page("## Keys", keys_table(without_null(schema), _link, {})),
        *(object_part(name, without_null(each), _link, models.get(name)) for name, each in _ordered(schema)),
        "## Annotations" if allowed else "",
        table(("annotation", "meaning"), (_annotation(name, at)[::2] for name in allowed)),
    )


def _link(name: str) -> str:
    return f"[{name}](#{anchor(name)})"


def _ordered(schema: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Objects in the order in which a reader meets them."""
    defined, seen = schema.get("$defs", {}), {}
    todo = [schema]
    while todo:
        text = json.dumps({key: each for key, each in todo.pop(0).items() if key != "$defs"})
        for name in defined:
            if f'"#/$defs/{name}"' in text and name not in seen:
                seen[name] = defined[name]
                todo.append(defined[name])
    return list(seen.items())


def _annotation(name: str, at: str) -> tuple[str, str, str]:
    _, of, meaning = cells("handbook", of=f"{PREFIX}{name}", at=at)
    return code(f"{PREFIX}{name}"), of, meaning


def _example(kind: str) -> str:
    found = [
        (len(text), where, text)
        for folder in _EXAMPLES
        for where, text in _documents(folder)
        if f"\nkind: {kind}\n" in text
    ]
    if not found:
        return ""
    _, where, text = min(found)
    return page(f"An example, from `{where}`:", fenced("yaml", text))


@cache
def _documents(folder: str) -> list[tuple[str, str]]:
    return [
        (path.relative_to(ROOT).as_posix(), dump_plain([document]))
        for path in sorted((ROOT / folder).rglob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if isinstance(document, dict)
    ]
