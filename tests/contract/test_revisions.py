"""What every record of revisions promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from contract.ledger_cases import DATABASES, KINDS, database_url
from fakes import MemoryRevisions
from leadline.adapters.store import open_store
from leadline.adapters.store.sql_store import SqlStore
from leadline.handbook.specs import Document, Handbook, Place
from leadline.ports.operation import Revisions

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_API = Document("SLO", "api", '{"target":0.999}', "a" * 64, None, Place("slos.yaml", 1))
_DB = Document("SLO", "db", '{"target":0.99}', "b" * 64, "2026-02-01", Place("slos.yaml", 20))


def _handbook(*documents: Document) -> Handbook:
    return Handbook(
        folder="handbook",
        name="test",
        zone="UTC",
        settle=timedelta(minutes=2),
        services={},
        teams={},
        sources={},
        slis={},
        slos={},
        agreements={},
        policies={},
        corrections={},
        documents=documents,
    )


@pytest.fixture(params=KINDS)
def revisions(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Revisions]:
    if request.param == "memory":
        yield MemoryRevisions()
        return
    with open_store(database_url(request.param, request, tmp_path)) as store:
        yield store.revisions


def test_a_document_is_recorded_when_it_is_first_seen_and_when_it_changes(revisions: Revisions) -> None:
    assert revisions.record(_handbook(_API, _DB), _NOON) == 2
    assert revisions.record(_handbook(_API, _DB), _NOON) == 0
    changed = replace(_API, canonical='{"target":0.9}', sha256="c" * 64)
    assert revisions.record(_handbook(changed, _DB), _NOON) == 1
    assert revisions.record(_handbook(changed, _DB), _NOON) == 0


def test_a_document_that_is_changed_back_is_recorded_again(revisions: Revisions) -> None:
    revisions.record(_handbook(_API), _NOON)
    revisions.record(_handbook(replace(_API, sha256="c" * 64)), _NOON)
    assert revisions.record(_handbook(_API), _NOON) == 1


def test_a_document_that_moves_or_goes_away_is_not_recorded(revisions: Revisions) -> None:
    revisions.record(_handbook(_API, _DB), _NOON)
    assert revisions.record(_handbook(replace(_DB, place=Place("other.yaml", 7))), _NOON) == 0


def test_documents_of_two_kinds_may_share_a_name(revisions: Revisions) -> None:
    assert revisions.record(_handbook(_API, replace(_API, kind="SLI")), _NOON) == 2


@pytest.mark.parametrize("kind", DATABASES)
def test_a_revision_keeps_the_text_and_both_instants(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with SqlStore(database_url(kind, request, tmp_path)) as store:
        store.revisions.record(_handbook(_API, _DB), _NOON)
        with store.database.reading() as connection:
            assert connection
            rows = connection.execute(
                text("SELECT kind, name, sha256, canonical, seen_at, effective_from FROM spec_revision ORDER BY id")
            )
            assert [tuple(row) for row in rows] == [
                ("SLO", "api", "a" * 64, '{"target":0.999}', 1_767_268_800, None),
                ("SLO", "db", "b" * 64, '{"target":0.99}', 1_767_268_800, "2026-02-01"),
            ]


def test_what_was_recorded_is_read_back_in_its_order(revisions: Revisions) -> None:
    assert revisions.history() == ()
    revisions.record(_handbook(_API, _DB), _NOON)
    changed = replace(_API, canonical='{"target":0.9}', sha256="c" * 64)
    revisions.record(_handbook(changed, _DB), _NOON + timedelta(hours=1))
    found = [(each.document.name, each.document.canonical, each.seen_at) for each in revisions.history()]
    seconds = int(_NOON.timestamp())
    assert found == [
        ("api", '{"target":0.999}', seconds),
        ("db", '{"target":0.99}', seconds),
        ("api", '{"target":0.9}', seconds + 3600),
    ]
    assert [each.document.sha256 for each in revisions.history("SLO", "api")] == ["a" * 64, "c" * 64]
    assert [each.document.effective_from for each in revisions.history(name="db")] == ["2026-02-01"]
    assert revisions.history("SLI") == ()
