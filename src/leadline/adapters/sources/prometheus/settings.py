"""Reads `connectionDetails` of a Prometheus data source; every mistake at once, and nothing is contacted."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import httpx

from leadline.errors import Problem, SpecError

DEFAULT_TIMEOUT_SECONDS = 9.0
MOST_POINTS = 11_000
"""What Prometheus answers at most for one series of a range query."""

_KEYS = (
    "url",
    "headers",
    "basicAuth",
    "bearerToken",
    "timeoutSeconds",
    "queriesPerSecond",
    "maxConcurrency",
    "stepsPerQuery",
    "caFile",
    "insecureSkipVerify",
)
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HOST = re.compile(r"[\w.:-]+")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class PrometheusSettings:
    """How to reach one server, and how gently."""

    url: httpx.URL
    """Without credentials; a query part, such as `?dedup=true`, goes with every request."""
    headers: Mapping[str, str]
    timeout_seconds: float
    queries_per_second: float | None
    max_concurrency: int
    steps_per_query: int
    ca_file: str | None
    verify: bool

    @property
    def shown_url(self) -> str:
        """The address for messages: neither credentials nor the query part, which may hold a token."""
        return str(self.url.copy_with(query=None)).rstrip("/")


class _Reader:
    """Takes typed values out of the mapping and keeps every problem."""

    def __init__(self, name: str, connection: Mapping[str, object], environ: Mapping[str, str]) -> None:
        self._file = f"DataSource {name}"
        self._connection = connection
        self._environ = environ
        self.problems: list[Problem] = []

    def problem(self, key: str, what: str, value: object, hint: str) -> None:
        read = "" if value is None else str(value)[:80]
        self.problems.append(Problem(self._file, 0, 0, f"spec.connectionDetails.{key}".rstrip("."), what, read, hint))

    def unknown_keys(self, given: Mapping[str, object], known: tuple[str, ...], prefix: str = "") -> None:
        for key in given:
            if key not in known:
                near = get_close_matches(str(key), known, 1, 0.5)
                hint = f"did you mean {near[0]}?" if near else f"known keys are {', '.join(known)}"
                self.problem(prefix + str(key), "unknown key", key, hint)

    def text(self, key: str, value: object) -> str | None:
        """A string with each `${NAME}` filled; None, and a problem, when it is no string or a name is missing."""
        if not isinstance(value, str):
            self.problem(key, "text is wanted", value, "write it in quotes")
            return None
        missing = [name for name in _PLACEHOLDER.findall(value) if name not in self._environ]
        for name in missing:
            self.problem(key, "an environment variable is not set", f"${{{name}}}", f"set {name} and try again")
        return None if missing else _PLACEHOLDER.sub(lambda match: self._environ[match[1]], value)

    def optional_text(self, key: str) -> str | None:
        value = self._connection.get(key)
        return None if value is None else self.text(key, value)

    def number(self, key: str, default: float | None, *, most: float, whole: bool = False) -> float | None:
        value = self._connection.get(key)
        if value is None:
            return default
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number and 0 < float(str(value)) <= most and (not whole or isinstance(value, int))):
            kind = "a whole number" if whole else "a number"
            self.problem(key, f"{kind} above 0 and at most {most:g} is wanted", value, f"write, say, {default or 5:g}")
            return default
        return float(str(value))

    def flag(self, key: str) -> bool:
        value = self._connection.get(key, False)
        if not isinstance(value, bool):
            self.problem(key, "true or false is wanted", value, "write true or false without quotes")
        return value is True

    def mapping(self, key: str) -> Mapping[str, object]:
        value = self._connection.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.problem(key, "a mapping is wanted", value, "write one `name: value` a line below it")
            return {}
        return value

    def url(self) -> httpx.URL:
        written = self._connection.get("url")
        hint = "write where the server is, such as http://prometheus:9090"
        if written is None:
            self.problem("url", "a key is missing", None, hint)
            return httpx.URL()
        filled = self.text("url", written)
        if filled is None:
            return httpx.URL()
        try:
            url = httpx.URL(filled.strip())
        except httpx.InvalidURL:
            url = httpx.URL()
        if url.scheme not in ("http", "https") or not _HOST.fullmatch(url.host):
            shown = re.sub(r"//[^/]*@", "//", filled)
            self.problem("url", "not an http or https address", shown, hint)
        return url


def _credentials(reader: _Reader, connection: Mapping[str, object], url: httpx.URL) -> Iterator[tuple[str, str]]:
    """The Authorization header, from the one place where credentials are given."""
    basic = reader.mapping("basicAuth")
    reader.unknown_keys(basic, ("username", "password"), "basicAuth.")
    ways = [key for key in ("basicAuth", "bearerToken") if connection.get(key) is not None]
    ways += ["url"] if url.userinfo else []
    ways += [f"headers.{name}" for name in reader.mapping("headers") if str(name).lower() == "authorization"]
    if len(ways) > 1:
        reader.problem(ways[0], "credentials are given more than once", " and ".join(ways), "keep one of them")
    if basic:
        username = reader.text("basicAuth.username", basic.get("username"))
        password = reader.text("basicAuth.password", basic.get("password"))
        yield _basic(username or "", password or "")
    elif url.userinfo:
        yield _basic(url.username, url.password)
    token = reader.optional_text("bearerToken")
    if token is not None:
        yield "Authorization", f"Bearer {token.strip()}"


def _basic(username: str, password: str) -> tuple[str, str]:
    return "Authorization", "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def _headers(reader: _Reader, connection: Mapping[str, object], url: httpx.URL) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in reader.mapping("headers").items():
        key = f"headers.{name}"
        filled = reader.text(key, value)
        if not _HEADER_NAME.fullmatch(str(name)):
            reader.problem(key, "not a header's name", name, "letters, digits and hyphens, such as X-Scope-OrgID")
        elif filled is not None and not _HEADER_VALUE.fullmatch(filled.strip()):
            reader.problem(key, "a header's value must be printable ASCII", "(not shown)", "remove line breaks")
        elif filled is not None:
            headers[str(name)] = filled.strip()
    headers.update(_credentials(reader, connection, url))
    return headers


def read_settings(name: str, connection: Mapping[str, object], environ: Mapping[str, str]) -> PrometheusSettings:
    """
    Settings of the data source `name`; `${NAME}` in any text is filled from `environ`.

    Raises:
        SpecError: with every problem: unknown or missing keys, values out of range, variables not set.
    """
    reader = _Reader(name, connection, environ)
    reader.unknown_keys(connection, _KEYS)
    url = reader.url()
    headers = _headers(reader, connection, url)
    timeout = reader.number("timeoutSeconds", DEFAULT_TIMEOUT_SECONDS, most=600)
    per_second = reader.number("queriesPerSecond", None, most=10_000)
    concurrency = reader.number("maxConcurrency", 4, most=64, whole=True)
    steps = reader.number("stepsPerQuery", 1440, most=MOST_POINTS, whole=True)
    ca_file = reader.optional_text("caFile")
    skip_verify = reader.flag("insecureSkipVerify")
    if reader.problems:
        raise SpecError(reader.problems)
    path = url.path.rstrip("/").removesuffix("/api/v1")
    return PrometheusSettings(
        url=url.copy_with(userinfo=b"", path=path or "/"),
        headers=headers,
        timeout_seconds=timeout or DEFAULT_TIMEOUT_SECONDS,
        queries_per_second=per_second,
        max_concurrency=int(concurrency or 4),
        steps_per_query=int(steps or 1440),
        ca_file=ca_file,
        verify=not skip_verify,
    )
