"""
Row `api`: readers and programs that push, at a real `leadline up` with 100 objectives.

Readers ask `GET /api/v1/slos` 200 times a second, at a constant rate, whether or not the server keeps up: a wait counts
from the moment at which a request was due. Each run lasts longer than a minute, so that a turn of the engine falls into
it. Programs push batches of 1,000 slices of all SLIs, one after the other or four at once; a batch counts once it is
acknowledged, which is after it is on disk.

The peer is a bare FastAPI application, asked in the same way in the same run: it returns the same bytes, and puts the
lines of a batch, read as JSON and not looked at, into a plain table with the same journal and the same durability.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.figures import Figure, at_least, at_most, ratio, say
from benchmarks.made import DAY, DAYS, Minutes
from benchmarks.programs import BIN, ROOT, Server, answers, free_port
from leadline.adapters.store import open_store
from leadline.core.slices import STEP

SLOS = 100
PER_SECOND = 200
CONNECTIONS = 16
SOURCE = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: told}
spec: {type: push, connectionDetails: {}}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: many}
spec: {}
"""
SLO = """\
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: slo-{number:03}}}
spec:
  service: many
  indicator:
    metadata: {{name: sli-{number:03}}}
    spec:
      ratioMetric:
        bad: {{metricSource: {{metricSourceRef: told, spec: {{}}}}}}
        total: {{metricSource: {{metricSourceRef: told, spec: {{}}}}}}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.999}}]
"""


def run(runs: int = 2, seconds: int = 65, pushes: int = 40) -> list[Figure]:
    waits: dict[str, list[list[float]]] = {"leadline": [], "bare": []}
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as name, served(Path(name), SLOS) as url:
        body = _read(f"{url}/api/v1/slos")
        (Path(name) / "body.json").write_bytes(body)
        with _bare(Path(name)) as bare:
            rates = _pushed(url, bare, pushes)
            for done in range(runs):
                for who, address in (("leadline", f"{url}/api/v1/slos"), ("bare", bare)):
                    say(f"run {done + 1} of {runs}: {who}, {seconds} s")
                    waits[who].append(asyncio.run(_waits(address, seconds, len(body))))
    ours, theirs = ([_percentile(each, 0.99) * 1000 for each in waits[who]] for who in waits)
    ours_half, theirs_half = ([_percentile(each, 0.5) * 1000 for each in waits[who]] for who in waits)
    p99, bare99, p50, bare50 = map(statistics.median, (ours, theirs, ours_half, theirs_half))
    name = f"GET /api/v1/slos, {SLOS} rows, {PER_SECOND}/s"
    size = f"{len(body):,} bytes; median of {runs} runs of {seconds} s"
    worst = max(wait for each in waits["leadline"] for wait in each) * 1000
    return [
        *_of_pushes(rates),
        Figure(f"{name}: p99", p99, "ms", at_most(20), size, tuple(ours)),
        Figure(f"{name}: p50", p50, "ms", None, "", tuple(ours_half)),
        Figure(f"{name}: longest", worst, "ms", None, "of all runs"),
        ratio("p99 / that of a bare FastAPI application", p99 / bare99, f"{p99:.2f} / {bare99:.2f} ms"),
        ratio("p50 / that of a bare FastAPI application", p50 / bare50, f"{p50:.2f} / {bare50:.2f} ms"),
    ]


def _pushed(url: str, bare: str, pushes: int) -> dict[tuple[str, int], list[float]]:
    """Slices a second of several runs, by who takes them in and from how many at once."""
    rates: dict[tuple[str, int], list[float]] = {}
    first = int(time.time()) // STEP * STEP - 40 * DAY
    for _ in range(5):
        for clients in (1, 4):
            for who, address in (("leadline", f"{url}/api/v1/slices"), ("bare", bare)):
                bodies = [_batch(first + number * STEP * 10) for number in range(pushes)]
                say(f"{pushes} batches to {who}, {clients} at once")
                start = time.perf_counter()
                with ThreadPoolExecutor(clients) as pool:
                    list(pool.map(lambda body, to=address: _post(to, body), bodies))
                rate = pushes * 1_000 / (time.perf_counter() - start)
                rates.setdefault((who, clients), []).append(rate)
            first += pushes * STEP * 10
    return rates


