"""The documentation as a site: complete, made from the code, and sufficient to itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from leadline import errors, settings
from leadline.domains import operations
from leadline.handbook.annotations import places
from leadline.handbook.documents import KINDS
from leadline.handbook.schema import json_schema
from made_commands import commands
from tree import ROOT
from website import navigation, routes
from website.schemas import limits_of, type_of

WIDEST = {1440: 1000, 390: 844}


class _Page(HTMLParser):
    """What a browser would fetch, follow and show of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.followed: list[str] = []
        self.places: set[str] = {""}
        self.shown = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self.places |= {has["id"]} if "id" in has else set()
        if tag == "a" and "href" in has:
            self.followed.append(has["href"])
        elif tag == "link" and has.get("rel") in {"stylesheet", "icon", "preload", "preconnect"}:
            self.fetched.append(has["href"])
        elif "src" in has:
            self.fetched.append(has["src"])

    def handle_data(self, data: str) -> None:
        self.shown += data


def _run(program: str, *words: object) -> tuple[int, str]:
    """Exit code and complaints of Python in a process of its own: Sphinx does not tidy up behind itself."""
    ran = subprocess.run(
        [sys.executable, "-c", program, *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "docs")},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stderr


def _write(source: Path, site: Path) -> tuple[int, str]:
    program = "import sys, pathlib, website.__main__ as it; sys.exit(it.write(*map(pathlib.Path, sys.argv[1:])))"
    return _run(program, source, site)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("website") / "site"
    ended, said = _run("import sys, runpy; runpy.run_module('website', run_name='__main__')", folder)
    assert ended == 0, said
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, _Page]:
    return {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def test_every_command_stands_in_the_reference_with_each_of_its_options(site: Path, pages: dict[Path, _Page]) -> None:
    page = pages[site / "reference" / "cli.html"]
    for words, command in commands().items():
        assert words.replace(" ", "-") in page.places
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
        assert [option for option in options if option != "--help" and option not in page.shown] == []


def test_every_route_stands_in_the_reference_with_what_it_takes(site: Path, pages: dict[Path, _Page]) -> None:
    page = pages[site / "reference" / "api.html"]
    document = routes.openapi()
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            assert f"{method.upper()} {path}" in page.shown
            assert [each["name"] for each in about.get("parameters", ()) if each["name"] not in page.shown] == []
    shapes = pages[site / "reference" / "api-shapes.html"]
    assert [name for name in document["components"]["schemas"] if name.lower() not in shapes.places] == []


def test_every_operation_stands_in_the_reference_with_its_permission(site: Path, pages: dict[Path, _Page]) -> None:
    shown = pages[site / "reference" / "operations.html"].shown
    for operation in operations().values():
        assert re.search(rf"{re.escape(operation.name)}\s.*?\s{operation.permission}\s", shown, re.DOTALL)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_page_with_all_of_its_keys(kind: str, site: Path, pages: dict[Path, _Page]) -> None:
    shown = pages[site / "reference" / "kinds" / f"{kind}.html"].shown
    schema = json_schema(kind)
    objects = [schema, *schema.get("$defs", {}).values()]
    assert [key for each in objects for key in each.get("properties", {}) if key not in shown] == []
    assert (site / "schemas" / f"{kind}.json").is_file()


def test_every_annotation_stands_with_the_kinds_that_may_carry_it(site: Path, pages: dict[Path, _Page]) -> None:
    for name, kinds in places().items():
        for where in ("kinds", *(f"kinds/{kind}" for kind in kinds)):
            assert f"leadline/{name}" in pages[site / "reference" / f"{where}.html"].shown


def test_every_exit_code_and_setting_stands_in_the_reference(site: Path, pages: dict[Path, _Page]) -> None:
    shown = pages[site / "reference" / "outcomes.html"].shown
    assert [name for name in settings.KNOWN if name not in shown] == []
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert [kind.__name__ for kind in kinds if kind.__name__ not in shown and kind.__subclasses__() == []] == []
    assert re.search(r"NotFound\s+There is no such thing.*?\s4\s+404\s", shown, re.DOTALL)


def test_the_pages_that_people_wrote_stand_in_the_site(pages: dict[Path, _Page], site: Path) -> None:
    written = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert written | {Path("contributing.html"), Path("changelog.html")} <= {path.relative_to(site) for path in pages}
    notes = [path for path in (ROOT / "changelog.d").glob("*.md") if path.name != "README.md"]
    shown = " ".join(pages[site / "changelog.html"].shown.split())
    assert [note.name for note in notes if _first_words(note) not in shown] == []


def _first_words(note: Path) -> str:
    return re.split(r"[`\[*:;.'\"]", " ".join(note.read_text(encoding="utf-8").lstrip("`").split()))[0].strip()


def test_every_link_inside_the_site_leads_somewhere(pages: dict[Path, _Page]) -> None:
    dead = []
    for path, page in pages.items():
        for link in page.followed:
            target, _, place = unquote(link).partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            goal = (path.parent / target).resolve() if target else path
            if not goal.exists() or (place and goal in pages and place not in pages[goal].places):
                dead.append(f"{path.name}: {link}")
    assert dead == []


def test_nothing_is_fetched_from_another_host(site: Path, pages: dict[Path, _Page]) -> None:
    assert [asset for page in pages.values() for asset in page.fetched if re.match(r"(\w+:)?//", asset)] == []
    for sheet in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\s]*", sheet.read_text(encoding="utf-8")) == []


