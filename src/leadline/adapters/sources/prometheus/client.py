"""
One request to a Prometheus-compatible server: paced, retried where that may help, and failures told apart.

Leaves out what is asked. `QueryRefused` is the server's word on this one query; any other `SourceError` says that no
query would fare better.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from leadline.adapters.sources.prometheus.settings import PrometheusSettings
from leadline.errors import SourceError

_ATTEMPTS = 4
_RETRY_SECONDS = 30.0
"""Repeats of one request begin within this time."""
_CONNECT_SECONDS = 3.0
_LONGEST_PAUSE_SECONDS = 10.0
_LARGEST_BODY_BYTES = 256 * 2**20
_TOO_BIG = re.compile(
    r"too many (samples|points|series)|timed out|timeout|exceeded|limit|would load|too (large|long)|out of memory",
    re.IGNORECASE,
)
_TAGS = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


class QueryRefused(SourceError):
    """The server is well and will not answer this query; `is_too_big` says that less of it might be answered."""

    def __init__(self, message: str, *, is_too_big: bool, retryable: bool = False) -> None:
        self.is_too_big = is_too_big
        super().__init__(message, retryable=retryable or is_too_big)


class Silence(SourceError):
    """The server took the request and did not answer in time."""


class Unavailable(SourceError):
    """Not just now; asked again after a pause, at least `pause_seconds` long."""

    def __init__(self, message: str, *, pause_seconds: float = 0.0) -> None:
        self.pause_seconds = pause_seconds
        super().__init__(message, retryable=True)


class Pace:
    """Lets requests begin at most so often in a second, over all threads."""

    def __init__(self, per_second: float | None, sleep: Callable[[float], None], clock: Callable[[], float]) -> None:
        self._gap_seconds = 1 / per_second if per_second else 0.0
        self._sleep, self._clock = sleep, clock
        self._lock = threading.Lock()
        self._next = float("-inf")

    def wait(self) -> None:
        with self._lock:
            now = self._clock()
            begin = max(now, self._next)
            self._next = begin + self._gap_seconds
        if begin > now:
            self._sleep(begin - now)


def shortened(text: str, length: int = 300) -> str:
    """A server's own words on one line, without mark-up."""
    words = " ".join(_TAGS.sub(" ", text).split())
    return words if len(words) <= length else words[: length - 1] + "…"


