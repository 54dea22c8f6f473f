"""
Programs that tests start: real servers on a free port of 127.0.0.1, in a folder of their own, killed at the end.

Each server writes its output to a file; `LOGS` holds those of servers now running, so that a failing test shows them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 60
StartPrometheus = Callable[..., str]
"""`Servers.prometheus`, as the fixtures hand it out."""
LOGS: dict[str, Path] = {}
PACKAGES = {
    "prometheus": ("prometheus", ("prometheus", "promtool")),
    "node_exporter": ("prometheus-node-exporter", ("prometheus-node-exporter",)),
    "postgresql": ("postgresql", ("initdb", "postgres")),
    "nginx": ("nginx wrk", ("nginx", "wrk")),
    "alertmanager": ("prometheus-alertmanager", ("prometheus-alertmanager", "amtool")),
    "chromium": ("chromium", ("chromium",)),
}
"""What each mark needs: the Debian package, and its programs."""
_OTHER_NAMES = {"prometheus-node-exporter": "node_exporter", "prometheus-alertmanager": "alertmanager"}


def find_program(name: str) -> str | None:
    """Path of a program, looked for in PATH, in the folders of administrators and among PostgreSQL's versions."""
    newest_first = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: int(folder.parent.name) if folder.parent.name.isdecimal() else 0,
        reverse=True,
    )
    folders = [os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin", *map(str, newest_first)]
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None and name in _OTHER_NAMES:
        return find_program(_OTHER_NAMES[name])
    return found


def program(name: str) -> str:
    """Path of a program that `missing_for` has found to be there."""
    path = find_program(name)
    if path is None:
        raise FileNotFoundError(name)
    return path


def missing_for(mark: str) -> str | None:
    """Why tests of this mark cannot run here, and what to install; None when they can."""
    package, programs = PACKAGES[mark]
    absent = [name for name in programs if find_program(name) is None]
    return f"needs {', '.join(absent)}: apt-get install {package}" if absent else None


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One running program."""

    name: str
    command: Sequence[str]
    folder: Path
    user: str | None = None
    stop_signal: int = signal.SIGKILL
    leash_signal: str = "KILL"
    """What it gets when the test run itself is killed."""
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self, is_ready: Callable[[], bool]) -> None:
        """Start and wait until it answers; raise with the end of its log when it dies or never does."""
        # A server must not outlive a test run that is itself killed.
        leash = [program("setpriv"), "--pdeathsig", self.leash_signal, "--"] if find_program("setpriv") else []
        account = pwd.getpwnam(self.user) if self.user else None
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*leash, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
        LOGS[f"{self.name} {self.process.pid}"] = self.log
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self.name} did not start\n{tail(self.log)}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is None:
            return
        LOGS.pop(f"{self.name} {self.process.pid}", None)
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=10)
        self.process = None


_NGINX_FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Nginx:
    """A running nginx."""

    url: str
    folder: Path
    pid: int

    @property
    def log(self) -> Path:
        return self.folder / "access.log"

    def reopen_logs(self) -> None:
        """What logrotate does after it has renamed a log; a new one is there when this returns."""
        os.kill(self.pid, signal.SIGUSR1)
        deadline = time.monotonic() + START_SECONDS
        while not self.log.exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"nginx did not open {self.log}")
            time.sleep(0.01)

    def status(self) -> tuple[int, int]:
        """Its own count of requests, this one among them, and of connections that are open."""
        with urllib.request.urlopen(f"{self.url}/status", timeout=10) as response:
            lines = response.read().decode().splitlines()
        return int(lines[2].split()[2]), int(lines[0].split()[-1])


def tail(log: Path, lines: int = 25) -> str:
    """The end of a server's log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def answers(url: str) -> bool:
    """Whether an HTTP server says 200 there."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            response.read()
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def listens(port: int) -> bool:
    """Whether something accepts connections on this port of 127.0.0.1."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


class Servers:
    """Starts servers below one folder and stops them all at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[Server] = []

    def _start(self, server: Server, is_ready: Callable[[], bool]) -> Server:
        server.start(is_ready)
        self._running.append(server)
        return server

    def _new_folder(self, name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folder))

    def prometheus(
        self,
        tsdb_dir: Path | None = None,
        scrape: Iterable[tuple[str, str]] = (),
        scrape_interval: str = "1s",
        extra_args: Sequence[str] = (),
        *,
        scrape_itself: bool = False,
    ) -> str:
        """
        Start Prometheus and return its URL once it answers queries.

        `scrape` names (job, host:port) pairs. Blocks in `tsdb_dir` are served whatever their age.
        """
        folder = self._new_folder("prometheus")
        port = free_port()
        jobs = list(scrape) + ([("prometheus", f"127.0.0.1:{port}")] if scrape_itself else [])
        config = [
            f"global: {{scrape_interval: {scrape_interval}, scrape_timeout: {scrape_interval}}}",
            "scrape_configs:",
        ]
        config += [f"- {{job_name: '{job}', static_configs: [{{targets: ['{address}']}}]}}" for job, address in jobs]
        if not jobs:
            config[-1] = "scrape_configs: []"
        (folder / "prometheus.yml").write_text("\n".join(config) + "\n")
        command = [
            program("prometheus"),
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={tsdb_dir or folder / 'data'}",
            "--storage.tsdb.retention.time=100y",
            f"--web.listen-address=127.0.0.1:{port}",
            *extra_args,
        ]
        url = f"http://127.0.0.1:{port}"
        self._start(Server("prometheus", command, folder), lambda: answers(f"{url}/-/ready"))
        return url

    def node_exporter(self) -> str:
        """Start a node exporter and return its address, host:port."""
        address = f"127.0.0.1:{free_port()}"
        folder = self._new_folder("node-exporter")
        command = [program("prometheus-node-exporter"), f"--web.listen-address={address}", "--no-collector.systemd"]
        self._start(Server("node_exporter", command, folder), lambda: answers(f"http://{address}/metrics"))
        return address

    def alertmanager(self, port: int | None = None) -> str:
        """Start Alertmanager alone, with a receiver that tells nobody, and return its URL once it is ready."""
        folder = self._new_folder("alertmanager")
        url = f"http://127.0.0.1:{port or free_port()}"
        (folder / "alertmanager.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
        command = [
            program("prometheus-alertmanager"),
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address={url.removeprefix('http://')}",
            "--cluster.listen-address=",
        ]
        self._start(Server("alertmanager", command, folder), lambda: answers(f"{url}/-/ready"))
        return url

    def postgresql(self) -> str:
        """Make a cluster, start PostgreSQL without privileges and return the URL of its `postgres` database."""
        folder = self._new_folder("pg")
        user = _unprivileged_user()
        if user:
            account = pwd.getpwnam(user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = folder / "data"
        made = subprocess.run(
            [program("initdb"), "-D", str(data), "-U", "leadline", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            capture_output=True,
            cwd=folder,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            check=False,
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed\n{made.stdout.decode()}{made.stderr.decode()}")
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "max_connections": 60,
        }
        command = [program("postgres"), "-D", str(data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        server = Server("postgresql", command, folder, user=user, stop_signal=signal.SIGQUIT)
        self._start(server, lambda: listens(port) and (data / "postmaster.pid").exists() and _is_ready(data))
        return f"postgresql://leadline@127.0.0.1:{port}/postgres"

    def nginx(self, log_format: str, locations: str) -> Nginx:
        """Start nginx, with two workers, an access log of this format and its own count of requests at /status."""
        folder = self._new_folder("nginx")
        port = free_port()
        (folder / "nginx.conf").write_text(
            f"""\
            daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log stderr;
            {"user root;" if os.geteuid() == 0 else ""}
            events {{ worker_connections 128; }}
            http {{
                {" ".join(f"{name}_temp_path {folder}/{name};" for name in _NGINX_FOLDERS)}
                log_format measured '{log_format}';
                access_log {folder}/access.log measured;
                server {{
                    listen 127.0.0.1:{port}; root {folder};
                    location = /status {{ stub_status; access_log off; }}
                    {locations}
                }}
            }}
            """
        )
        command = [program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        # Killed, the first process would leave its workers behind.
        server = Server("nginx", command, folder, stop_signal=signal.SIGTERM, leash_signal="TERM")
        url = f"http://127.0.0.1:{port}"
        self._start(server, lambda: answers(f"{url}/status"))
        assert server.process is not None
        return Nginx(url, folder, server.process.pid)

    def stop(self) -> None:
        for server in reversed(self._running):
            server.stop()
        self._running.clear()


def _is_ready(data: Path) -> bool:
    # The eighth line of postmaster.pid says "ready" once connections are served.
    lines = (data / "postmaster.pid").read_text().splitlines()
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    names = {account.pw_name for account in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
