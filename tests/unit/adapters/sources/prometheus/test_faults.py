"""What a server does wrong, and what the one who must act is told; each over real HTTP."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import numpy as np
import pytest

from http_answers import ONE, Asked, Said, failure, http_server, success
from instants import NOON_SECONDS
from leadline.adapters.sources.prometheus import PrometheusSource
from leadline.errors import SourceError
from leadline.ports.source import Answer, Role, SourceQuery
from servers import free_port

Make = Callable[..., PrometheusSource]


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def make(fake_time: FakeTime) -> Iterator[Make]:
    """Sources that are closed at the end; `real_time=True` for those that wait."""
    made: list[PrometheusSource] = []

    def build(url: str, *, real_time: bool = False, **connection: object) -> PrometheusSource:
        times: dict[str, Any] = {} if real_time else {"sleep": fake_time.sleep, "clock": fake_time.clock}
        made.append(PrometheusSource("metrics", {"url": url, **connection}, {}, **times))
        return made[-1]

    yield build
    for source in made:
        source.close()


def gauges(*texts: str) -> list[SourceQuery]:
    return [SourceQuery(text, Role.VALUE, text, counter=False) for text in texts]


def ask(source: PrometheusSource, queries: list[SourceQuery], steps: int = 1) -> list[Answer]:
    start = NOON_SECONDS - steps * 60
    return list(source.answer(queries, start, NOON_SECONDS, progress=lambda _: None))


def value_at_noon(text: str) -> Said:
    return success({"resultType": "vector", "result": [{"metric": {}, "value": [NOON_SECONDS, text]}]})


def in_turn(*said: Said) -> Callable[[Asked], Said]:
    """Each response once, the last one for ever."""
    replies = chain(said, repeat(said[-1]))
    return lambda _: next(replies)


def test_a_server_that_is_down_is_named_with_its_address(make: Make) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(
        SourceError, match=r"metrics at http://127.0.0.1:\d+ refused the connection; is it running"
    ) as it:
        make(url).check()
    assert it.value.retryable


def test_a_server_that_is_down_is_an_answer_to_each_query(make: Make) -> None:
    answers = ask(make(f"http://127.0.0.1:{free_port()}"), gauges("up", "down"))
    assert [answer.query.text for answer in answers] == ["up", "down"]
    assert all("refused the connection" in str(answer.error) for answer in answers)


def test_credentials_are_sent_and_never_shown(make: Make) -> None:
    with http_server(lambda _: Said(403, "no")) as talk:
        url = talk.url.replace("//", "//ann:s3cret@") + "?token=hidden"
        with pytest.raises(SourceError) as it:
            make(url).check()
    assert talk.asked[0].headers["authorization"] == "Basic YW5uOnMzY3JldA=="
    assert "hidden" in talk.asked[0].form.values()
    assert "s3cret" not in str(it.value)
    assert "hidden" not in str(it.value)
    assert "refuses us (403)" in str(it.value)
    assert not it.value.retryable


@pytest.fixture
def mute_url() -> Iterator[str]:
    """A server whose system accepts connections, while nobody reads what comes."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_server_that_accepts_and_never_answers_is_given_up_within_ten_seconds(
    make: Make, mute_url: str, long_run: bool
) -> None:
    limit: dict[str, object] = {} if long_run else {"timeoutSeconds": 0.5}
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"accepted the request and did not answer within (9\.0|0\.5) s"):
        make(mute_url, real_time=True, **limit).check()
    assert time.monotonic() - began < (10 if long_run else 1.5)


def test_no_setting_makes_a_check_longer_than_ten_seconds(make: Make, fake_time: FakeTime) -> None:
    starting = Said(503, "starting", {"Retry-After": "10"})
    with http_server(lambda _: starting) as talk, pytest.raises(SourceError, match=r"busy \(503\): starting"):
        make(talk.url, timeoutSeconds=600).check()
    assert fake_time.now < 10


def test_certificates_that_cannot_be_read_are_named(make: Make) -> None:
    with pytest.raises(SourceError, match=r"caFile /nowhere.pem cannot be used: .*; name a file of PEM certificates"):
        make("https://127.0.0.1:1", caFile="/nowhere.pem").check()


def test_a_silent_server_costs_one_time_out_and_not_one_for_each_query(make: Make, mute_url: str) -> None:
    source = make(mute_url, real_time=True, timeoutSeconds=0.4)
    began = time.monotonic()
    answers = ask(source, gauges(*(f"metric_{number}" for number in range(400))), steps=300)
    assert time.monotonic() - began < 4
    assert {"did not answer within 0.4 s" in str(answer.error) for answer in answers} == {True}


def test_a_server_that_comes_back_is_asked_again_with_growing_pauses(make: Make, fake_time: FakeTime) -> None:
    busy = Said(503, "<html><body><h1>Service Unavailable</h1></body></html>")
    with http_server(in_turn(busy, busy, busy, ONE)) as talk:
        make(talk.url).check()
    assert len(talk.asked) == 4
    assert len(fake_time.naps) == 3
    assert fake_time.naps == sorted(fake_time.naps)
    assert fake_time.naps[0] < 0.5


