"""An access log of a real nginx under load, rotated meanwhile, as SLIs: its count is nginx's own count."""

from __future__ import annotations

import gzip
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leadline.app import call, opened
from leadline.domains.measurement.model import Collect, Collection
from leadline.settings import Settings
from made_commands import a_shop, typed
from made_handbooks import Steps
from servers import Nginx, program

LOG_FORMAT = '$remote_addr [$time_local] "$request" $status $body_bytes_sent "$http_user_agent" $request_time'
LOCATIONS = """
    location = /ok { return 200 "ok"; }
    location = /fail { return 500; }
    location = /slow { limit_rate 40k; try_files /slow.bin =404; }
"""
SLOW_BYTES = 60_000
"""At 40 KB a second, the first of them at once, this takes half a second."""
HANDBOOK = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: weblog}
spec:
  type: sql
  connectionDetails:
    files: LOG*
    format: nginx
    logFormat: 'FORMAT'
---
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Sells things.}
""" + "".join(
    f"""\
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: shop
  indicator:
    metadata: {{name: {name}}}
    spec:
      ratioMetric:
        counter: false
        total:
          metricSource: {{metricSourceRef: weblog, spec: {{query: "SELECT time, {bad} AS bad, 1 AS total FROM log"}}}}
        bad: {{metricSource: {{metricSourceRef: weblog, spec: {{}}}}}}
  timeWindow: [{{duration: 1h, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.5}}]
"""
    for name, bad in (("available", "status >= 500"), ("fast", "request_time > 0.25"))
)


def collected(shop: Path, later: timedelta = timedelta(minutes=2)) -> Collection:
    """What `leadline collect` does, as if it were some minutes later, so that the present minute is asked for too."""
    settings = Settings.of({}, handbook=shop / "handbook")
    now = datetime.now(UTC) + later
    with opened(settings, Steps(), now=lambda: now) as context:
        answer: Collection = call("slices.collect", Collect(at=now, since=now - timedelta(minutes=30)), context)
    return answer


@contextmanager
def load(nginx: Nginx, path: str, seconds: int, connections: int = 8) -> Iterator[list[int]]:
    """Requests by wrk as long as the block runs, and no shorter than told; then its own count of finished ones."""
    command = [program("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", nginx.url + path]
    finished: list[int] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as wrk:
        yield finished
        said, _ = wrk.communicate(timeout=60)
    finished.append(int(re.search(r"(\d+) requests in", said)[1]))  # type: ignore[index]  # wrk always says so


def counted(nginx: Nginx, before: int) -> int:
    """Requests since nginx's own count was `before`, once none is under way; asking is a request as well."""
    for asked in range(1, 1000):
        count, connections = nginx.status()
        if connections == 1:
            return count - before - asked
        time.sleep(0.01)
    raise AssertionError("wrk's connections stay open")


def rotate(nginx: Nginx, number: int) -> None:
    """As logrotate does it, in the midst of writing."""
    size = nginx.log.stat().st_size
    while nginx.log.stat().st_size < size + 10_000:
        time.sleep(0.01)
    for old in range(number, 0, -1):
        nginx.folder.joinpath(f"access.log.{old}").rename(nginx.folder / f"access.log.{old + 1}")
    nginx.log.rename(nginx.folder / "access.log.1")
    nginx.reopen_logs()


def slow_lines(nginx: Nginx) -> int:
    """Lines whose last word is above a quarter of a second, counted without SQL."""
    files = [path for path in nginx.folder.glob("access.log*") if path.suffix != ".gz"]
    texts = [path.read_text() for path in files]
    texts += [gzip.decompress(path.read_bytes()).decode() for path in nginx.folder.glob("access.log*.gz")]
    return sum(float(line.split()[-1]) > 0.25 for text in texts for line in text.splitlines())


def status(shop: Path) -> dict[str, tuple[int, int]]:
    at = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    slos = typed("status", "--at", at, "--json", shop=shop).json["slos"]
    return {slo["name"]: (slo["bad"], slo["total"]) for slo in slos}


def test_the_log_of_a_real_nginx_counts_what_nginx_counts_while_it_rotates(
    nginx_server: Callable[[str, str], Nginx], tmp_path: Path
) -> None:
    nginx = nginx_server(LOG_FORMAT, LOCATIONS)
    (nginx.folder / "slow.bin").write_bytes(b"x" * SLOW_BYTES)
    shop = a_shop(tmp_path, HANDBOOK.replace("LOG", str(nginx.log)).replace("FORMAT", LOG_FORMAT))
    baseline, _ = nginx.status()

    with load(nginx, "/ok", 2) as good:
        rotate(nginx, 0)
        assert collected(shop).is_complete
    ok = counted(nginx, baseline)
    before_fail, _ = nginx.status()
    with load(nginx, "/fail", 2) as bad:
        rotate(nginx, 1)
        assert collected(shop).is_complete
    failed = counted(nginx, before_fail)
    subprocess.run(["gzip", nginx.folder / "access.log.2"], check=True)
    before_slow, _ = nginx.status()
    with load(nginx, "/slow", 2, connections=2) as slow:
        pass
    slowed = counted(nginx, before_slow)

    assert sorted(path.name for path in nginx.folder.glob("access.log*")) == [
        "access.log", "access.log.1", "access.log.2.gz",
    ]  # fmt: skip
    assert collected(shop).is_complete
    found = status(shop)
    assert found["available"] == (failed, ok + failed + slowed)
    # wrk drops what is under way when its time is over; nginx has begun it, and counts it.
    for own, (finished,), connections in ((ok, good, 8), (failed, bad, 8), (slowed, slow, 2)):
        assert finished <= own <= finished + connections
    assert min(ok, failed) > 500
    assert found["fast"] == (slow_lines(nginx), ok + failed + slowed)
    assert 0 < slow[0] <= slow_lines(nginx) <= slowed
