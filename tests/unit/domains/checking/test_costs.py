"""What queries read, worked by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.domains.checking.query_costs import Size, reads, samples_of
from made_commands import Ran, typed
from made_lint import practice, slo
from servers import free_port

DAY = 86_400


def cost(folder: Path, text: str, *arguments: str) -> Ran:
    (folder / "handbook").mkdir(exist_ok=True)
    (folder / "handbook" / "practice.yaml").write_text(text)
    return typed("cost", *arguments, shop=folder)


@pytest.mark.parametrize(
    ("query", "samples"),
    [
        ("x", 10),
        ("x + y", 13),
        ("sum(rate(x[5m]))", 10 * 10),
        ("rate(x[5m] offset 1d)", 10 * 10),
        ("max_over_time(x[1h:1m])", 10 * 60),
        ("max_over_time(rate(x[5m])[1h:1m])", 10 * 10 * 60),
        ("max_over_time(max_over_time(x[10m:1m])[1h:10m])", 10 * 10 * 6),
        ("1 + 1", 0),
        ("sum(", 0),
    ],
)
def test_a_query_reads_what_its_ranges_and_subqueries_say(query: str, samples: float) -> None:
    assert samples_of(query, {"x": Size(10, 30.0), "y": Size(3, 30.0)}) == pytest.approx(samples)


def test_a_selector_is_read_as_often_as_it_stands() -> None:
    assert len(reads("x - x offset 1m or x")) == 3


def test_windows_over_series_read_what_the_knowledge_says(tmp_path: Path) -> None:
    # 5m + 30m + 1h + 2h + 6h + 1d + 3d = 105.6 h, at 30 s 12,670 samples a series; 30 d are 86,400 more.
    ran = cost(tmp_path, practice(slo(window="30d")), "--json", "--series", "100")
    assert ran.code == 0, ran.err
    [one] = ran.json["slos"]
    assert one["windows"]["3d"] == 200 * 3 * DAY / 30
    assert one["windows"]["30d"] == 200 * 86_400
    assert one["per_minute"]["raw"] == pytest.approx(200 * (12_670 + 86_400))
    assert (one["series"], one["is_assumed"]) == (200, True)
    # 20 samples a series and minute for the counts; two series of 105.6 h and, every five minutes, 30 d of them.
    recorded = 200 * 2 + 2 * 12 * 105.5833333 + 2 * 8_640 / 5
    assert one["per_minute"]["recorded"] == pytest.approx(recorded, rel=1e-6)


def test_what_is_pushed_reads_nothing_and_services_are_added(tmp_path: Path) -> None:
    ran = cost(tmp_path, practice(slo("one"), slo("two")), "--json")
    found = ran.json
    assert found["per_minute"]["raw"] == pytest.approx(sum(one["per_minute"]["raw"] for one in found["slos"]))
    assert found["services"][0]["objectives"] == 2
    pushed = practice().replace("type: prometheus, connectionDetails", "type: push, connectionDetails")
    asked = (
        slo()
        .replace("spec: {query: 'errors_total'}", "spec: {}")
        .replace("spec: {query: 'requests_total'}", "spec: {}")
    )
    assert cost(tmp_path, pushed + asked, "--json").json["slos"] == []


def test_a_window_that_prometheus_refuses_is_told(tmp_path: Path) -> None:
    ran = cost(tmp_path, practice(slo(window="30d")), "--series", "1000")
    assert "30d reads 172,800,000 samples, and Prometheus refuses above 50,000,000" in ran.out
    for form in ("sarif", "junit"):
        assert "beyond-max-samples" in cost(tmp_path, practice(slo()), "--series", "1000", "--format", form).out


def test_a_source_that_does_not_answer_ends_with_3(tmp_path: Path) -> None:
    ran = cost(tmp_path, practice(slo(), url=f"http://127.0.0.1:{free_port()}"), "--live")
    assert (ran.code, "did not answer" in ran.err) == (3, True)