def test_formulas_are_drawn_by_the_browser_itself(site: Path) -> None:
    text = (site / "concepts.html").read_text(encoding="utf-8")
    assert text.count("<math ") >= 3
    assert "$$" not in text


def test_a_dead_link_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text("# A page\n\n[there](not-there.md)\n")
    ended, said = _write(source, tmp_path / "site")
    assert ended != 0
    assert "index.md:3: WARNING: 'myst' cross-reference target not found: 'not-there.md'" in said
    (source / "index.md").write_text("# A page\n\n[here](#a-page)\n")
    assert _write(source, tmp_path / "site") == (0, "")


def test_a_folder_that_is_not_a_site_keeps_what_it_holds(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text("# A page\n")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "letter.txt").write_text("dear")
    assert _write(source, tmp_path / "site") == (0, "")
    assert (tmp_path / "site" / "letter.txt").exists()


def test_examples_of_the_openapi_document_are_shown() -> None:
    shown = routes.body_part(
        "Body", {"content": {"application/json": {"schema": {"type": "object"}, "example": {"sli": "pay"}}}}
    )
    assert '"sli": "pay"' in shown
    lines = {"content": {"application/x-ndjson": {"schema": {"type": "string"}, "example": '{"a": 1}\n{"a": 2}'}}}
    assert '```json\n{"a": 1}\n{"a": 2}\n```' in routes.body_part("Body", lines)
    long = {"content": {"application/json": {"example": list(range(99))}}}
    assert "<summary>An example</summary>" in routes.body_part("Answer", long)
    several = {"a": {"value": {"bad": 3}}}
    assert '"bad": 3' in routes.body_part(
        "Body", {"content": {"application/json": {"schema": {}, "examples": several}}}
    )


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "format": "date-time"}, "instant"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number or null"),
        ({"type": "array", "items": {"$ref": "#/$defs/Band"}}, "list of <Band>"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "map of whole number"),
        ({"enum": ["lt", "gt"]}, "`lt`, `gt`"),
        ({"const": "SLO"}, "`SLO`"),
        ({}, "anything"),
    ],
)
def test_a_type_is_said_in_words(schema: dict[str, Any], words: str) -> None:
    assert type_of(schema, "<{}>".format) == words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"minimum": 0, "maximum": 1}, "0 to 1"),
        ({"minLength": 1}, "at least 1 character"),
        ({"maxItems": 3}, "at most 3 items"),
        ({"minItems": 1, "maxItems": 1}, "exactly 1 item"),
        ({"exclusiveMinimum": 0, "maximum": 1}, "at most 1; above 0"),
        ({"anyOf": [{"type": "string", "pattern": "a+"}, {"type": "null"}]}, "like `a+`"),
        ({}, ""),
    ],
)
def test_limits_are_said_in_words(schema: dict[str, Any], words: str) -> None:
    assert limits_of(schema) == words


def test_a_page_without_a_place_stands_with_the_how_to_pages() -> None:
    found = dict(navigation.sections(["index", "handbook", "brand-new", "adr/0001"]))
    assert found == {"How to": ("handbook", "brand-new")}


@pytest.fixture
def offline(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(offline=True)
    yield context
    context.close()


def test_the_search_finds_words_without_any_server(offline: Any, site: Path) -> None:
    page = offline.new_page()
    page.goto((site / "index.html").as_uri())
    page.get_by_role("textbox", name="Search").first.fill("bracket boundary")
    page.keyboard.press("Enter")
    page.locator("#search-results li a").first.wait_for()
    assert any(
        "concepts.html" in (each.get_attribute("href") or "") for each in page.locator("#search-results a").all()
    )


@pytest.mark.parametrize("width", WIDEST)
def test_no_page_is_wider_than_the_window_and_none_complains(
    width: int, offline: Any, site: Path, pages: dict[Path, _Page]
) -> None:
    page = offline.new_page()
    page.set_viewport_size({"width": width, "height": WIDEST[width]})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    wide = []
    for path in pages:
        page.goto(path.as_uri())
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(path.name)
    assert (wide, said) == ([], [])
