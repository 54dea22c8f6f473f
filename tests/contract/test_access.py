"""What every record of tokens and of writes promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract.ledger_cases import DATABASES, KINDS, NOON, database_url
from contract.older import take_back
from fakes import MemoryAudit, MemoryTokens
from leadline.adapters.store import open_store
from leadline.adapters.store.sql_store import SqlStore
from leadline.errors import NotFound, RecordError
from leadline.ports.audit import Audit, AuditEntry, Caller
from leadline.ports.operation import Permission
from leadline.ports.removal import Removal
from leadline.ports.tokens import Token, Tokens

_CI = Token("0a1b2c3d4e", "“CI”, o'clock", Permission.EDITOR, "f" * 64, NOON, "Ada", NOON + 90 * 86_400)
_PAGER = replace(_CI, id="1a1b2c3d4e", role=Permission.RESPONDER, created_at=NOON + 1)
_LEAKED = Removal("in a log", "Bob", NOON + 60)
_WRITE = AuditEntry(NOON, Caller("CI", "api", _CI.id), "corrections.add", '{"reason":"“moved”, it\'s said; 100 %?"}')


@pytest.fixture(params=KINDS)
def tokens(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tokens]:
    if request.param == "memory":
        yield MemoryTokens()
        return
    with open_store(database_url(request.param, request, tmp_path)) as store:
        yield store.tokens


@pytest.fixture(params=KINDS)
def audit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Audit]:
    if request.param == "memory":
        yield MemoryAudit()
        return
    with open_store(database_url(request.param, request, tmp_path)) as store:
        yield store.audit


def test_tokens_come_back_whole_and_oldest_first(tokens: Tokens) -> None:
    assert list(tokens.every()) == []
    tokens.add(_PAGER)
    tokens.add(_CI)
    assert list(tokens.every()) == [_CI, _PAGER]


def test_a_token_does_not_take_the_place_of_another(tokens: Tokens) -> None:
    tokens.add(_CI)
    with pytest.raises(RecordError, match=f"there is a token {_CI.id} already"):
        tokens.add(replace(_CI, role=Permission.ADMIN))
    assert list(tokens.every()) == [_CI]


def test_a_revoked_token_stays_in_the_record_with_who_and_why(tokens: Tokens) -> None:
    tokens.add(_CI)
    tokens.add(_PAGER)
    tokens.revoke(_CI.id, _LEAKED)
    assert list(tokens.every()) == [replace(_CI, revocation=_LEAKED), _PAGER]
    with pytest.raises(RecordError, match=f"token {_CI.id} was revoked already"):
        tokens.revoke(_CI.id, replace(_LEAKED, reason="again"))
    assert tokens.every()[0].revocation == _LEAKED


def test_a_token_that_is_not_there_cannot_be_revoked(tokens: Tokens) -> None:
    with pytest.raises(NotFound, match="no token is named ffffffffff"):
        tokens.revoke("ffffffffff", _LEAKED)


def test_a_write_is_in_the_audit_before_it_has_ended(audit: Audit) -> None:
    assert list(audit.newest(10)) == []
    number = audit.begin(_WRITE)
    assert list(audit.newest(10)) == [replace(_WRITE, id=number)]
    audit.end(number, "done", NOON + 1)
    assert list(audit.newest(10)) == [replace(_WRITE, id=number, outcome="done")]


def test_the_audit_is_read_newest_first_a_page_at_a_time(audit: Audit) -> None:
    numbers = [audit.begin(replace(_WRITE, at=NOON + after)) for after in range(5)]
    assert numbers == sorted(set(numbers))
    first = audit.newest(2)
    assert [each.id for each in first] == [numbers[4], numbers[3]]
    assert [each.id for each in audit.newest(10, before=first[-1].id)] == numbers[2::-1]


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_of_the_version_before_gets_tokens_and_the_audit(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = database_url(kind, request, tmp_path)
    with SqlStore(url) as store, store.database.writing() as connection:
        take_back(connection, "0003")
    with SqlStore(url) as store:
        assert list(store.tokens.every()) == []
        store.tokens.add(_CI)
        assert store.audit.begin(_WRITE) > 0
