"""Laws of the loader: whatever stands in the files, it answers, and every problem has a place that exists."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import made_yaml as made
from leadline.handbook.composer import Composer
from leadline.handbook.documents import KINDS, as_data, dump
from leadline.handbook.loader import Loaded, load
from leadline.handbook.promql import check, counter_queries, fill
from leadline.handbook.reading import read_file
from made_yaml import write

KEYS = st.sampled_from(
    """
    apiVersion kind metadata name spec service objectives target timeWindow duration indicator indicatorRef ratioMetric
    good bad total counter metricSource query annotations leadline/tier leadline/band leadline/groupBy leadline/mtbf
    commitments bands rules start <<
    """.split()  # noqa: SIM905 - a list of so many words would be a page
)
WORDS = (
    "openslo/v1",
    "leadline/v1",
    "99.9",
    "28d",
    "1M",
    "0.5..0.8",
    "24h",
    "Europe/Berlin",
    "sum(x",
    "x_total",
    "1e999",
)
QUERY_WORDS = (
    *("x", "(", ")", "{", "}", "+", "-", "'", ",", "#", "\\", "é", "1", "sum(", "rate(", "increase(", "[5m]", "or"),
    *("and", "unless", "$__range", "{{.window}}", "offset 1m", "@ 5", "by (a)", 'a="b"', "\n", "> bool"),
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.dates().map(str)
    | st.sampled_from([*KINDS, *WORDS])
)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=5)
)
DOCUMENTS = [document for text in made.VALID.values() for document in yaml.safe_load_all(text)]


def loaded_bytes(data: bytes) -> tuple[Loaded, Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.yaml")
        path.write_bytes(data)
        found = load(Path(folder))
        check_places(found, Path(folder))
        return found, path


def check_places(found: Loaded, folder: Path) -> None:
    assert (found.handbook is None) == bool(found.problems)
    for problem in (*found.problems, *found.warnings):
        path = Path(problem.file)
        if path == folder:
            assert (problem.line, problem.column) == (0, 0)
            continue
        lines = (folder / path).read_bytes().count(b"\n") + 1
        assert 1 <= problem.line <= lines, problem
        assert problem.column >= 1
        assert problem.what
        assert problem.hint
        assert len(problem.value) <= 80
        assert "\n" not in str(problem)


@settings(max_examples=150)
@given(st.binary(max_size=200))
@example(b"")
@example(b"\xfe\xff\x00a")
@example(b"a: &a\n- *a\n")
@example(b"a:\n\tb: 1\r\n\x85")
@example(b"kind: SLO\r\rapiVersion: openslo/v1\r")
@example("kind: SLO\u2028x".encode())
def test_any_bytes_are_answered(data: bytes) -> None:
    loaded_bytes(data)


@settings(max_examples=150)
@given(st.text(alphabet=st.sampled_from("abk:-[]{}&*!|>'\"#%@`,? \n\t0.9<=~\\é\u2028\ufeff"), max_size=80))
def test_any_punctuation_is_answered(text: str) -> None:
    loaded_bytes(text.encode())


LOOKS = st.text(alphabet="0123456789+-.eExo_:~<=nulNULtrueFALSEyesoff \n'\"[]{},&*!", max_size=12)


@settings(max_examples=300)
@given(LOOKS | TREES.map(lambda tree: yaml.safe_dump(tree, allow_unicode=True)))
def test_values_have_the_tags_that_pyyaml_gives_them(text: str) -> None:
    try:
        expected = list(yaml.compose_all(text, yaml.CSafeLoader))
    except yaml.YAMLError:
        with pytest.raises(yaml.YAMLError):
            list(yaml.compose_all(text, Composer))
        return
    assert list(map(tags, yaml.compose_all(text, Composer))) == list(map(tags, expected))


def tags(node: yaml.Node | None) -> Any:
    if node is None or isinstance(node.value, str):
        return node and (node.tag, node.value)
    return node.tag, [list(map(tags, part)) if isinstance(part, tuple) else tags(part) for part in node.value]


@settings(max_examples=200)
@given(TREES)
def test_any_tree_is_answered(tree: Any) -> None:
    loaded_bytes(yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "surrogatepass"))


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*path, key))


@st.composite
def mutated(draw: st.DrawFn) -> list[Any]:
    """The valid handbook with a few values replaced, removed or renamed."""
    documents = copy.deepcopy(DOCUMENTS)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from([path for path in paths(documents) if path]))
        parent: Any = documents
        for part in path[:-1]:
            parent = parent[part]
        match draw(st.sampled_from(["replace", "remove", "rename"])):
            case "replace":
                parent[path[-1]] = draw(TREES)
            case "remove":
                del parent[path[-1]]
            case _ if isinstance(parent, dict):
                parent[draw(KEYS | st.text(max_size=6))] = parent.pop(path[-1])
    return documents


@settings(max_examples=300)
@given(mutated())
def test_a_handbook_with_any_mistake_is_answered(documents: list[Any]) -> None:
    loaded_bytes(yaml.safe_dump_all(documents, allow_unicode=True).encode("utf-8", "surrogatepass"))


@settings(max_examples=40)
@given(st.permutations(sorted(made.VALID)), st.booleans())
def test_neither_order_nor_layout_of_files_changes_what_is_promised(order: list[str], is_one_file: bool) -> None:
    texts = [made.VALID[name] for name in order]
    with tempfile.TemporaryDirectory() as folder:
        files = (
            {"a.yaml": "---\n".join(texts)} if is_one_file else {f"{n:02}.yaml": text for n, text in enumerate(texts)}
        )
        found = load(write(Path(folder), files)).handbook
        assert found is not None
        assert {slo.id: (slo.terms, slo.series, slo.sli.measure) for slo in found.slos.values()} == PROMISED
        assert {document.sha256 for document in found.documents} == DIGESTS


def _promised() -> tuple[dict[str, Any], set[str]]:
    with tempfile.TemporaryDirectory() as folder:
        found = load(write(Path(folder), made.VALID)).handbook
        assert found is not None
        terms = {slo.id: (slo.terms, slo.series, slo.sli.measure) for slo in found.slos.values()}
        return terms, {document.sha256 for document in found.documents}


PROMISED, DIGESTS = _promised()


@settings(max_examples=200)
@given(st.lists(st.sampled_from(QUERY_WORDS), max_size=12))
def test_any_query_is_answered_and_a_good_one_stays_good_as_increase(words: list[str]) -> None:
    text = fill(" ".join(words), "1m")
    if check(text) is not None:
        return
    try:
        queries = counter_queries(text)
    except ValueError:
        return
    for query in (queries.simple, queries.exact, queries.probe):
        assert query is None or check(query) is None or "operators" in str(check(query)), query


@pytest.mark.parametrize("folder", ["handbooks/starter", "handbooks/virtengine", "tests/contract/openslo"])
def test_documents_are_read_written_and_read_without_loss(tmp_path: Path, folder: str) -> None:
    files = sorted((Path(__file__).parents[2] / folder).rglob("*.yaml"))
    assert files
    for file in files:
        trees, problems = read_file(file, file.name)
        assert problems == []
        for tree in trees:
            model = KINDS[tree.value["kind"]][1]
            first = model.model_validate(tree.value)
            path = tmp_path / "again.yaml"
            path.write_text(dump(first), encoding="utf-8")
            again, problems = read_file(path, "again.yaml")
            assert problems == []
            assert model.model_validate(again[0].value) == first
            assert as_data(model.model_validate(again[0].value)) == as_data(first)
            assert written_keys(again[0].value) == written_keys(tree.value)


def written_keys(value: Any) -> Any:
    """Everything that was written; a policy named alone is a reference to it."""
    if isinstance(value, dict):
        return {key: written_keys(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [{"alertPolicyRef": item} if item == "named-alone" else written_keys(item) for item in value]
    return value
