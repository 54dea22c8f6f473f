"""`/metrics` of a running server, as a real Prometheus reads it, and as the documentation describes it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from instants import NOON
from leadline.adapters.store import open_store
from made_alerts import write_down
from made_commands import a_shop, typed
from made_pushed import pushed_objectives
from served import Served, served
from servers import StartPrometheus
from simulated import VIRTENGINE
from terminal import write
from tree import ROOT

PAGE = ROOT / "docs" / "metrics.md"
SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("practice")
    shutil.copytree(VIRTENGINE, folder / "handbook", ignore=shutil.ignore_patterns(".leadline"))
    assert typed("simulate", "--days", "2", shop=folder).code == 0
    with served(folder) as server:
        yield server


@pytest.fixture(scope="module")
def text(practice: Served) -> str:
    answer = practice.ask("GET", "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return answer.text


@pytest.fixture(scope="module")
def slos(practice: Served) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = practice.ask("GET", "/api/v1/slos").json()["slos"]
    return found


def samples(text: str, name: str) -> dict[frozenset[tuple[str, str]], float]:
    """Values of one metric by labels."""
    lines = [found for line in text.splitlines() if (found := SAMPLE.fullmatch(line)) and found[1] == name]
    return {frozenset(LABEL.findall(line[2] or "")): float(line[3]) for line in lines}


def by_slo(text: str, name: str) -> dict[str, float]:
    return {dict(labels)["slo"]: value for labels, value in samples(text, name).items()}


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("leadline_slo_objective_ratio", lambda slo: slo["objective"]),
        ("leadline_slo_sli_ratio", lambda slo: slo["sli"]),
        ("leadline_slo_budget_remaining_ratio", lambda slo: slo["budget"]["remaining"]),
        ("leadline_slo_coverage_ratio", lambda slo: slo["coverage"]),
        (
            "leadline_slo_level",
            lambda slo: ["healthy", "warning", "critical", "depleted", "unknown"].index(slo["level"]),
        ),
    ],
)
def test_a_metric_is_the_figure_of_the_api_and_what_has_none_has_no_sample(
    text: str, slos: list[dict[str, Any]], name: str, figure: Callable[[dict[str, Any]], float | None]
) -> None:
    expected = {slo["slo"]: value for slo in slos if (value := figure(slo)) is not None}
    assert expected
    assert by_slo(text, name) == pytest.approx(expected, rel=1e-12)


def test_what_was_never_measured_has_a_level_and_no_figure(tmp_path: Path) -> None:
    write(tmp_path, pushed_objectives(3))
    with served(tmp_path) as server:
        text = server.ask("GET", "/metrics").text
    assert set(by_slo(text, "leadline_slo_level").values()) == {4.0}
    for name in ("leadline_slo_sli_ratio", "leadline_slo_budget_remaining_ratio", "leadline_slo_burn_rate"):
        assert samples(text, name) == {}


def test_burn_rates_stand_under_their_own_windows(text: str, slos: list[dict[str, Any]]) -> None:
    """EB-23: a value never lands under another label's name."""
    expected = {
        frozenset({("slo", slo["slo"]), ("service", slo["service"]), ("window", window)}): value
        for slo in slos
        for window, value in slo["burn"].items()
        if value is not None
    }
    assert samples(text, "leadline_slo_burn_rate") == pytest.approx(expected)


def test_a_change_of_level_begins_no_new_series(text: str, slos: list[dict[str, Any]]) -> None:
    """EB-22: the level is a value, so there is one series for each objective, and none that goes stale."""
    found = samples(text, "leadline_slo_level")
    assert {frozenset(dict(labels)) for labels in found} == {frozenset({"slo", "service"})}
    assert len(found) == len(slos)
    assert not any(f'"{level}"' in text for level in ("healthy", "warning", "critical", "depleted", "unknown"))


def test_promtool_has_nothing_to_say_about_it(text: str, promtool: str) -> None:
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_prometheus_scrapes_it(
    practice: Served, prometheus_server: StartPrometheus, slos: list[dict[str, Any]]
) -> None:
    url = prometheus_server(scrape=[("leadline", practice.url.removeprefix("http://"))])
    deadline, found = time.monotonic() + 30, []
    while not found and time.monotonic() < deadline:
        time.sleep(0.2)
        answer = httpx.get(f"{url}/api/v1/query", params={"query": "leadline_slo_level"}, timeout=10)
        found = answer.json()["data"]["result"]
    assert {each["metric"]["slo"] for each in found} == {slo["slo"] for slo in slos}


def test_the_page_names_every_metric_with_its_labels_and_no_other(text: str) -> None:
    told = dict(re.findall(r"^\| `(leadline_\w+)` \|([^|]*)\|", PAGE.read_text(), re.MULTILINE))
    told_labels = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in told.items()}
    shown = set(re.findall(r"^# TYPE (\w+) gauge$", text, re.MULTILINE))
    assert set(told_labels) == shown
    for name in shown:
        for labels in samples(text, name):
            assert set(dict(labels)) == told_labels[name], name


def test_the_scrape_config_of_the_page_is_one_and_the_panel_asks_for_metrics_that_there_are(
    text: str, promtool: str, tmp_path: Path
) -> None:
    page = PAGE.read_text()
    config, panel = (re.search(rf"```{kind}\n(.*?)```", page, re.DOTALL) for kind in ("yaml", "json"))
    assert config is not None
    assert panel is not None
    (tmp_path / "token").write_text("ll_x")
    (tmp_path / "prometheus.yml").write_text(
        config[1].replace("/etc/prometheus/leadline.token", str(tmp_path / "token"))
    )
    checked = subprocess.run(
        [promtool, "check", "config", str(tmp_path / "prometheus.yml")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    asked = [target["expr"] for target in json.loads(panel[1])["targets"]]
    names = {name for query in asked for name in re.findall(r"leadline_\w+", query)}
    assert names
    assert names <= set(re.findall(r"^# TYPE (\w+) gauge$", text, re.MULTILINE))


def test_what_is_told_to_whom_is_told_by_target(practice: Served) -> None:
    refused = practice.ask("POST", "/api/v1/notifications/test", json={"target": "sre-chat"})
    assert (refused.status_code, "SLACK_BOT_TOKEN" in refused.json()["detail"]) == (502, True)
    text = practice.ask("GET", "/metrics").text
    counts = samples(text, "leadline_notification_deliveries")
    assert counts[frozenset({("target", "sre-chat"), ("state", "dead")})] == 1
    assert counts[frozenset({("target", "sre-pager"), ("state", "dead")})] == 0
    assert samples(text, "leadline_notification_waiting_seconds")[frozenset({("target", "sre-chat")})] == 0


def test_alerts_that_hold_are_counted_by_severity(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    with served(shop, now=lambda: NOON) as server:
        with open_store(f"sqlite:///{shop}/handbook/.leadline/leadline.db") as store:
            write_down(store.episodes)  # after the turn, which would end them
        found = samples(server.ask("GET", "/metrics").text, "leadline_alerts_firing")
    expected = {"page": 1, "ticket": 1, "notify": 0}
    assert found == {frozenset({("severity", severity)}): count for severity, count in expected.items()}
