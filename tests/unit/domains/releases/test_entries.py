"""Changes and incidents as people and pipelines tell them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from instants import NOON
from leadline.domains.releases.entries import (
    end_incident,
    list_changes,
    list_incidents,
    record_change,
    record_incident,
)
from leadline.domains.releases.entry_model import EndIncident, ListChanges, ListIncidents, RecordChange, RecordIncident
from leadline.errors import NotFound, RecordError, SpecError
from leadline.ports.audit import Caller
from leadline.ports.operation import Context
from made_handbooks import a_context, a_handbook, an_sli

HOUR = timedelta(hours=1)
DEPLOY = RecordChange(service="shop", kind="Bug-Fix", ref="4f2a")


@pytest.fixture
def context() -> Context:
    return replace(a_context(a_handbook([an_sli()])), caller=Caller("ci", "api"))


def test_a_change_that_says_no_time_begins_now_in_the_name_of_who_asks(context: Context) -> None:
    made = record_change(DEPLOY, context)
    assert (made.started_at, made.finished_at, made.who, made.kind) == (NOON, None, "ci", "bug_fix")


def test_an_end_that_is_told_alone_ends_the_change_under_way(context: Context) -> None:
    began = record_change(DEPLOY.model_copy(update={"started": NOON - HOUR}), context)
    other = record_change(DEPLOY.model_copy(update={"ref": "9c1d"}), context)
    ended = record_change(DEPLOY.model_copy(update={"finished": NOON}), context)
    assert (ended.id, ended.started_at, ended.finished_at) == (began.id, NOON - HOUR, NOON)
    found = list_changes(ListChanges(service="shop"), context).changes
    assert [(each.id, each.finished_at) for each in found] == [(other.id, None), (began.id, NOON)]


def test_an_end_without_a_beginning_is_a_change_of_that_instant(context: Context) -> None:
    made = record_change(DEPLOY.model_copy(update={"finished": NOON - HOUR}), context)
    assert (made.started_at, made.finished_at) == (NOON - HOUR, NOON - HOUR)


def test_what_is_to_come_and_what_ends_before_it_begins_is_refused_at_once(context: Context) -> None:
    wrong = DEPLOY.model_copy(update={"started": NOON + HOUR, "finished": NOON - HOUR})
    with pytest.raises(SpecError) as refused:
        record_change(wrong, context)
    assert [(problem.file, problem.what) for problem in refused.value.problems] == [
        ("--started", "in the future"),
        ("--finished", "before --started"),
    ]


def test_a_change_of_a_service_that_is_not_there_or_fixing_nothing_is_not_found(context: Context) -> None:
    with pytest.raises(NotFound, match="no service is named shp; did you mean shop"):
        record_change(DEPLOY.model_copy(update={"service": "shp"}), context)
    with pytest.raises(NotFound, match="no incident has the number 4"):
        record_change(DEPLOY.model_copy(update={"fixes": (4,)}), context)


def test_an_incident_is_open_until_its_end_is_told(context: Context) -> None:
    made = record_incident(RecordIncident(title="jam", service="shop", slos=("requests-slo",)), context)
    assert made.slos == ("requests-slo",)
    assert list_incidents(ListIncidents(open=True), context).incidents == (made,)
    with pytest.raises(RecordError, match="incident 1 began 2026-03-04 12:00 UTC, after that"):
        end_incident(EndIncident(id=1, finished=NOON - HOUR), context)
    ended = end_incident(EndIncident(id=1), context)
    assert ended.finished_at == NOON
    assert list_incidents(ListIncidents(open=True), context).incidents == ()


def test_an_incident_concerns_slos_of_its_service_alone(context: Context) -> None:
    with pytest.raises(NotFound, match="no SLO of shop is named search"):
        record_incident(RecordIncident(title="jam", service="shop", slos=("search",)), context)
