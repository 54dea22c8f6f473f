from __future__ import annotations

import pytest

from leadline.adapters.sources.prometheus import PrometheusSource
from leadline.adapters.sources.prometheus.settings import read_settings
from leadline.errors import Problem, SpecError

URL = "http://prometheus:9090"


def problems(connection: dict[str, object], environ: dict[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(SpecError) as it:
        read_settings("metrics", connection, environ or {})
    return it.value.problems


def test_an_address_is_enough() -> None:
    settings = read_settings("metrics", {"url": URL}, {})
    assert settings.shown_url == URL
    assert settings.timeout_seconds == 9
    assert settings.queries_per_second is None
    assert (settings.max_concurrency, settings.steps_per_query) == (4, 1440)
    assert settings.headers == {}
    assert settings.verify


@pytest.mark.parametrize("written", [URL, URL + "/", URL + "/api/v1", URL + "/api/v1/"])
def test_the_address_may_end_as_people_write_it(written: str) -> None:
    assert read_settings("metrics", {"url": written}, {}).shown_url == URL


def test_a_path_before_the_api_and_a_query_part_are_kept() -> None:
    settings = read_settings("metrics", {"url": "https://mimir/prometheus?dedup=true"}, {})
    assert settings.shown_url == "https://mimir/prometheus"
    assert settings.url.params["dedup"] == "true"


def test_all_mistakes_are_told_at_once() -> None:
    found = problems(
        {"ulr": URL, "timeoutSeconds": 0, "maxConcurrency": 2.5, "headers": {"X Y": "z", "Z": 5}, "caFile": True}
    )
    assert [problem.key.removeprefix("spec.connectionDetails.") for problem in found] == [
        "ulr",
        "url",
        "headers.X Y",
        "headers.Z",
        "timeoutSeconds",
        "maxConcurrency",
        "caFile",
    ]
    assert found[0].hint == "did you mean url?"
    assert all(problem.file == "DataSource metrics" and problem.hint for problem in found)


@pytest.mark.parametrize("written", ["prometheus:9090", "ftp://x", "http://", "http://[", "not an address", 9090])
def test_what_is_no_address_is_refused_with_an_example(written: object) -> None:
    (problem,) = problems({"url": written})
    assert problem.key == "spec.connectionDetails.url"
    assert str(written) in str(problem)


def test_an_address_with_a_password_is_refused_without_showing_it() -> None:
    (problem,) = problems({"url": "ftp://ann:s3cret@host"})
    assert "s3cret" not in str(problem)


def test_a_variable_that_is_not_set_is_a_mistake_that_names_it() -> None:
    (problem,) = problems({"url": URL, "headers": {"Authorization": "Bearer ${PROM_TOKEN}"}})
    assert problem.value == "${PROM_TOKEN}"
    assert problem.hint == "set PROM_TOKEN and try again"


def test_a_header_cannot_carry_a_second_one() -> None:
    (problem,) = problems({"url": URL, "headers": {"X-A": "${EVIL}"}}, {"EVIL": "a\r\nX-B: c"})
    assert "printable ASCII" in problem.what
    assert "X-B" not in str(problem)


def test_credentials_given_twice_are_refused() -> None:
    both: dict[str, object] = {"url": "http://ann:x@prometheus", "bearerToken": "y"}
    (problem,) = problems(both)
    assert problem.what == "credentials are given more than once"


@pytest.mark.parametrize(
    "connection",
    [
        {"url": "http://ann:p%40ss@prometheus"},
        {"url": URL, "basicAuth": {"username": "ann", "password": "${PASSWORD}"}},
    ],
)
def test_basic_credentials_are_sent_as_the_standard_says(connection: dict[str, object]) -> None:
    settings = read_settings("metrics", connection, {"PASSWORD": "p@ss"})
    # base64 of "ann:p@ss"
    assert settings.headers == {"Authorization": "Basic YW5uOnBAc3M="}
    assert "ann" not in settings.shown_url


def test_more_steps_than_prometheus_answers_are_refused() -> None:
    (problem,) = problems({"url": URL, "stepsPerQuery": 11_001})
    assert "at most 11000" in problem.what


def test_making_a_source_contacts_nobody_and_reads_no_file() -> None:
    PrometheusSource("metrics", {"url": "https://127.0.0.1:1", "caFile": "/nowhere.pem"}, {}).close()
