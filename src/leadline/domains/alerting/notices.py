"""
What people are told of alerts and levels: notices, in words. Pure.

One line says everything; who is told and how is somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadline.core.alert_tiers import Severity
from leadline.core.budgets import Level
from leadline.domains.alerting.rules import Moves
from leadline.domains.alerting.verdicts import Verdicts
from leadline.handbook.specs import Slo
from leadline.ports.episodes import Ending, Episode, EpisodeKind, EpisodeState, EventKind, WindowBurn
from leadline.ports.levels import LevelChange
from leadline.ports.outbox import Notice, NoticeKind
from leadline.units import format_duration

_BAD = (Level.WARNING.value, Level.CRITICAL.value, Level.DEPLETED.value)
_TICKETS = (Level.CRITICAL.value, Level.DEPLETED.value)


def notices(verdicts: Verdicts, moves: Moves) -> Iterator[Notice]:
    """Of alerts that are told from now on, of told ones that ended, and of levels that changed."""
    for event in moves.events:
        episode = moves.episodes[event.thread]
        if event.kind is EventKind.TOLD:
            yield _fired(verdicts, moves, episode)
        elif event.kind is EventKind.ENDED and episode.told_at is not None:
            yield _ended(verdicts, episode)
    for change in verdicts.readings.levels:
        if _is_told(verdicts, change):
            yield _level(verdicts, change)


def _fired(verdicts: Verdicts, moves: Moves, episode: Episode) -> Notice:
    if episode.kind is EpisodeKind.SILENCE:
        others = [each.subject for each in moves.episodes.values() if _is_silent_with(each, episode)]
        title = f"{episode.subject}: {episode.why}"
        text = "Cannot tell is not fine: its objectives have no level, and its alerts cannot fire."
        if len(others) > 1:
            title = f"{len(others)} SLIs of {episode.service} have gone silent: {episode.why}"
            text += "\nSilent: " + ", ".join(others)
        return _notice(episode, NoticeKind.SLI_SILENT, title, text, {"SLIs": ", ".join(others)})
    slo = verdicts.plan.slos[episode.subject]
    burning = ", ".join(_burn(window) for window in episode.windows)
    title = f"{_name(slo)} burns its error budget: {burning}"
    facts = {"objective": f"{slo.target_text} over {slo.terms.window}", "tier": episode.tier}
    for window in episode.windows:
        facts[f"burn {format_duration(window.seconds)}"] = f"{_rate(window)} (limit {window.factor:.4g}x)"
    if left := _left(verdicts, slo.id):
        facts["budget left"] = left
    lines = [f"{_events(window)} in the last {format_duration(window.seconds)}" for window in episode.windows]
    if episode.groups:
        facts["groups"] = ", ".join(f"{name} {rate:.4g}x" for name, rate in episode.groups.items())
    return _notice(episode, NoticeKind.ALERT_FIRED, title, "\n".join(line for line in lines if line[0] != " "), facts)


def _is_silent_with(each: Episode, episode: Episode) -> bool:
    return (
        each.kind is EpisodeKind.SILENCE
        and each.state is EpisodeState.FIRING
        and (each.service, each.severity, each.fired_at) == (episode.service, episode.severity, episode.fired_at)
    )


def _ended(verdicts: Verdicts, episode: Episode) -> Notice:
    lasted = format_duration((episode.ended_at or 0) - (episode.fired_at or episode.began_at))
    if episode.kind is EpisodeKind.SILENCE:
        title = f"{episode.subject}: {episode.why}, after {lasted}"
        return _notice(episode, NoticeKind.SLI_HEARD, title, "", {"silent for": lasted})
    slo = verdicts.plan.slos.get(episode.subject)
    name = episode.subject if slo is None else _name(slo)
    said = {
        Ending.RECOVERED: f"{name} has recovered: {episode.tier} held for {lasted}",
        Ending.LOST: f"{name} cannot be told any longer: {episode.tier} held for {lasted}",
        Ending.SUSPENDED: f"{name} is not looked at for now: {episode.tier} held for {lasted}",
        Ending.WITHDRAWN: f"{name} has no alert {episode.tier} any longer: it held for {lasted}",
    }
    facts = {"tier": episode.tier, "lasted": lasted, "ended as": (episode.ending or Ending.RECOVERED).value}
    if left := _left(verdicts, episode.subject):
        facts["budget left"] = left
    text = "" if episode.ending is Ending.RECOVERED else f"{episode.why}; this is not to say that all is well."
    return _notice(episode, NoticeKind.ALERT_RESOLVED, said[episode.ending or Ending.RECOVERED], text, facts)


def _notice(episode: Episode, kind: NoticeKind, title: str, text: str, facts: dict[str, str]) -> Notice:
    at = episode.ended_at or episode.told_at or episode.began_at
    slo = episode.subject if episode.kind is EpisodeKind.BURN else ""
    return Notice(
        f"{episode.thread}/{kind}", episode.thread, kind, at, episode.severity.value, episode.service, slo,
        episode.team, episode.service_tier, title, text, facts,
    )  # fmt: skip


def _is_told(verdicts: Verdicts, change: LevelChange) -> bool:
    """
    Whether anybody is told of a change of level.

    The first level known is none; what falls silent, and is heard again, is told as that.
    """
    if not change.before:
        return False
    if change.after == Level.UNKNOWN.value:
        place = verdicts.readings.index.get((change.slo, None))
        return place is None or bool(verdicts.readings.figures.fresh[place])
    return change.after in _BAD or change.before in _BAD


def _level(verdicts: Verdicts, change: LevelChange) -> Notice:
    slo = verdicts.plan.slos[change.slo]
    severity = Severity.TICKET if change.after in _TICKETS else Severity.NOTIFY
    left = _left(verdicts, change.slo)
    title = f"{_name(slo)} is {change.after}, it was {change.before}"
    title += f"; {left} of the error budget is left" if left and change.after != Level.UNKNOWN.value else ""
    facts = {"objective": f"{slo.target_text} over {slo.terms.window}", "before": change.before, "after": change.after}
    thread = f"level/{change.slo}/{change.at}"
    return Notice(
        f"{thread}/{change.after}", thread, NoticeKind.LEVEL_CHANGED, change.at, severity.value, slo.service, slo.id,
        slo.team or "", slo.tier, title, change.reason, facts | ({"budget left": left} if left else {}),
    )  # fmt: skip


def _name(slo: Slo) -> str:
    return slo.display_name or slo.id


def _burn(window: WindowBurn) -> str:
    return f"{_rate(window)} over {format_duration(window.seconds)}"


def _rate(window: WindowBurn) -> str:
    return "nothing may fail, and something did" if window.rate is None else f"{window.rate:.4g}x"


def _events(window: WindowBurn) -> str:
    return " " if window.bad is None or window.total is None else f"{window.bad:g} bad of {window.total:g} events"


def _left(verdicts: Verdicts, slo: str) -> str:
    place, figures = verdicts.readings.index.get((slo, None)), verdicts.readings.figures
    if place is None or not figures.has_consumed[place]:
        return ""
    return f"{float(figures.remaining[place]) * 100:.1f} %"


def order(found: Sequence[Notice]) -> tuple[Notice, ...]:
    """Ends before beginnings, so that who reads them in order ends with what holds."""
    return tuple(sorted(found, key=lambda notice: notice.kind is not NoticeKind.ALERT_RESOLVED))
