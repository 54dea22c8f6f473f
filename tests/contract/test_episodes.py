"""What every record of episodes promises: all of a round or nothing of it, and the same when it is read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from contract.ledger_cases import DATABASES, KINDS, database_url
from contract.older import take_back
from fakes import MemoryEpisodes, MemoryLevels, MemoryOutbox
from instants import NOON_SECONDS
from leadline.adapters.store import open_store
from leadline.adapters.store.sql_store import SqlStore
from leadline.core.alert_tiers import AlertAction, Severity
from leadline.errors import NotFound, RecordError
from leadline.ports.episodes import (
    Ending,
    Episode,
    EpisodeEvent,
    EpisodeKind,
    Episodes,
    EpisodeState,
    EventKind,
    Round,
    WindowBurn,
)
from leadline.ports.levels import LevelChange, Levels
from leadline.ports.outbox import Notice, NoticeKind, Outbox

LATER = NOON_SECONDS + 60


@dataclass
class Record:
    episodes: Episodes
    levels: Levels
    outbox: Outbox

    def append(self, *begun: Episode, events: tuple[EpisodeEvent, ...] = ()) -> bool:
        notices = tuple(a_notice(each.thread) for each in begun)
        return self.episodes.append(Round(NOON_SECONDS, begun, events, (), notices), self.episodes.known().mark)


@pytest.fixture(params=KINDS)
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Record]:
    if request.param == "memory":
        levels, outbox = MemoryLevels(), MemoryOutbox()
        yield Record(MemoryEpisodes(levels, outbox), levels, outbox)
        return
    with open_store(database_url(request.param, request, tmp_path)) as store:
        yield Record(store.episodes, store.levels, store.outbox)


def an_episode(subject: str, tier: str = "page-1h", service: str = "shop", service_tier: int | None = 0) -> Episode:
    thread = f"burn/{subject}/{tier}/{NOON_SECONDS}"
    return Episode(
        thread, EpisodeKind.BURN, subject, tier, "workbook", Severity.PAGE, AlertAction.ROLLBACK, service, "tills",
        service_tier, NOON_SECONDS,
    )  # fmt: skip


def a_notice(thread: str) -> Notice:
    return Notice(
        f"{thread}/fired", thread, NoticeKind.ALERT_FIRED, NOON_SECONDS, "page", "shop", "", "", None, "!", ""
    )


def fired(episode: Episode) -> EpisodeEvent:
    windows = (WindowBurn(300, 16.5, 14.4, 3.0, 200.0), WindowBurn(3600, None, 14.4, None, None))
    return EpisodeEvent(episode.thread, NOON_SECONDS, EventKind.FIRED, windows=windows, groups={"region=“eu”": 20.5})


def ended(episode: Episode) -> EpisodeEvent:
    return EpisodeEvent(episode.thread, LATER, EventKind.ENDED, Ending.LOST, "nothing was seen, 100 %?")


def test_an_episode_comes_back_as_it_happened(record: Record) -> None:
    first, other = an_episode("checkout"), an_episode("search/2", service="search", service_tier=None)
    told = EpisodeEvent(first.thread, NOON_SECONDS, EventKind.TOLD)
    assert record.episodes.known().open == ()
    assert record.append(first, other, events=(fired(first), told))
    one, two = record.episodes.open()
    assert one == replace(first.after(fired(first)).after(told), id=one.id)
    assert (two.state, one.state) == (EpisodeState.PENDING, EpisodeState.FIRING)
    assert two == replace(other, id=two.id)
    assert record.append(events=(ended(first),))
    assert record.episodes.open() == (two,)
    over = record.episodes.find(one.id)
    assert (over.state, over.ended_at, over.ending, over.why) == (
        EpisodeState.RESOLVED, LATER, Ending.LOST, "nothing was seen, 100 %?",
    )  # fmt: skip


def test_history_is_newest_first_and_can_be_of_a_service_or_of_objectives(record: Record) -> None:
    for subject, service in (("a", "shop"), ("b", "shop"), ("c", "bank")):
        record.append(an_episode(subject, service=service))

    def subjects(**asked: object) -> list[str]:
        return [each.subject for each in record.episodes.history(**{"most": 10} | asked)]  # type: ignore[arg-type]  # by name

    assert subjects() == ["c", "b", "a"]
    assert subjects(most=2) == ["c", "b"]
    assert subjects(service="shop") == ["b", "a"]
    assert subjects(subjects=["a", "c"]) == ["c", "a"]
    assert subjects(before=record.episodes.history(10)[0].id) == ["b", "a"]


def test_a_round_decided_from_what_is_no_longer_the_newest_writes_nothing(record: Record) -> None:
    first, second = an_episode("a"), an_episode("b")
    mark = record.episodes.known().mark
    assert record.append(first, events=(fired(first),))
    level = LevelChange("b", NOON_SECONDS, "", "critical", "")
    late = Round(NOON_SECONDS, (second,), (fired(second),), (level,), (a_notice(second.thread),))
    assert not record.episodes.append(late, mark)
    assert [each.subject for each in record.episodes.open()] == ["a"]
    assert record.levels.latest() == {}
    assert [filed.notice.thread for filed in record.outbox.unrouted(9)] == [first.thread]
    assert record.episodes.append(late, record.episodes.known().mark)
    assert record.levels.latest() == {"b": level}
    assert len(record.outbox.unrouted(9)) == 2
    assert not record.episodes.append(late, mark)


def test_an_episode_that_was_there_already_is_not_written_again(record: Record) -> None:
    first = an_episode("a")
    record.append(first, events=(fired(first),))
    record.append(events=(ended(first),))
    assert record.append(first, events=(fired(first),))
    assert record.episodes.open() == ()
    assert len(record.episodes.history(9)) == len(record.outbox.unrouted(9)) == 1


def test_one_looks_after_an_alert_and_only_while_it_lasts(record: Record) -> None:
    first = an_episode("a")
    record.append(first, events=(fired(first),))
    number = record.episodes.open()[0].id
    assert record.episodes.acknowledge(number, LATER, "dana").acknowledged_by == "dana"
    assert record.episodes.find(number).acknowledged_at == LATER
    with pytest.raises(RecordError):
        record.episodes.acknowledge(number, LATER, "erik")
    second = an_episode("b")
    record.append(second, events=(fired(second), ended(second)))
    with pytest.raises(RecordError):
        record.episodes.acknowledge(number + 1, LATER, "erik")
    with pytest.raises(NotFound):
        record.episodes.find(99)


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_of_before_episodes_is_brought_up(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = database_url(kind, request, tmp_path)
    with open_store(url) as store:
        store.levels.append([LevelChange("a", NOON_SECONDS, "", "healthy", "")])
    store = SqlStore(url)
    with store.database.engine.begin() as connection:
        take_back(connection, "0009")
    store.close()
    with open_store(url) as later:
        assert later.episodes.append(Round(NOON_SECONDS, (an_episode("a"),)), later.episodes.known().mark)
        assert [each.subject for each in later.episodes.open()] == ["a"]