def _batch(start: int) -> bytes:
    """Ten minutes of each SLI."""
    rows = (
        {"sli": f"sli-{number:03}", "start": start + minute * STEP, "bad": number % 3, "total": 50 + number}
        for minute in range(10)
        for number in range(SLOS)
    )
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def _post(url: str, body: bytes) -> None:
    request = urllib.request.Request(url, body, {"Content-Type": "application/x-ndjson"})
    with urllib.request.urlopen(request, timeout=60) as response:
        told = json.loads(response.read())
    if told["slices"] != body.count(b"\n"):
        raise RuntimeError(f"{url} took in {told}")


def _of_pushes(rates: Mapping[tuple[str, int], Sequence[float]]) -> Iterator[Figure]:
    for clients in (1, 4):
        ours, theirs = rates["leadline", clients], rates["bare", clients]
        name = f"push, batches of 1,000, {clients} at once"
        note = f"median of {len(ours)} runs"
        yield Figure(name, statistics.median(ours), "slices/s", at_least(20_000), note, tuple(ours))
        their = statistics.median(theirs)
        yield ratio(f"{name} / into a plain table", statistics.median(ours) / their, f"{their:,.0f} slices/s")


@contextmanager
def served(folder: Path, slos: int) -> Iterator[str]:
    """A running `leadline up` with 28 days of so many objectives that have taken a turn."""
    handbook, database = folder / "handbook", f"sqlite:///{folder / 'leadline.db'}"
    handbook.mkdir()
    text = SOURCE + "".join(SLO.format(number=number) for number in range(slos))
    (handbook / "many.yaml").write_text(text, encoding="utf-8")
    say(f"filling a store with {DAYS} days of {slos} SLIs")
    end = int(time.time()) // STEP * STEP + 3_600
    with open_store(database) as store:
        made = (Minutes.made(number, end - DAYS * DAY - 3_600, DAYS * DAY // STEP + 60) for number in range(slos))
        store.ledger.import_all("import", [each.batch(f"sli-{number:03}") for number, each in enumerate(made)])
    port = free_port()
    place = ["--handbook", str(handbook), "--database", database]
    server = Server("leadline", [str(BIN / "leadline"), "up", "--port", str(port), *place], folder)
    server.start(lambda: answers(f"http://127.0.0.1:{port}/readyz"))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


@contextmanager
def _bare(folder: Path) -> Iterator[str]:
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, str(ROOT / "benchmarks" / "peers" / "bare_api.py"), str(folder / "body.json"), str(port)]
    server = Server("bare", command, folder)
    server.start(lambda: answers(url))
    try:
        yield url
    finally:
        server.stop()


def _read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as response:
        found: bytes = response.read()
        return found


async def _waits(url: str, seconds: int, size: int) -> list[float]:
    """Seconds from when each request was due to the end of its answer."""
    parts = urlsplit(url)
    request = f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    begin, count = time.perf_counter() + 0.1, seconds * PER_SECOND
    waits: list[float] = []

    async def reader(first: int) -> None:
        back, forth = await asyncio.open_connection(parts.hostname, parts.port)
        for number in range(first, count, CONNECTIONS):
            due = begin + number / PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            forth.write(request)
            head = await back.readuntil(b"\r\n\r\n")
            body = await back.readexactly(int(head.lower().partition(b"content-length:")[2].split(maxsplit=1)[0]))
            waits.append(time.perf_counter() - due)
            if not head.startswith(b"HTTP/1.1 200") or len(body) < size // 2:
                raise RuntimeError(f"{url} answered {head[:80]!r} and {len(body)} bytes")
        forth.close()

    await asyncio.gather(*(reader(first) for first in range(CONNECTIONS)))
    return waits


def _percentile(waits: Sequence[float], share: float) -> float:
    return sorted(waits)[int(share * len(waits))]