class PrometheusClient:
    """Keeps connections open; safe for use by several threads."""

    def __init__(
        self, name: str, settings: PrometheusSettings, *, sleep: Callable[[float], None], clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._who = f"{name} at {settings.shown_url}"
        self._sleep, self._clock = sleep, clock
        self._pace = Pace(settings.queries_per_second, sleep, clock)
        self._lock = threading.Lock()
        self._http: dict[str, httpx.Client] = {}
        self._method = "POST"

    def ask(self, path: str, form: Mapping[str, str], *, seconds: float | None = None) -> dict[str, Any]:
        """
        The whole JSON answer to one request below `/api/v1/`, after at most 4 attempts.

        Args:
            path: what stands after `/api/v1/`.
            form: parameters; sent as a form, as queries outgrow addresses.
            seconds: limit for all attempts together; None for the settings' limit on each and 30 s for repeats.

        Raises:
            QueryRefused: the server's answer to this very query.
            Silence: no answer in time.
            SourceError: the server cannot be reached, refuses us, or does not speak this API.
        """
        limit = self._settings.timeout_seconds if seconds is None else min(seconds, self._settings.timeout_seconds)
        last_start = self._clock() + (_RETRY_SECONDS if seconds is None else seconds)

        def attempt() -> dict[str, Any]:
            left = limit if seconds is None else min(limit, last_start - self._clock())
            return self._once(path, form, max(left, 0.05))

        exponential = wait_exponential(multiplier=0.2, max=5) + wait_random(0, 0.2)

        def pause(state: RetryCallState) -> float:
            failure = state.outcome.exception() if state.outcome else None
            wished = failure.pause_seconds if isinstance(failure, Unavailable) else 0.0
            return max(exponential(state), wished)

        retrying = Retrying(
            retry=retry_if_exception_type(Unavailable),
            stop=lambda state: (
                stop_after_attempt(_ATTEMPTS)(state) or self._clock() + state.upcoming_sleep >= last_start
            ),
            wait=pause,
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(attempt)

    def close(self) -> None:
        with self._lock:
            for client in self._http.values():
                client.close()
            self._http.clear()

    def _client(self, scheme: str) -> httpx.Client:
        """One for each scheme, since certificates take longer to load than most servers take to answer."""
        with self._lock:
            if scheme not in self._http:
                count = self._settings.max_concurrency
                self._http[scheme] = httpx.Client(
                    headers={"Accept": "application/json", "User-Agent": "leadline", **self._settings.headers},
                    limits=httpx.Limits(max_connections=count + 1, max_keepalive_connections=count + 1),
                    verify=self._trust() if scheme == "https" else False,
                )
            return self._http[scheme]

    def _trust(self) -> ssl.SSLContext | bool:
        if not self._settings.verify:
            return False
        if self._settings.ca_file is None:
            return True
        try:
            return ssl.create_default_context(cafile=self._settings.ca_file)
        except (OSError, ssl.SSLError) as error:
            message = (
                f"{self._who}: caFile {self._settings.ca_file} cannot be used: {error}; name a file of PEM certificates"
            )
            raise SourceError(message, retryable=False) from error

    def _once(self, path: str, form: Mapping[str, str], seconds: float) -> dict[str, Any]:
        self._pace.wait()
        deadline = self._clock() + seconds
        try:
            response, body = self._exchange(self._address(path), path, form, deadline)
        except httpx.ConnectError as error:
            raise self._unreachable(error) from error
        except httpx.ConnectTimeout as error:
            raise Unavailable(
                f"{self._who}: no connection within {_CONNECT_SECONDS:g} s; is the address right?"
            ) from error
        except httpx.TimeoutException as error:
            raise self._silence(seconds) from error
        except (httpx.NetworkError, httpx.ProtocolError) as error:
            raise Unavailable(f"{self._who}: the connection broke: {error or type(error).__name__}") from error
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise SourceError(f"{self._who}: {error or type(error).__name__}", retryable=False) from error
        if response.status_code == 405 and self._method == "POST":
            self._method = "GET"
            raise Unavailable(f"{self._who}: POST is not allowed (405)")
        return self._read(response, body)

    def _address(self, path: str) -> httpx.URL:
        url = self._settings.url
        return url.copy_with(path=f"{url.path.rstrip('/')}/api/v1/{path}")

    def _exchange(
        self, url: httpx.URL, path: str, form: Mapping[str, str], deadline: float, hops: int = 3
    ) -> tuple[httpx.Response, bytes]:
        left = max(deadline - self._clock(), 0.05)
        timeout = httpx.Timeout(left, connect=min(left, _CONNECT_SECONDS))
        in_address = self._method == "GET" or path.startswith("label/")
        client = self._client(url.scheme)
        request = (
            client.build_request("GET", url.copy_merge_params(form), timeout=timeout)
            if in_address
            else client.build_request("POST", url, data=form, timeout=timeout)
        )
        response = client.send(request, stream=True)
        try:
            pieces: list[bytes] = []
            size = 0
            for piece in response.iter_bytes():
                pieces.append(piece)
                size += len(piece)
                if size > _LARGEST_BODY_BYTES:
                    raise QueryRefused(f"{self._who}: the answer is larger than 256 MB", is_too_big=True)
                if self._clock() > deadline:
                    raise httpx.ReadTimeout("the answer came too slowly", request=request)
        finally:
            response.close()
        if response.is_redirect and response.next_request is not None:
            return self._exchange(self._next(response, path, hops), path, form, deadline, hops - 1)
        return response, b"".join(pieces)

    def _next(self, response: httpx.Response, path: str, hops: int) -> httpx.URL:
        """Where a redirect leads; only to the same API on the same host, as credentials go along."""
        target = response.next_request.url if response.next_request is not None else httpx.URL()
        here = response.request.url
        is_downgrade = here.scheme == "https" and target.scheme == "http"
        if hops <= 0 or target.host != here.host or is_downgrade or not target.path.endswith(f"/api/v1/{path}"):
            shown = target.copy_with(userinfo=b"", query=None, fragment=None)
            message = (
                f"{self._who}: redirected ({response.status_code}) to {shown}; set url to where the API is, or log in"
            )
            raise SourceError(message, retryable=False)
        return target

    def _read(self, response: httpx.Response, body: bytes) -> dict[str, Any]:
        code = response.status_code
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or answer.get("status") not in ("success", "error"):
            raise self._not_the_api(code, response, body.decode("utf-8", "replace"))
        if answer["status"] == "success" and response.is_success:
            return answer
        words = str(answer.get("error") or "no reason given")
        kind = str(answer.get("errorType") or "")
        if code == 429 or (code in (502, 503, 504) and kind not in ("timeout", "canceled", "execution")):
            raise Unavailable(f"{self._who} is busy ({code}): {words}", pause_seconds=_pause_seconds(response))
        if code in (401, 403):
            raise self._unwelcome(code, words)
        is_too_big = kind in ("timeout", "canceled") or code == 413 or _TOO_BIG.search(words) is not None
        if code in (400, 413, 422) or is_too_big or kind in ("bad_data", "execution"):
            raise QueryRefused(f"{self._who}: {words}", is_too_big=is_too_big and kind != "bad_data")
        message = f"{self._who} answered {code} {kind}: {shortened(words)}"
        if code >= 500:
            # A damaged block fails the queries that read it, and no others.
            raise QueryRefused(message, is_too_big=False, retryable=True)
        raise SourceError(message, retryable=False)

    def _not_the_api(self, code: int, response: httpx.Response, text: str) -> SourceError:
        words = shortened(text) or "nothing"
        if code == 429 or code in (502, 503, 504):
            return Unavailable(f"{self._who} is busy ({code}): {words}", pause_seconds=_pause_seconds(response))
        if code in (401, 403):
            return self._unwelcome(code, words)
        if code in (413, 414):
            return QueryRefused(f"{self._who} answered {code}: {words}", is_too_big=True)
        kind = response.headers.get("content-type", "").split(";")[0] or "no content type"
        hint = "set url to the address below which /api/v1/query stands, and headers to what its proxy wants"
        return SourceError(
            f"{self._who} answered {code} with {kind} that is not its API's: {words}; {hint}", retryable=False
        )

    def _unwelcome(self, code: int, words: str) -> SourceError:
        hint = "set headers, basicAuth or bearerToken of the DataSource"
        return SourceError(f"{self._who} refuses us ({code}): {shortened(words)}; {hint}", retryable=False)

    def _unreachable(self, error: httpx.ConnectError) -> SourceError:
        text = str(error)
        if "CERTIFICATE" in text:
            return SourceError(f"{self._who} is not trusted: {text}; set caFile", retryable=False)
        what = "refused the connection" if "refused" in text.lower() else f"cannot be reached: {text}"
        return Unavailable(f"{self._who} {what}; is it running, and is url right?")

    def _silence(self, seconds: float) -> Silence:
        what = f"accepted the request and did not answer within {seconds:.1f} s"
        return Silence(f"{self._who} {what}; look at its load, or raise timeoutSeconds", retryable=True)


def _pause_seconds(response: httpx.Response) -> float:
    """Retry-After in seconds, at most 10; a date or nonsense counts as none."""
    text = response.headers.get("retry-after", "").strip()
    return min(float(text), _LONGEST_PAUSE_SECONDS) if text.isascii() and text.isdigit() else 0.0
