"""
The least that FastAPI can do: one route that returns the bytes of a file, one that puts lines into a plain table.

    python bare_api.py FILE PORT
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response


class Table:
    """One row a slice."""

    def __init__(self, file: Path) -> None:
        self._guard = threading.Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False)
        self._connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "CREATE TABLE slice (sli, start, bad, total, PRIMARY KEY (sli, start)) WITHOUT ROWID"
        )

    def put(self, body: bytes) -> int:
        rows = [json.loads(line) for line in body.splitlines()]
        with self._guard, self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO slice VALUES (:sli, :start, :bad, :total)", rows)
        return len(rows)


def main() -> None:
    file, port = sys.argv[1:3]
    body, table = Path(file).read_bytes(), Table(Path(file).with_name("bare.db"))
    app = FastAPI()

    @app.get("/")
    async def answer() -> Response:
        return Response(body, media_type="application/json")

    @app.post("/")
    async def take(request: Request) -> dict[str, int]:
        return {"slices": await run_in_threadpool(table.put, await request.body())}

    uvicorn.run(app, host="127.0.0.1", port=int(port), log_config=None, access_log=False)


if __name__ == "__main__":
    main()