def test_four_attempts_are_enough(make: Make) -> None:
    gateway = Said(502, "Bad Gateway")
    with http_server(lambda _: gateway) as talk, pytest.raises(SourceError, match=r"\(502\): Bad Gateway") as it:
        make(talk.url).check()
    assert len(talk.asked) == 4
    assert it.value.retryable


def test_retry_after_is_honoured_up_to_ten_seconds(make: Make, fake_time: FakeTime) -> None:
    slower = failure(429, "", "slow down")
    replies = in_turn(
        Said(429, slower.body, {"Retry-After": "7"}), Said(429, "", {"Retry-After": "3600"}), value_at_noon("5")
    )
    with http_server(replies) as talk:
        (answer,) = ask(make(talk.url), gauges("up"))
    assert answer.groups[()].tolist() == [5.0]
    assert fake_time.naps == [7.0, 10.0]


def test_a_login_page_is_no_answer(make: Make) -> None:
    page = "<html><head><style>p{}</style><title>Sign in</title></head><body>Please log in</body></html>"
    message = r"200 with text/html that is not its API's: Sign in Please log in; set url"
    login = Said(200, page, {"Content-Type": "text/html; charset=utf-8"})
    with http_server(lambda _: login) as talk, pytest.raises(SourceError, match=message):
        make(talk.url).check()


def test_a_redirect_to_another_host_is_not_followed(make: Make) -> None:
    with http_server(lambda _: ONE) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost") + "/api/v1/query"
        message = r"redirected \(302\) to http://localhost:\d+/api/v1/query; set url"
        moved = Said(302, "", {"Location": elsewhere})
        with http_server(lambda _: moved) as talk, pytest.raises(SourceError, match=message):
            make(talk.url).check()
    assert not other.asked


def test_a_redirect_within_the_host_keeps_the_query(make: Make) -> None:
    def reply(asked: Asked) -> Said:
        return ONE if asked.path.startswith("/prom/") else Said(308, "", {"Location": "/prom" + asked.path})

    with http_server(reply) as talk:
        make(talk.url).check()
    assert [asked.form.get("query") for asked in talk.asked] == ["vector(1)", "vector(1)"]


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[1, 2]",
        "not json at all",
        '{"status": "success"}',
        '{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}}]}}',
        '{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "x"]}]}}',
        '{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "2"]}]}}',
        "[" * 100_000,
    ],
)
def test_an_answer_of_another_form_is_an_error_and_no_number(make: Make, body: str) -> None:
    with http_server(lambda _: Said(200, body, {"Content-Type": "application/json"})) as talk:
        (answer,) = ask(make(talk.url), gauges("up"))
    assert isinstance(answer.error, SourceError)
    assert not answer.groups


def test_headers_go_with_every_request(make: Make) -> None:
    with http_server(lambda _: ONE) as talk:
        source = PrometheusSource(
            "metrics",
            {"url": talk.url, "headers": {"X-Scope-OrgID": "team-a", "X-Key": "k ${KEY}"}, "bearerToken": "${TOKEN}"},
            {"KEY": "v", "TOKEN": "t0ken"},
        )
        source.check()
        source.close()
    headers = talk.asked[0].headers
    assert (headers["x-scope-orgid"], headers["x-key"], headers["authorization"]) == ("team-a", "k v", "Bearer t0ken")


def test_the_rate_limit_spaces_requests(make: Make, fake_time: FakeTime) -> None:
    with http_server(lambda _: ONE) as talk:
        source = make(talk.url, queriesPerSecond=4)
        for _ in range(5):
            source.check()
    assert fake_time.naps == [0.25] * 4


def test_a_server_without_post_is_asked_with_get(make: Make) -> None:
    with http_server(lambda asked: ONE if asked.method == "GET" else Said(405, "no")) as talk:
        source = make(talk.url)
        source.check()
        source.check()
    assert [asked.method for asked in talk.asked] == ["POST", "GET", "GET"]


@pytest.mark.parametrize(("code", "kind"), [(400, "bad_data"), (422, "execution"), (422, "422"), (500, "internal")])
def test_a_broken_query_spoils_no_other_and_the_servers_words_are_passed_on(make: Make, code: int, kind: str) -> None:
    words = "found duplicate series for the match group {} on the right hand-side of the operation"

    def reply(asked: Asked) -> Said:
        query = asked.form["query"]
        if "broken" in query:
            return failure(code, kind, words)
        tags = [piece.split('"')[0] for piece in query.split('"leadline_query", "')[1:]] or [None]
        result = [{"metric": {"leadline_query": tag} if tag else {}, "value": [NOON_SECONDS, "5"]} for tag in tags]
        return success({"resultType": "vector", "result": result})

    texts = [f"metric_{number}" for number in range(20)]
    with http_server(reply) as talk:
        answers = ask(make(talk.url), gauges(*texts[:7], "broken", *texts[7:]))
    by_text = {answer.query.text: answer for answer in answers}
    assert str(by_text["broken"].error).endswith(words)
    assert all(by_text[text].groups[()].tolist() == [5.0] for text in texts)
    assert len(talk.asked) < 14


