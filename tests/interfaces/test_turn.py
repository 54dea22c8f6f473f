"""`status --collect`: one turn in one command."""

import socket
from contextlib import closing
from pathlib import Path

from http_answers import ONE, Asked, Said, http_server, success
from terminal import leadline, ratio_handbook, write


def test_one_command_collects_and_judges(tmp_path: Path) -> None:
    asked: list[Asked] = []

    def reply(request: Asked) -> Said:
        asked.append(request)
        return ONE if request.path.endswith("/query") else success({"resultType": "matrix", "result": []})

    with http_server(reply) as talk:
        write(tmp_path, ratio_handbook(talk.url, "errors_total", "requests_total"))
        plain = leadline(tmp_path, "status", "--json")
        assert not asked
        ended = leadline(tmp_path, "status", "--collect", "--json")
    assert asked
    assert plain.code == 0
    assert ended.code == 3, "no series came"
    assert "no series in the whole range" in ended.err
    assert [slo["level"] for slo in ended.json["slos"]] == ["unknown"]


def test_a_source_that_is_down_still_shows_what_is_known(tmp_path: Path) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        write(tmp_path, ratio_handbook(f"http://127.0.0.1:{unused.getsockname()[1]}", "errors_total", "requests_total"))
        ended = leadline(tmp_path, "status", "--collect")
    assert ended.code == 3
    assert "refused" in ended.err
    assert "shop-availability" in ended.out


def test_types_that_speak_promql_are_answered_by_the_same_source(tmp_path: Path) -> None:
    write(
        tmp_path,
        ratio_handbook("http://127.0.0.1:9", "errors_total", "requests_total").replace(
            "type: prometheus", "type: thanos"
        ),
    )
    assert leadline(tmp_path, "validate").code == 0
