"""The source of the site, gathered in one folder: pages as they lie, the generated reference, and the navigation."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from leadline.handbook.schema import json_schema, kinds
from website import changes, commands, outcomes, routes
from website import kinds as documents
from website.links import DOCS, ROOT, linked_files, place_of, relocated
from website.markdown import contents, page
from website.navigation import sections

_FILE_BEFORE_FENCE = re.compile(r"<!-- *file: *(\S+) *-->\n+```(\w+)\n")
_REMARK = re.compile(r"<!--.*?-->\n*", re.DOTALL)
_REFERENCE_HERE = "<!-- reference -->"
"""Stands in the first page where the site has links to what is generated."""
EXTRA = "extra"
"""Folder of what is served as it is."""


def gather(folder: Path) -> None:
    """Write everything that Sphinx reads into a folder of its own."""
    texts = dict(_texts())
    first = _read(DOCS / "index.md").replace(_REFERENCE_HERE, _signpost(texts))
    texts["index.md"] = page(_dressed(relocated(first, DOCS / "index.md", "index.md")), navigation(texts))
    for name, text in texts.items():
        goal = folder / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        goal.write_text(text, encoding="utf-8")
    for path in sorted({path for source in _sources() for path in linked_files(_read(source), source)}):
        goal = folder / place_of(path)
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, goal)


def navigation(names: dict[str, str]) -> str:
    """The tree of contents, for the end of the first page."""
    stems = [name.removesuffix(".md") for name in names if name.endswith(".md")]
    return page(*(contents(caption, places) for caption, places in sections(stems)))


def _signpost(texts: dict[str, str]) -> str:
    """Links to the generated pages, which only the site has."""
    places = [place for _, named in sections([name.removesuffix(".md") for name in texts]) for place in named]
    links = [f"- [{_title(texts[f'{place}.md'])}]({place}.md)" for place in places if place.startswith("reference/")]
    return "\n".join(links)


def _title(text: str) -> str:
    return text.lstrip().partition("\n")[0].removeprefix("# ")


def _texts() -> Iterator[tuple[str, str]]:
    for source in _sources():
        yield place_of(source), _dressed(relocated(_read(source), source, place_of(source)))
    records = sorted(path.stem for path in (DOCS / "adr").glob("[0-9]*.md"))
    yield "adr/index.md", page("# Decisions", "What shaped Leadline, and why.", contents("", records), _listed(records))
    yield changes.AT, changes.changelog_page()
    yield from _reference()


def _reference() -> Iterator[tuple[str, str]]:
    yield "reference/cli.md", commands.cli_page()
    yield "reference/api.md", routes.api_page()
    yield f"reference/{routes.SHAPES}", routes.shapes_page()
    yield "reference/operations.md", routes.operations_page()
    yield outcomes.AT, outcomes.outcomes_page()
    yield documents.AT, page(documents.kinds_page(), contents("", [f"kinds/{kind}" for kind in kinds()]))
    yield f"{EXTRA}/openapi.json", json.dumps(routes.openapi(), indent=2)
    for kind in kinds():
        yield f"reference/kinds/{kind}.md", documents.kind_page(kind)
        yield f"{EXTRA}/schemas/{kind}.json", json.dumps(json_schema(kind), indent=2)


def _sources() -> list[Path]:
    return [*sorted(DOCS.rglob("*.md")), ROOT / "CONTRIBUTING.md"]


def _dressed(text: str) -> str:
    """What a page says to a site alone: the name of a file as the caption of its block, and no remarks for tests."""
    named = _FILE_BEFORE_FENCE.sub(r"```{code-block} \2\n:caption: \1\n\n", text)
    return _REMARK.sub("", named)


def _listed(records: list[str]) -> str:
    titles = ((record, _title(_read(DOCS / "adr" / f"{record}.md"))) for record in records)
    return "\n".join(f"- [{title}]({record}.md)" for record, title in titles)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
