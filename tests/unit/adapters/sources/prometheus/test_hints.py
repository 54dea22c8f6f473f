from __future__ import annotations

from collections.abc import Iterator

import pytest

from http_answers import Asked, Said, failure, http_server, success
from instants import NOON_SECONDS
from leadline.adapters.sources.prometheus import PrometheusSource
from leadline.adapters.sources.prometheus.brackets import bracket
from leadline.adapters.sources.prometheus.selectors import Boundary
from leadline.ports.source import Answer, Role, SourceQuery

NAMES = ["http_requests_total", "http_request_duration_seconds_bucket", "up"]
EMPTY = success({"resultType": "vector", "result": []})


@pytest.mark.parametrize(
    ("asked", "there", "ways"),
    [
        ("0.3", ["0.1", "0.25", "0.5", "+Inf"], 'write le="0.25" or le="0.5"'),
        ("0.05", ["0.1", "0.25", "+Inf"], 'write le="0.1" ('),
        ("9", ["0.1", "1.0", "+Inf"], 'write le="1.0" or le="+Inf"'),
        ("2", ["10", "9", "1.5"], 'write le="1.5" or le="9"'),
    ],
)
def test_a_value_between_buckets_is_told_its_neighbours(asked: str, there: list[str], ways: str) -> None:
    message = bracket(Boundary(asked, "x_bucket{}"), set(there))
    assert message.startswith(f'le="{asked}" is not a bucket boundary of x_bucket; ')
    assert ways in message


@pytest.mark.parametrize("there", [[], ["0.3", "1"], ["0.30"], ["none", ""]])
def test_a_boundary_and_a_missing_histogram_are_no_bracket(there: list[str]) -> None:
    assert bracket(Boundary("0.3", "x_bucket{}"), set(there)) == ""


def server(asked: Asked) -> Said:
    if asked.path.endswith("/label/__name__/values"):
        return success(NAMES)
    if asked.form.get("query", "").startswith("count by (le)"):
        there = [(le, "1") for le in ("0.1", "0.25", "0.5", "+Inf")]
        series = [{"metric": {"le": le}, "value": [NOON_SECONDS, number]} for le, number in there]
        return success({"resultType": "vector", "result": series})
    return EMPTY


@pytest.fixture
def source() -> Iterator[PrometheusSource]:
    with http_server(server) as talk:
        source = PrometheusSource("metrics", {"url": talk.url}, {})
        yield source
        source.close()


def ask(source: PrometheusSource, *texts: str) -> list[Answer]:
    queries = [SourceQuery(text, Role.VALUE, text, counter=False) for text in texts]
    return list(source.answer(queries, NOON_SECONDS - 60, NOON_SECONDS, progress=lambda _: None))


def test_an_empty_answer_off_a_boundary_is_an_error(source: PrometheusSource) -> None:
    (answer,) = ask(source, 'sum(http_request_duration_seconds_bucket{le="0.3"})')
    assert 'write le="0.25" or le="0.5"' in str(answer.error)


def test_a_metric_that_does_not_exist_is_named_with_its_nearest(source: PrometheusSource) -> None:
    (answer,) = ask(source, "sum(http_request_total)")
    assert answer.error is None
    assert answer.groups == {}
    assert answer.warnings == (
        "no series matched: there is no metric http_request_total; did you mean http_requests_total?",
    )


def test_an_error_series_that_never_existed_is_no_reason_to_warn(source: PrometheusSource) -> None:
    (answer,) = ask(source, 'sum(http_requests_total{code="500"})')
    assert (answer.error, answer.warnings) == (None, ())


def test_names_are_asked_for_once() -> None:
    with http_server(server) as talk:
        source = PrometheusSource("metrics", {"url": talk.url}, {})
        ask(source, *(f"metric_{number}" for number in range(50)))
        source.close()
    assert sum(asked.path.endswith("/label/__name__/values") for asked in talk.asked) == 1


def test_a_hint_that_cannot_be_had_is_no_error() -> None:
    def reply(asked: Asked) -> Said:
        return failure(404, "not_found", "no such page") if "/label/" in asked.path else EMPTY

    with http_server(reply) as talk:
        source = PrometheusSource("metrics", {"url": talk.url}, {})
        (answer,) = ask(source, 'sum(x_bucket{le="0.3"})')
        source.close()
    assert (answer.groups, answer.error, answer.warnings) == ({}, None, ())
