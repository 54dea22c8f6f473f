"""
Decisions about access: which token opens what, and which requests come from where they seem to.

A token is `ll_ID_SECRET`, the secret 256 random bits. Of the secret its SHA-256 is kept. Slow hashes such as argon2 buy
time against those who guess what a person may have thought of; nobody guesses 256 random bits, at any speed, and a slow
hash on each request would be a way to keep the server busy. Leaves out the clock, the store and HTTP itself.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

from leadline.domains.access.model import ShownToken, TokenState
from leadline.errors import Problem, SpecError
from leadline.ports.tokens import Token

ID_BYTES, SECRET_BYTES = 5, 32
LONGEST = timedelta(days=3650)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM = re.compile(r"ll_([0-9a-f]{10})_([0-9a-f]{64})")
_OWN_SITES = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a token opens nothing."""

    why: str


def written(token_id: str, secret: str) -> str:
    """A token as its owner keeps it."""
    return f"ll_{token_id}_{secret}"


def fingerprint(secret: str) -> str:
    """What is kept of a secret."""
    return sha256(secret.encode()).hexdigest()


def state(token: Token, now: int) -> TokenState:
    """Whether it opens anything at this instant."""
    if token.revocation is not None:
        return TokenState.REVOKED
    return TokenState.ACTIVE if now < token.expires_at else TokenState.EXPIRED


def recognised(presented: str, tokens: Iterable[Token], now: int) -> Token | Refused:
    """
    The token that somebody shows.

    What was expired or revoked is told only to those who know its secret; compared is in constant time.
    """
    form = _FORM.fullmatch(presented)
    if form is None:
        return Refused("this is no token of Leadline; one begins with ll_")
    shown = fingerprint(form[2])
    token = next((each for each in tokens if each.id == form[1]), None)
    if not hmac.compare_digest(shown, token.fingerprint if token else fingerprint("")) or token is None:
        return Refused("no such token is known here")
    found = state(token, now)
    if found is TokenState.ACTIVE:
        return token
    since = token.expires_at if token.revocation is None else token.revocation.removed_at
    return Refused(f"this token is {found.value} since {instant(since):%Y-%m-%d %H:%M} UTC; ask for a new one")


def is_loopback(host: str) -> bool:
    """
    Whether a name or an address means this machine to every resolver.

    >>> [is_loopback(host) for host in ("127.0.0.1", "localhost", "app.localhost", "::1", "0.0.0.0", "localhost.org")]
    [True, True, True, True, False, False]
    """
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def refuse_open_house(host: str, tokens: Iterable[Token], now: datetime) -> None:
    """
    Keep a server from an address where others reach it while nobody could be told from anybody.

    Raises:
        SpecError: not an address of this machine alone, and no token opens anything.
    """
    if is_loopback(host) or any(state(token, int(now.timestamp())) is TokenState.ACTIVE for token in tokens):
        return
    what = "others can reach this address, and there is no token to tell them apart"
    hint = "make one first, with `leadline token create --role admin`, or listen on 127.0.0.1"
    raise SpecError([Problem("--host", 0, 0, "", what, host, hint)])


def is_expected(host: str, public_url: str) -> bool:
    """
    Whether a Host header names this server as its users know it; a name that was rebound to it is another's.

    >>> is_expected("localhost:8321", ""), is_expected("evil.example:8321", ""), is_expected("[::1]:8321", "")
    (True, False, True)
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or (bool(public_url) and host.lower() == urlsplit(public_url).netloc.lower())


def is_cross_site(method: str, site: str | None, origin: str | None, host: str, public_url: str) -> bool:
    """
    Whether another site's page makes a browser write here.

    Args:
        method: of the request; reading is harmless, since browsers do not show the answer to another site.
        site: Sec-Fetch-Site, which browsers send and no page can forge; decides where it is there.
        origin: Origin; what is not a browser sends neither.
        host: the Host header.
        public_url: how users reach the server, where that is not what the Host header says.

    >>> is_cross_site("POST", "cross-site", None, "localhost:8321", "")
    True
    >>> is_cross_site("POST", None, "http://localhost:8321", "localhost:8321", "")
    False
    """
    if method in SAFE_METHODS:
        return False
    if site is not None:
        return site not in _OWN_SITES
    if origin is None:
        return False
    own = {host.lower()} | ({urlsplit(public_url).netloc.lower()} if public_url else set())
    return origin.lower().partition("://")[2] not in own


def own_path(path: str) -> str:
    r"""
    A path of this server to go on to, or its first page: never another host.

    >>> own_path("/slo/checkout?at=1"), own_path("//evil.example"), own_path("https://evil.example"), own_path("/\\x")
    ('/slo/checkout?at=1', '/', '/', '/')
    """
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_own else "/"


def shown_token(token: Token, now: int) -> ShownToken:
    """A token as of an instant."""
    gone = token.revocation
    return ShownToken(
        id=token.id,
        name=token.name,
        role=token.role,
        state=state(token, now),
        created_at=instant(token.created_at),
        created_by=token.created_by,
        expires_at=instant(token.expires_at),
        revoked_at=instant(gone.removed_at) if gone else None,
        revoked_by=gone.who if gone else None,
        reason=gone.reason if gone else None,
    )


def instant(seconds: int) -> datetime:
    """Epoch seconds as an instant."""
    return datetime.fromtimestamp(seconds, UTC)


def is_signed(content: bytes, signature: str, secret: str) -> bool:
    """
    Whether a body bears the signature `sha256=…` that GitHub makes with a secret; never without a secret.

    >>> is_signed(b"{}", "sha256=" + hmac.new(b"key", b"{}", "sha256").hexdigest(), "key")
    True
    """
    wanted = "sha256=" + hmac.new(secret.encode(), content, "sha256").hexdigest()
    return bool(secret) and hmac.compare_digest(wanted.encode(), signature.encode())
