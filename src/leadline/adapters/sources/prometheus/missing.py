"""Why a selector finds nothing: a metric that is not there, a label that it does not have, a value that none has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from leadline.adapters.sources.prometheus.asking import Questions
from leadline.adapters.sources.prometheus.batches import Reply
from leadline.adapters.sources.prometheus.client import PrometheusClient
from leadline.adapters.sources.prometheus.selectors import PlainSelector
from leadline.errors import SourceError
from leadline.ports.inspection import UnmatchedLabel

_SECONDS = 10.0
_BACK_SECONDS = 86_400
_MANY = 5_000
_ALIKE = 0.65
Why = Mapping[str, dict[str, Any]]
"""Selector → fields of its `SelectorSight`."""


class Missing:
    """Asks what there is where a selector found nothing for a day."""

    def __init__(self, client: PrometheusClient, questions: Questions) -> None:
        self._client, self._questions = client, questions

    def of(self, gone: Sequence[PlainSelector], at: int) -> Why:
        """What is missing of each; selectors that several queries share are given once."""
        if not gone:
            return {}
        span = {"start": str(at - _BACK_SECONDS), "end": str(at)}
        names = self._values("__name__", span)
        known = {one for one in gone if not one.metric or not names or one.metric in names}
        found: dict[str, dict[str, Any]] = {
            one.text: {"is_metric_known": False, "near_metric": _near(one.metric, names)}
            for one in gone
            if one not in known
        }
        bare = {one: one.only([]) for one in known if one.metric}
        asked = {text: f"count(last_over_time({text}[1d]))" for text in bare.values()}
        replies = self._questions.ask(asked, at)
        silent = {one for one, text in bare.items() if _is_answered(replies[text]) and not _finds(replies[text])}
        found |= {one.text: {"has_samples": False} for one in silent}
        return found | {
            one.text: {"unmatched": each} for one, each in self._unmatched(known - silent, at, span).items()
        }

    def _unmatched(
        self, selectors: set[PlainSelector], at: int, span: Mapping[str, str]
    ) -> dict[PlainSelector, tuple[UnmatchedLabel, ...]]:
        asked = {}
        for one in selectors:
            for number, matcher in enumerate(one.matchers):
                asked[f"{one.text}\0{number}"] = f"count(last_over_time({one.only([matcher])}[1d]))"
                asked[f"{one.text}\0{number}\0label"] = (
                    f"count(last_over_time({one.only([(matcher[0], '!=', '')])}[1d]))"
                )
        replies = self._questions.ask(asked, at)
        return {
            one: tuple(
                self._label(one, matcher, is_known=_finds(replies[f"{one.text}\0{number}\0label"]), span=span)
                for number, matcher in enumerate(one.matchers)
                if _is_answered(replies[f"{one.text}\0{number}"]) and not _finds(replies[f"{one.text}\0{number}"])
            )
            for one in selectors
        }

    def _label(
        self, one: PlainSelector, matcher: tuple[str, str, str], *, is_known: bool, span: Mapping[str, str]
    ) -> UnmatchedLabel:
        name, sign, value = matcher
        among = self._values(name, {**span, "match[]": one.only([])}) if is_known else self._labels(one, span)
        return UnmatchedLabel(name, f'{name}{sign}"{value}"', is_known, _near(value if is_known else name, among))

    def _values(self, label: str, form: Mapping[str, str]) -> tuple[str, ...]:
        """Values of a label; none when the server does not say."""
        return self._listed(f"label/{label}/values", form)

    def _labels(self, one: PlainSelector, span: Mapping[str, str]) -> tuple[str, ...]:
        return self._listed("labels", {**span, "match[]": one.only([])}) if one.metric else ()

    def _listed(self, path: str, form: Mapping[str, str]) -> tuple[str, ...]:
        try:
            values = self._client.ask(path, form, seconds=_SECONDS).get("data")
        except SourceError:
            return ()
        return tuple(str(value) for value in values) if isinstance(values, list) else ()


def _is_answered(reply: Reply) -> bool:
    return reply.error is None


def _finds(reply: Reply) -> bool:
    return bool(reply.series)


def _near(word: str, known: Sequence[str]) -> str:
    # Comparing with very many words takes seconds; a slip rarely hits the first letters.
    candidates = known if len(known) <= _MANY else [other for other in known if other[:3] == word[:3]]
    return next(iter(get_close_matches(word, candidates, 1, _ALIKE)), "")
