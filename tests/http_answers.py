"""A real HTTP server on 127.0.0.1 that answers as a test says, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    form: dict[str, str]
    headers: dict[str, str]
    """Names in small letters."""


@dataclass(frozen=True)
class Said:
    """One response."""

    code: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


def success(data: Any, **more: Any) -> Said:
    return Said(200, json.dumps({"status": "success", "data": data, **more}), {"Content-Type": "application/json"})


def failure(code: int, kind: str, words: str) -> Said:
    body = json.dumps({"status": "error", "errorType": kind, "error": words})
    return Said(code, body, {"Content-Type": "application/json"})


ONE = success({"resultType": "vector", "result": [{"metric": {}, "value": [0, "1"]}]})


@dataclass
class Talk:
    """Where the server is, and all it was asked so far."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def http_server(reply: Callable[[Asked], Said]) -> Iterator[Talk]:
    """Serve until the block ends; `reply` may be called by several threads."""
    talk = Talk("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            address = urlsplit(self.path)
            form = {name: texts[0] for name, texts in parse_qs(f"{address.query}&{body}").items()}
            headers = {name.lower(): text for name, text in self.headers.items()}
            asked = Asked(self.command, address.path, form, headers)
            talk.asked.append(asked)
            said = reply(asked)
            payload = said.body.encode()
            self.send_response(said.code)
            for name, text in said.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = _serve  # noqa: N815 - names that http.server looks for

        def log_message(self, *arguments: Any) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    talk.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield talk
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
