"""Queries are checked, filled and read before anybody is asked."""

from __future__ import annotations

import pytest

from leadline.handbook.promql import check, fill, selectors


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("sum(x", "line 1, column 4: unclosed left parenthesis"),
        ("sum(\n  a\n  + )", "line 3, column 3: invalid promql query"),
        ("a b", "line 1, column 3: invalid promql query"),
        ("rate(x)", "line 1, column 1: expected type matrix in call to function 'rate', got vector"),
        ("1 + foo(x)", "line 1, column 5: unknown function with name 'foo'"),
        ("x + $y", "line 1, column 5: unexpected character: '$'"),
        ("x[5m]", "answers with a range vector; a query must answer with one value a series"),
        ("max_over_time(x[5m])[1h:]", "answers with a range vector; a query must answer with one value a series"),
        ('"x"', "answers with a string; a query must answer with one value a series"),
        ("", "no expression found in input"),
    ],
)
def test_what_is_wrong_with_a_query_is_told_with_its_place(query: str, message: str) -> None:
    assert check(query) == message


@pytest.mark.parametrize(
    "query",
    ["x", "1", "sum by (a) (rate(x[5m]))", 'x{a=~"[(]{200}"}', '# ((((\nx{a="((((("}', "x @ start() offset -5m", "-x"],
)
def test_a_good_query_has_nothing_wrong(query: str) -> None:
    assert check(query) is None


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("(" * 101 + "x" + ")" * 101, "nested more than 100 deep"),
        ("-" * 5000 + "x", "more than 150 operators"),
        ("sum(" * 1500, "nested more than 100 deep"),
        ("x" + " and x" * 151, "more than 150 operators"),
        ("é" * 4097, "longer than 8192 bytes (8194)"),
    ],
)
def test_what_would_crash_the_parser_never_reaches_it(query: str, message: str) -> None:
    assert check(query) == message


def test_the_limits_themselves_are_allowed() -> None:
    assert check("(" * 100 + "x" + ")" * 100) is None
    assert check("x" + " + x" * 150) is None


@pytest.mark.parametrize(
    "placeholder",
    [
        *("{{.window}}", "{{ .window }}", "{{window}}", "window", "$window"),
        *("$__range", "${__range}", "$__interval", "$__rate_interval"),
    ],
)
def test_every_placeholder_becomes_the_step(placeholder: str) -> None:
    assert fill(f"sum(increase(x[{placeholder}]))", "1m") == "sum(increase(x[1m]))"


def test_words_that_only_look_like_placeholders_are_kept() -> None:
    text = 'window_total{window="$__range_s", b="[other]"}'
    assert fill(text, "1m") == text


def test_selectors_are_listed_once_each_without_range() -> None:
    query = 'sum(rate(x{a="1"}[5m] offset 1m)) / (y + y) or label_replace(z, "a", "$1", "b", "(.*)")'
    assert selectors(query) == ('x{a="1"} offset 1m', "y", "z")
