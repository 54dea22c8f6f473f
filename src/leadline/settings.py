"""What differs between deployments, read once from `LEADLINE_*` in `app.py`; what we promise stands in the handbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from leadline.errors import Problem, SpecError

DEFAULT_HANDBOOK = "handbook"
HOUSE_FOLDER = ".leadline"
"""Beside the handbook: the database by default, and caches."""

KNOWN = (
    "LEADLINE_HANDBOOK",
    "LEADLINE_DATABASE_URL",
    "LEADLINE_DATABASE_URL_FILE",
    "LEADLINE_SERVER",
    "LEADLINE_TOKEN",
    "LEADLINE_TOKEN_FILE",
    "LEADLINE_EGRESS_ALLOW",
    "LEADLINE_GITHUB_SECRET",
    "LEADLINE_GITHUB_SECRET_FILE",
    "LEADLINE_ROLLBACK_KEY",
    "LEADLINE_ROLLBACK_KEY_FILE",
    "LEADLINE_ROLLBACK_STOP",
)
_FOREIGN = "LEADLINE_TEST_"
"""How names begin that are read elsewhere."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the handbook and the database are."""

    handbook: Path
    database_url: str
    """`sqlite:///path` or `postgresql://…`."""
    has_default_database: bool = False
    egress_allow: tuple[str, ...] = ()
    """Networks, such as 10.0.0.0/8, that may be told although they are not of the public internet."""
    github_secret: str = field(default="", repr=False)
    """By which GitHub signs what it sends; empty: nothing of it is let in."""

    @staticmethod
    def of(environ: Mapping[str, str], *, handbook: Path | None = None, database: str | None = None) -> Settings:
        """
        Flags win over the environment, the environment over defaults.

        Raises:
            SpecError: a secret's file or a network cannot be read, or a `LEADLINE_` name is not known.
        """
        _refuse_unknown(environ)
        folder = handbook or Path(environ.get("LEADLINE_HANDBOOK") or DEFAULT_HANDBOOK)
        url = database or environ.get("LEADLINE_DATABASE_URL")
        url = url or read_secret(environ, "LEADLINE_DATABASE_URL_FILE", "the database's address")
        allowed = _networks(environ.get("LEADLINE_EGRESS_ALLOW", ""))
        signing = environ.get("LEADLINE_GITHUB_SECRET") or read_secret(
            environ, "LEADLINE_GITHUB_SECRET_FILE", "the secret"
        )
        is_default = url is None
        place = url or f"sqlite:///{folder / HOUSE_FOLDER / 'leadline.db'}"
        place = place if "://" in place else f"sqlite:///{place}"
        return Settings(folder, place, is_default, allowed, signing or "")


@dataclass(frozen=True, slots=True)
class Remote:
    """A server that does the work instead of this machine."""

    url: str
    token: str | None

    @staticmethod
    def of(environ: Mapping[str, str], *, server: str | None = None, token: str | None = None) -> Remote | None:
        """
        None where no server is named; an empty flag takes the environment's away.

        Raises:
            SpecError: not an address of a server, or a token's file cannot be read.
        """
        _refuse_unknown(environ)
        place = "LEADLINE_SERVER" if server is None else "--server"
        url = environ.get("LEADLINE_SERVER", "") if server is None else server
        if not url:
            return None
        presented = token or environ.get("LEADLINE_TOKEN") or read_secret(environ, "LEADLINE_TOKEN_FILE", "the token")
        return Remote(read_url(url, place), presented)


def read_url(url: str, place: str) -> str:
    """
    An address of a server, without a slash at its end.

    Raises:
        SpecError: something else.
    """
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or parts.username is not None or parts.query or parts.fragment:
        shown = url.rpartition("@")[2]
        raise SpecError([Problem(place, 0, 0, "", "not the address of a server", shown, "write https://host[:port]")])
    return url.rstrip("/")


def _networks(written: str) -> tuple[str, ...]:
    found: list[str] = []
    problems: list[Problem] = []
    for text in filter(None, (each.strip() for each in written.split(","))):
        try:
            found.append(str(ip_network(text, strict=False)))
        except ValueError:
            hint = "write networks with commas between, such as 10.0.0.0/8,192.168.1.7"
            problems.append(Problem("LEADLINE_EGRESS_ALLOW", 0, 0, "", "not a network", text[:40], hint))
    if problems:
        raise SpecError(problems)
    return tuple(found)


def read_secret(environ: Mapping[str, str], name: str, what: str) -> str | None:
    path = environ.get(name)
    if not path:
        return None
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(
            [Problem(name, 0, 0, "", f"the file cannot be read ({error})", path, "check the path")]
        ) from error
    if not secret:
        raise SpecError([Problem(name, 0, 0, "", "the file is empty", path, f"write {what} into it")])
    return secret


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    problems = [
        Problem("environment", 0, 0, name, "no such setting", environ[name][:40], f"known are {', '.join(KNOWN)}")
        for name in sorted(environ)
        if name.startswith("LEADLINE_") and name not in KNOWN and not name.startswith(_FOREIGN)
    ]
    if problems:
        raise SpecError(problems)