def test_a_span_that_is_too_long_is_asked_in_halves(make: Make) -> None:
    def reply(asked: Asked) -> Said:
        start, end = int(asked.form["start"]), int(asked.form["end"])
        times = range(start, end + 1, 60)
        if len(times) > 200:
            return failure(422, "execution", "query processing would load too many samples into memory")
        values = [[at, str(at % 7)] for at in times]
        return success({"resultType": "matrix", "result": [{"metric": {}, "values": values}]})

    with http_server(reply) as talk:
        (answer,) = ask(make(talk.url, maxConcurrency=1), gauges("heavy"), steps=1440)
    ends = np.arange(NOON_SECONDS - 1439 * 60, NOON_SECONDS + 1, 60)
    assert answer.groups[()].tolist() == (ends % 7).tolist()
    assert len(talk.asked) == 3 + 8


def test_a_query_that_the_server_gives_up_is_asked_over_shorter_spans(make: Make) -> None:
    def reply(asked: Asked) -> Said:
        times = range(int(asked.form["start"]), int(asked.form["end"]) + 1, 60)
        if len(times) > 400:
            return failure(503, "timeout", "query timed out in expression evaluation")
        return success({"resultType": "matrix", "result": [{"metric": {}, "values": [[at, "1"] for at in times]}]})

    with http_server(reply) as talk:
        (answer,) = ask(make(talk.url), gauges("slow"), steps=1440)
    assert answer.groups[()].tolist() == [1.0] * 1440
    assert {asked.form["timeout"] for asked in talk.asked} == {"8.000"}


def test_a_query_that_no_span_is_short_enough_for_ends_in_the_servers_words(make: Make) -> None:
    words = "query timed out in expression evaluation"
    with http_server(lambda _: failure(503, "timeout", words)) as talk:
        (answer,) = ask(make(talk.url), gauges("hopeless"), steps=1440)
    assert str(answer.error).endswith(words)
    assert len(talk.asked) < 10


def test_samples_that_are_no_numbers_become_no_data_with_a_warning(make: Make) -> None:
    values = [[NOON_SECONDS - 120, "NaN"], [NOON_SECONDS - 60, "+Inf"], [NOON_SECONDS, "0"]]
    reply = success({"resultType": "matrix", "result": [{"metric": {}, "values": values}]}, warnings=["partial"])
    with http_server(lambda _: reply) as talk:
        (answer,) = ask(make(talk.url), gauges("odd"), steps=3)
    assert np.array_equal(answer.groups[()], [np.nan, np.nan, 0.0], equal_nan=True)
    assert answer.warnings == ("partial", "the query returned NaN or infinity; such samples are taken as no data")


def test_several_series_are_refused_where_one_is_wanted(make: Make) -> None:
    result = [{"metric": {"pod": pod}, "value": [NOON_SECONDS, "1"]} for pod in "abc"]
    with http_server(lambda _: success({"resultType": "vector", "result": result})) as talk:
        (answer,) = ask(make(talk.url), gauges("many"))
    assert "returned 3 series where one is wanted; add sum() to the query, or leadline/groupBy" in str(answer.error)


def test_numbers_do_not_depend_on_which_request_ends_first(make: Make) -> None:
    def reply(asked: Asked) -> Said:
        start, end = int(asked.form["start"]), int(asked.form["end"])
        time.sleep(0.003 * (start // 60 % 3))
        values = [[at, str(at // 60 + len(asked.form["query"]))] for at in range(start, end + 1, 60)]
        return success({"resultType": "matrix", "result": [{"metric": {}, "values": values}]})

    with http_server(reply) as talk:
        source = make(talk.url, stepsPerQuery=500)
        first, second = (ask(source, gauges("a", "bb"), steps=4000) for _ in range(2))
    minutes = np.arange(NOON_SECONDS // 60 - 3999, NOON_SECONDS // 60 + 1)
    for one, other, letters in zip(first, second, (1, 2), strict=True):
        assert np.array_equal(one.groups[()], other.groups[()])
        assert np.array_equal(one.groups[()], minutes + letters)


def test_equal_queries_of_several_slis_are_asked_once(make: Make) -> None:
    queries = [SourceQuery(sli, Role.VALUE, "shared", counter=False) for sli in ("latency", "errors")]
    counts: list[int] = []
    with http_server(lambda _: value_at_noon("8")) as talk:
        answers = list(make(talk.url).answer(queries, NOON_SECONDS - 60, NOON_SECONDS, progress=counts.append))
    assert [(answer.query.sli, answer.groups[()].tolist()) for answer in answers] == [("latency", [8]), ("errors", [8])]
    assert len(talk.asked) == 1
    assert sum(counts) == 2
