"""
Pages of a list: at most a hundred things, and a cursor for those that follow.

A cursor tells which thing came last, and only where that has gone since, the place in the list. So nothing is told
twice or left out when things come or go before it.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model

from leadline.errors import Problem, SpecError
from leadline.ports.message import Message
from leadline.ports.operation import Pages

LARGEST_PAGE = 100
PARAMETERS = ("limit", "cursor")


class Page(Message):
    """Which part of a list is wanted."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE
    """How many things at most."""
    cursor: Annotated[str, Field(max_length=2000)] | None = None
    """`next` of the page before; left out, the list begins."""


def paged(response: type[BaseModel]) -> type[BaseModel]:
    """The answer with `next` beside."""
    told = Field(description="The cursor of the page that follows; null when this is the last.")
    return create_model(f"{response.__name__}Page", __base__=response, next=(Annotated[str | None, told], ...))


def cut(answer: BaseModel, pages: Pages, page: Page) -> bytes:
    """
    One page of an answer, as JSON.

    Raises:
        SpecError: the cursor was not made here.
    """
    every = getattr(answer, pages.field)
    begin = _begin(every, pages, page.cursor) if page.cursor else 0
    end = begin + page.limit
    following = json.dumps(_cursor(every[end - 1], pages, end) if end < len(every) else None)
    text = answer.model_copy(update={pages.field: every[begin:end]}).model_dump_json()
    return f'{text[:-1]},"next":{following}}}'.encode()


def _identity(thing: BaseModel, pages: Pages) -> list[str]:
    return [str(getattr(thing, key)) for key in pages.keys]


def _cursor(last: BaseModel, pages: Pages, end: int) -> str:
    written = json.dumps([*_identity(last, pages), end], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _begin(every: tuple[BaseModel, ...], pages: Pages, cursor: str) -> int:
    *identity, end = _read(cursor, len(pages.keys))
    likely: int = min(end, len(every))
    if likely and _identity(every[likely - 1], pages) == identity:
        return likely
    return next((place for place, thing in enumerate(every, 1) if _identity(thing, pages) == identity), likely)


def _read(cursor: str, keys: int) -> list[Any]:
    try:
        read = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        read = None
    is_one = isinstance(read, list) and len(read) == keys + 1 and type(read[-1]) is int and read[-1] >= 0
    if not is_one:
        hint = "write `next` of the page before, or leave it out to begin anew"
        raise SpecError([Problem("query", 0, 0, "cursor", "not a cursor of this list", cursor[:80], hint)])
    return list(read)
