"""
What all tests share: a clean environment, the servers they may use, and what becomes of tests that cannot run here.

A test that uses a server's fixture, or carries its mark, is skipped where the program is missing, and the end of the
run lists what to install. With LEADLINE_TEST_REQUIRE=all a skipped test has failed. LEADLINE_TEST_LONG=1 runs fault and
fuzz tests at full length (`long_run` tells them).
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest

from servers import LOGS, PACKAGES, Nginx, Servers, StartPrometheus, missing_for, program, tail

IS_LONG = os.environ.get("LEADLINE_TEST_LONG", "") not in {"", "0"}
NOTHING_MAY_BE_SKIPPED = os.environ.get("LEADLINE_TEST_REQUIRE", "") == "all"
WATCHED_SECONDS = 200
"""Long enough for two whole steps after the first scrape, and for the time that a source is given to settle."""
FIXTURES = {
    "prometheus_server": "prometheus",
    "prometheus_servers": "prometheus",
    "watched_prometheus": "prometheus",
    "promtool": "prometheus",
    "node_exporter": "node_exporter",
    "nginx_server": "nginx",
    "alertmanager_server": "alertmanager",
    "chromium": "chromium",
    "postgresql_url": "postgresql",
    "postgresql_database": "postgresql",
}
"""Which mark a fixture brings with it."""

# A shared machine is slow at times: a deadline would fail tests for what is not their fault.
hypothesis.settings.register_profile(
    "short", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(
    "long", deadline=None, max_examples=2000, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("long" if IS_LONG else "short")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, mark in FIXTURES.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)
    # What waits until a Prometheus has lived for some minutes comes last: other tests fill the wait.
    items.sort(key=_waits)


def _waits(item: pytest.Item) -> bool:
    return "watched_prometheus" in getattr(item, "fixturenames", ())


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in PACKAGES:
        if item.get_closest_marker(mark) and (reason := missing_for(mark)):
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    report = yield
    if NOTHING_MAY_BE_SKIPPED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and LEADLINE_TEST_REQUIRE=all: {_reason(report)}"
    if report.failed and any(item.get_closest_marker(mark) for mark in PACKAGES):
        report.sections += [(f"log of {name}", tail(log)) for name, log in LOGS.items()]
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    report = yield
    if NOTHING_MAY_BE_SKIPPED and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, and LEADLINE_TEST_REQUIRE=all: {_reason(report)}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("not run here")
    by_reason: dict[str, list[str]] = {}
    for report in skipped:
        by_reason.setdefault(_reason(report), []).append(report.nodeid)
    for reason, names in sorted(by_reason.items()):
        terminalreporter.write_line(f"{len(names)} tests: {reason}")
        for name in names:
            terminalreporter.write_line(f"    {name}")


def _reason(report: Any) -> str:
    longrepr = report.longrepr
    return str(longrepr[2] if isinstance(longrepr, tuple) else longrepr).removeprefix("Skipped: ")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of the one who runs it, nor leaves its own behind."""
    for name in list(os.environ):
        if name.startswith("LEADLINE_") and not name.startswith("LEADLINE_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def long_run() -> bool:
    """Whether fault and fuzz tests run at full length."""
    return IS_LONG


@pytest.fixture(scope="session")
def _servers_folder() -> Iterator[Path]:
    # Below the system's folder for temporary files, since pytest's own cannot be entered by PostgreSQL's user.
    folder = Path(tempfile.mkdtemp(prefix="leadline-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _servers(folder: Path) -> Iterator[Servers]:
    servers = Servers(folder)
    try:
        yield servers
    finally:
        servers.stop()


@pytest.fixture(scope="session")
def _session_servers(_servers_folder: Path) -> Iterator[Servers]:
    yield from _servers(_servers_folder)


@pytest.fixture
def prometheus_server(tmp_path: Path) -> Iterator[StartPrometheus]:
    """
    Starts Prometheus as often as called, for one test; returns its URL.

    Arguments, all optional: `tsdb_dir`, `scrape=[(job, address)]`, `scrape_interval="1s"`, `extra_args`,
    `scrape_itself`; see `Servers.prometheus`.
    """
    for servers in _servers(tmp_path):
        yield servers.prometheus


@pytest.fixture
def nginx_server(tmp_path: Path) -> Iterator[Callable[[str, str], Nginx]]:
    """Starts nginx for one test, from the format of its access log and its locations; see `Servers.nginx`."""
    for servers in _servers(tmp_path):
        yield servers.nginx


@pytest.fixture(scope="module")
def prometheus_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartPrometheus]:
    """As `prometheus_server`, for servers that a whole module shares."""
    for servers in _servers(tmp_path_factory.mktemp("prometheus")):
        yield servers.prometheus


@pytest.fixture(scope="session")
def promtool() -> str:
    """Path of promtool."""
    return program("promtool")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright: `chromium.new_page()`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def alertmanager_server(tmp_path: Path) -> Iterator[str]:
    """URL of a running Alertmanager, for one test."""
    for servers in _servers(tmp_path):
        yield servers.alertmanager()


@pytest.fixture(scope="session")
def node_exporter(_session_servers: Servers) -> str:
    """Address, host:port, of a running node exporter."""
    return _session_servers.node_exporter()


@dataclass(frozen=True)
class _Watched:
    started_at: float
    addresses: dict[str, str]


@pytest.fixture(scope="session", autouse=True)
def _watched(request: pytest.FixtureRequest) -> Iterator[_Watched | None]:
    # Started with the session, not when first asked for: see the order of the tests above.
    if not any(_waits(item) for item in request.session.items) or missing_for("prometheus"):
        yield None
        return
    folder = request.getfixturevalue("_servers_folder")
    for servers in _servers(folder):
        exporter = request.getfixturevalue("node_exporter") if not missing_for("node_exporter") else None
        scrape = [("node", exporter)] if exporter else []
        url = servers.prometheus(scrape=scrape, scrape_interval="5s", scrape_itself=True)
        addresses = {
            "localhost:9090": url.removeprefix("http://"),
            **({"localhost:9100": exporter} if exporter else {}),
        }
        yield _Watched(time.time(), addresses)


@pytest.fixture
def watched_prometheus(_watched: _Watched | None) -> dict[str, str]:
    """
    A Prometheus that has scraped itself and a node exporter, every 5 s, for WATCHED_SECONDS or longer.

    The addresses that documentation writes, `localhost:9090` and `localhost:9100`, with those they really have.
    """
    assert _watched is not None
    time.sleep(max(0.0, _watched.started_at + WATCHED_SECONDS - time.time()))
    return _watched.addresses


@pytest.fixture(scope="session")
def postgresql_url(_session_servers: Servers) -> str:
    """URL of the administrative database of a running PostgreSQL that this run owns."""
    return _session_servers.postgresql()


_database_numbers = itertools.count(1)


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[str]:
    """URL of a new, empty database, dropped after the test."""
    name = f"test_{next(_database_numbers)}"
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield postgresql_url.removesuffix("postgres") + name
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def simulated_history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Sixty days of the VirtEngine practice with every shape of incident, as a `simulated.History`; only to be read."""
    from simulated import simulated  # most runs need no history

    with simulated(tmp_path_factory.mktemp("history") / "ledger.db") as history:
        yield history
