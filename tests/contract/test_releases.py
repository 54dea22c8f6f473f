"""What every record of decisions, permits and duties promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract.ledger_cases import DATABASES, KINDS, database_url
from contract.older import take_back
from fakes import MemoryReleases
from instants import NOON_SECONDS as NOON
from leadline.adapters.store import open_store
from leadline.adapters.store.sql_store import SqlStore
from leadline.core.questions import PermitForm
from leadline.errors import NotFound, RecordError
from leadline.ports.outbox import Notice, NoticeKind
from leadline.ports.releases import Decision, Done, Duty, GivenPermit, Releases, ServiceLevel

DECISION = Decision("shop", "feature", "“4f2a” '?'", "Ada", "ci", NOON, "deny", '{"a":1}', '{"b":"100 %"}', "5e" * 32)
APPROVAL = GivenPermit(
    PermitForm.APPROVAL, "shop", "feature", "4f2a", "sre", "Bob", "bob-token", "", "looks, good", ("rollback", "a,b"),
    NOON, NOON + 3600, 7,
)  # fmt: skip
GLASS = replace(APPROVAL, form=PermitForm.BREAK_GLASS, role="", checked=(), decision=0, expires_at=NOON + 60)
DUTY = Duty(
    "level:shop:critical:1:plan", "shop", "critical", "plan", "Plan it, 100 %?", ("sre", "lead"), NOON, NOON + 9
)
NOTICE = Notice("duty:1", "duty:1", NoticeKind.DUTY_DUE, NOON, "ticket", "shop", "", "", None, "Plan it", "", {})


@pytest.fixture(params=KINDS)
def releases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Releases]:
    if request.param == "memory":
        yield MemoryReleases()
        return
    with open_store(database_url(request.param, request, tmp_path)) as store:
        yield store.releases


def test_decisions_come_back_whole_newest_first(releases: Releases) -> None:
    assert releases.decisions(None, 9) == ()
    first = releases.add_decision(DECISION, [NOTICE])
    other = releases.add_decision(replace(DECISION, service="search"))
    last = releases.add_decision(replace(DECISION, outcome="allow"))
    assert first == replace(DECISION, id=first.id)
    assert releases.decision(first.id) == first
    assert releases.decisions(None, 2) == (last, other)
    assert releases.decisions("shop", 9) == (last, first)
    assert releases.decisions(None, 9, before=other.id) == (first,)
    with pytest.raises(NotFound, match="no decision has the number 99"):
        releases.decision(99)


def test_a_permit_comes_back_whole_until_it_runs_out_with_the_duty_that_it_brings(releases: Releases) -> None:
    review = replace(DUTY, key="permit:{id}:review", level="", text="Review the exception {id}")
    approval = releases.add_permit(APPROVAL)
    glass = releases.add_permit(GLASS, [review], [replace(NOTICE, key="permit:{id}", title="broken ({id})")])
    assert releases.permits("shop", NOON) == (approval, glass)
    assert releases.permits(None, NOON + 60) == (approval,)
    assert releases.permits("search", 0) == ()
    (duty,) = releases.duties("shop")
    assert (duty.key, duty.text) == (f"permit:{glass.id}:review", f"Review the exception {glass.id}")


def test_a_glass_is_confirmed_once_and_what_was_taken_back_stays_in_the_record(releases: Releases) -> None:
    number = releases.add_permit(GLASS).id
    assert releases.confirm_permit(number, "Eve", NOON).second == "Eve"
    with pytest.raises(RecordError, match=f"permit {number} was confirmed by Eve already"):
        releases.confirm_permit(number, "Eve", NOON)
    gone = releases.withdraw_permit(number, "Ada", "over", NOON)
    assert (gone.second, gone.withdrawn_by, gone.withdrawal) == ("Eve", "Ada", "over")
    assert releases.permits(None, NOON) == (gone,)
    for ask in (
        lambda: releases.withdraw_permit(number, "Ada", "", NOON),
        lambda: releases.confirm_permit(number, "x", 1),
    ):
        with pytest.raises(RecordError, match="was taken back by Ada already"):
            ask()
    with pytest.raises(NotFound, match="no permit has the number 99"):
        releases.confirm_permit(99, "Eve", NOON)
    with pytest.raises(NotFound, match="no permit has the number 99"):
        releases.withdraw_permit(99, "Eve", "", NOON)


def test_levels_and_duties_are_written_together_and_a_duty_of_a_known_key_once(releases: Releases) -> None:
    critical = ServiceLevel("shop", "critical", NOON)
    late = replace(DUTY, key="other", due_at=NOON + 5)
    assert releases.enter([critical], [DUTY, DUTY, late], [NOTICE]) == 2
    assert releases.enter([replace(critical, level="depleted", since=NOON + 60)], [DUTY], [NOTICE]) == 0
    assert releases.service_levels() == {"shop": ServiceLevel("shop", "depleted", NOON + 60)}
    assert [each.key for each in releases.duties(None)] == ["other", DUTY.key]
    assert releases.duties("search") == ()
    assert releases.enter([], []) == 0


def test_a_duty_is_done_once(releases: Releases) -> None:
    releases.enter([], [DUTY])
    (open_duty,) = releases.duties("shop")
    done = releases.finish_duty(open_duty.id, Done("Ada", "an index", NOON + 5))
    assert done == replace(open_duty, done_at=NOON + 5, done_by="Ada", note="an index")
    assert (releases.duties("shop"), releases.duties(None, is_done=True)) == ((), (done,))
    with pytest.raises(RecordError, match=f"duty {done.id} was done by Ada already"):
        releases.finish_duty(done.id, Done("Bob", "", NOON))
    with pytest.raises(NotFound, match="no duty has the number 99"):
        releases.finish_duty(99, Done("Bob", "", NOON))


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_of_before_the_record_is_brought_up(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = database_url(kind, request, tmp_path)
    with open_store(url) as store:
        store.releases.add_decision(DECISION)
    store = SqlStore(url)
    with store.database.engine.begin() as connection:
        take_back(connection, "0008")
    store.close()
    with open_store(url) as later:
        assert later.releases.decisions(None, 9) == ()
        assert later.releases.add_decision(DECISION).id == 1
