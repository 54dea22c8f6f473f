from __future__ import annotations

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.adapters.sources.prometheus.selectors import boundaries, metric_names, quoted
from leadline.handbook.bucket_limits import with_either_spelling


@pytest.mark.parametrize(
    "written", ['x_bucket{le="1"}', 'x_bucket{le="1.0"}', "x_bucket{ le = '1' }", "x_bucket{le=`1`}"]
)
def test_one_and_one_point_zero_are_the_same_boundary(written: str) -> None:
    (matcher,) = promql_parser.parse(with_either_spelling(written)).matchers.matchers
    assert (matcher.name, matcher.op, matcher.value) == ("le", promql_parser.MatchOp.Re, "1([.]0)?")


@pytest.mark.parametrize(
    "query",
    [
        'x_bucket{le="0.3"}',
        'x_bucket{le="+Inf"}',
        'x_bucket{le=~"1|2"}',
        'x_bucket{le!="1"}',
        'x_bucket{handle="1"}',
        'x{note="le=\\"1\\""}',
        "x{note='{le=\"1\"}'}",
        'x_bucket{le="0.5"} # not le="1"',
        'broken{le="0.3"',
    ],
)
def test_other_queries_are_kept_to_the_letter(query: str) -> None:
    assert with_either_spelling(query) == query


def test_every_boundary_of_a_query_is_found_with_its_selector() -> None:
    query = 'sum(rate(x_bucket{le="0.3",job=~"a\\\\d\\"b"}[5m])) / sum(y_bucket{le="2"} offset 5m)'
    found = boundaries(query)
    assert [(boundary.text, boundary.selector) for boundary in found] == [
        ("0.3", 'x_bucket{job=~"a\\\\d\\"b"}'),
        ("2", "y_bucket{}"),
    ]


def test_the_last_bucket_is_always_a_boundary() -> None:
    assert boundaries('x_bucket{le="+Inf"}') == ()


def test_metric_names_are_found_wherever_they_stand() -> None:
    assert metric_names('sum(rate(a_total[5m])) / (b_total or c{x="d"}) unless a_total') == ("a_total", "b_total", "c")


def test_what_cannot_be_parsed_has_neither() -> None:
    assert metric_names("sum(") == ()
    assert boundaries("sum(") == ()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_quoting_is_undone_by_the_parser(text: str) -> None:
    (matcher,) = promql_parser.parse(f"x{{a={quoted(text)}}}").matchers.matchers
    assert matcher.value == text
