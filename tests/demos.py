"""`leadline demo` as a person starts it: a process and a home of its own, and settings that make no sense."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import answers
from terminal import COMMAND

WAIT_SECONDS = 30
"""Within which, from nothing, the pages and the API answer."""
NONSENSE = {
    "LEADLINE_HANDBOOK": "/nowhere/at/all",
    "LEADLINE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "LEADLINE_SERVER": "http://127.0.0.1:1",
    "LEADLINE_MISTYPED": "yes",
}


@dataclass
class Demo:
    """A demo that runs."""

    process: subprocess.Popen[str]
    url: str
    said: str
    """What it printed, the address and what to try."""
    home: Path

    @property
    def folder(self) -> Path:
        return self.home / ".local" / "state" / "leadline" / "demo"

    def get(self, path: str) -> Any:
        """Answer of the API."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=20) as response:
            return json.load(response)

    def page(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=20) as response:
            return response.read().decode()

    def levels(self) -> dict[str, str]:
        return {slo["slo"]: slo["level"] for slo in self.get("/api/v1/slos")["slos"]}

    def tries(self) -> list[str]:
        """Paths of the things to try."""
        return re.findall(rf"^  \d\. {re.escape(self.url)}(/\S+)$", self.said, re.MULTILINE)

    def wait_until(self, is_so: Any, seconds: float = WAIT_SECONDS) -> None:
        until = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < until, self.said
            assert self.process.poll() is None, self.said
            time.sleep(0.3)

    def end(self) -> tuple[int, str]:
        """Ctrl-C; its code and what it wrote to stderr."""
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=30)
        return self.process.returncode, err


def start(home: Path, *options: str, package: Path | None = None) -> Demo:
    """Start a demo, of another copy of the package if one is named, and wait until its first turn has ended."""
    home.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [*COMMAND, "demo", "--port", "0", *options],
        cwd=home,
        env=surroundings(home) | ({"PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"} if package else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            break
    else:
        _, err = process.communicate(timeout=30)
        raise AssertionError(f"the demo ended with {process.returncode}\n{''.join(said)}{err}")
    url = said[0].removeprefix("Leadline is at ").strip()
    demo = Demo(process, url, "".join(said), home)
    demo.wait_until(lambda: answers(f"{url}/readyz"))
    return demo


def refused(home: Path, *options: str) -> tuple[int, str]:
    """Exit code and complaint of a demo that does not start."""
    done = subprocess.run(
        [*COMMAND, "demo", *options],
        cwd=home,
        env=surroundings(home),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


def surroundings(home: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), **NONSENSE}
