"""
Eight mistakes that trip every tool of the field: each gets its exit code, the place, the value read and the way out.

Those that concern a source are made against a real Prometheus, or a real socket that behaves as badly as they can.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from http_answers import Asked, Said, http_server, success
from terminal import leadline, ratio_handbook, write

BAD = 'prometheus_http_requests_total{code=~"5.."}'
TOTAL = "prometheus_http_requests_total"
NOWHERE = "http://127.0.0.1:9"


def line_of(file: Path, text: str) -> int:
    return next(number for number, line in enumerate(file.read_text().splitlines(), 1) if text in line)


def test_a_misspelt_key_is_named_with_its_place_and_the_nearest_key(tmp_path: Path) -> None:
    file = write(tmp_path, ratio_handbook(NOWHERE, BAD, TOTAL).replace("budgetingMethod", "budgetingMethd"))
    ended = leadline(tmp_path, "validate", "--json")
    assert ended.code == 2
    problem = next(found for found in ended.json["problems"] if found["key"] == "spec.budgetingMethd")
    assert problem["file"] == "handbook/practice.yaml"
    assert problem["line"] == line_of(file, "budgetingMethd")
    assert problem["column"] == 3
    assert "budgetingMethod" in problem["hint"]
    for command in (["collect"], ["status"], ["slo", "show", "shop-availability"]):
        assert leadline(tmp_path, *command).code == 2
        assert "spec.budgetingMethd" in leadline(tmp_path, *command).err


def test_a_percentage_where_a_ratio_is_meant_is_refused_with_the_ratio(tmp_path: Path) -> None:
    file = write(tmp_path, ratio_handbook(NOWHERE, BAD, TOTAL, target="99.9"))
    ended = leadline(tmp_path, "validate", "--json")
    assert ended.code == 2
    [problem] = ended.json["problems"]
    assert (problem["line"], problem["key"]) == (line_of(file, "99.9"), "spec.objectives[0].target")
    assert problem["value"] == "99.9"
    assert "0.999" in problem["hint"]


def test_broken_promql_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    file = write(tmp_path, ratio_handbook(NOWHERE, 'errors_total{code=~"5.."', TOTAL))
    ended = leadline(tmp_path, "validate", "--json")
    assert ended.code == 2
    [problem] = ended.json["problems"]
    assert problem["line"] == line_of(file, "errors_total")
    assert problem["key"].endswith("bad.metricSource.spec.query")
    assert "errors_total" in problem["value"]
    assert problem["what"]
    assert problem["hint"]


def test_a_duplicate_name_is_refused_with_the_place_of_the_other(tmp_path: Path) -> None:
    text = ratio_handbook(NOWHERE, BAD, TOTAL)
    service = text.split("---\n")[1]
    file = write(tmp_path, f"{text}---\n{service}")
    ended = leadline(tmp_path, "validate", "--json")
    assert ended.code == 2
    [problem] = ended.json["problems"]
    assert problem["key"] == "metadata.name"
    assert problem["value"] == "shop"
    first = line_of(file, "kind: Service")
    assert f"handbook/practice.yaml:{first - 1}" in problem["hint"]
    assert problem["line"] > first


@pytest.mark.prometheus
def test_a_missing_metric_is_said_with_the_nearest_one_and_is_never_a_perfect_budget(
    tmp_path: Path, watched_prometheus: dict[str, str]
) -> None:
    url = f"http://{watched_prometheus['localhost:9090']}"
    write(tmp_path, ratio_handbook(url, 'prometheus_http_request_total{code=~"5.."}', "prometheus_http_request_total"))
    ended = leadline(tmp_path, "collect", "--since", "1h")
    assert ended.code == 3
    assert "shop-requests (metrics)" in ended.err
    assert "no series" in ended.err
    assert "prometheus_http_requests_total" in ended.err
    assert_unknown(tmp_path)


@pytest.mark.prometheus
def test_an_empty_answer_is_unknown_and_not_100_per_cent(tmp_path: Path, prometheus_server: Any) -> None:
    url = prometheus_server()
    write(tmp_path, ratio_handbook(url, BAD, TOTAL))
    ended = leadline(tmp_path, "collect", "--since", "1h")
    assert ended.code == 3
    assert "no series in the whole range" in ended.err
    assert_unknown(tmp_path)


@pytest.mark.prometheus
def test_the_words_of_prometheus_are_passed_on(tmp_path: Path, watched_prometheus: dict[str, str]) -> None:
    url = f"http://{watched_prometheus['localhost:9090']}"
    many_to_many = "up * on () group_left prometheus_http_requests_total"
    write(tmp_path, ratio_handbook(url, BAD, many_to_many).replace("counter: true", "counter: false"))
    ended = leadline(tmp_path, "collect", "--since", "1h")
    assert ended.code == 3
    assert "shop-requests (metrics)" in ended.err
    assert "many" in ended.err


def test_a_prometheus_that_is_down_is_named_and_the_budget_is_unknown(tmp_path: Path) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        write(tmp_path, ratio_handbook(url, BAD, TOTAL))
        ended = leadline(tmp_path, "collect", "--since", "1h")
    assert ended.code == 3
    assert url in ended.err
    assert "refused" in ended.err
    assert_unknown(tmp_path)


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Accepts connections and never says a word."""
    held: list[socket.socket] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join()
    for connection in held:
        connection.close()


def test_a_prometheus_that_accepts_and_never_answers_is_given_up_within_ten_seconds(
    tmp_path: Path, silent_server: str
) -> None:
    write(tmp_path, ratio_handbook(silent_server, BAD, TOTAL))
    begun = time.monotonic()
    ended = leadline(tmp_path, "collect", "--since", "1h")
    waited = time.monotonic() - begun
    assert ended.code == 3
    assert silent_server in ended.err
    assert waited < 15, "10 s of waiting and the start of a process on a busy machine"
    assert_unknown(tmp_path)


def token(text: str) -> dict[str, str]:
    return {"METRICS_TOKEN": text}


def test_credentials_are_sent_and_never_printed(tmp_path: Path) -> None:
    seen: list[Asked] = []

    def reply(asked: Asked) -> Said:
        seen.append(asked)
        if asked.headers.get("authorization") != "Bearer s3cret":
            return Said(401, "who are you", {})
        return success({"resultType": "matrix", "result": []})

    with http_server(reply) as talk:
        connection = "    headers:\n      Authorization: Bearer ${METRICS_TOKEN}"
        write(tmp_path, ratio_handbook(talk.url, BAD, TOTAL, connection=connection))
        ended = leadline(tmp_path, "collect", "--since", "1h", **token("s3cret"))
        refused = leadline(tmp_path, "collect", "--since", "1h", **token("wr0ng"))
        missing = leadline(tmp_path, "collect", "--since", "1h")
    assert seen
    assert "401" in refused.err
    assert (ended.code, refused.code, missing.code) == (3, 3, 2)
    assert "METRICS_TOKEN" in missing.err
    for text in (ended.err, ended.out, refused.err, refused.out):
        assert "s3cret" not in text
        assert "wr0ng" not in text


def assert_unknown(folder: Path) -> None:
    """Nothing was seen, so nothing is said to be well."""
    ended = leadline(folder, "status", "--json", "--exit-code")
    assert ended.code == 3
    [slo] = ended.json["slos"]
    assert slo["level"] == "unknown"
    assert slo["reason"]
    assert slo["sli"] is None
    assert slo["budget"]["remaining"] is None
    shown = leadline(folder, "status")
    assert shown.code == 0
    assert "100 %" not in shown.out
