"""A counter that appears where nobody says whether its target was up."""

from pathlib import Path

import pytest

from instants import NOON_SECONDS
from leadline.adapters.sources.prometheus import PrometheusSource
from leadline.ports.source import Answer, Role, SourceQuery
from servers import StartPrometheus
from tsdb_truth import build_blocks

START = NOON_SECONDS - 3600


@pytest.mark.parametrize("has_up", [True, False])
def test_a_first_value_that_cannot_be_judged_is_told(
    tmp_path: Path, promtool: str, prometheus_server: StartPrometheus, has_up: bool
) -> None:
    labels = '{job="j",instance="x"}'
    times = range(START - 86_400 - 600, NOON_SECONDS + 60, 60)
    lines = [f"up{labels} 1 {at}\n" for at in times] if has_up else []
    with (tmp_path / "data.om").open("w") as file:
        file.writelines(["# TYPE up gauge\n", *lines, "# TYPE requests counter\n"])
        file.writelines(f"requests_total{labels} {at // 60} {at}\n" for at in times)
        file.write("# TYPE errors counter\n")
        file.writelines(f"errors_total{labels} 600 {at}\n" for at in times if at >= START + 1800)
        file.write("# EOF\n")
    build_blocks(promtool, tmp_path / "data.om", tmp_path / "blocks")
    source = PrometheusSource("metrics", {"url": prometheus_server(tsdb_dir=tmp_path / "blocks")}, {})
    try:
        queries = [SourceQuery(name, Role.TOTAL, f"{name}_total", counter=True) for name in ("errors", "requests")]
        found: dict[str, Answer] = {
            answer.query.sli: answer for answer in source.answer(queries, START, NOON_SECONDS, progress=lambda _: None)
        }
    finally:
        source.close()
    events = found["errors"].groups[()]
    assert float(events[events > 0].sum()) == (600 if has_up else 0)
    told = [warning for warning in found["errors"].warnings if "no `up` series" in warning]
    assert len(told) == (0 if has_up else 1)
    assert not found["requests"].warnings, "it was there all the time"
