"""
What queries have in common that differ in the value of one label alone, and the query of several of them together.

A query that can be like others is a selector, its sum, or several of these that are added or stand in for each other
(`sum(a) + sum(b)`, `a or b`), each with the same value of the label. Either every part is a sum or none is: only then
are the parts of many members matched as those of one are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from leadline.adapters.sources.prometheus.plans import as_asked, counter_of
from leadline.adapters.sources.prometheus.selectors import quoted
from leadline.ports.source import SourceQuery

_MATCHER = r"""[a-zA-Z_]\w*\s*(?:=~|!~|!=|=)\s*(?:"[^"\\\n]*"|'[^'\\\n]*')"""
_TERM = re.compile(
    r"\s*(?P<start>(?P<aggregate>sum|avg|min|max)\s*\(\s*)?"
    rf"(?P<name>[a-zA-Z_:][\w:]*)\s*\{{\s*(?P<matchers>{_MATCHER}(?:\s*,\s*{_MATCHER})*)\s*,?\s*\}}"
    r"\s*(?(start)\))\s*",
    re.ASCII,
)
_LIMIT = re.compile(r"(?:[=!]=|[<>]=?)\s*-?\d+(?:\.\d+)?(?=\s*\Z)", re.ASCII)
_SIGN = re.compile(r"\+|or\b", re.ASCII)
_PIECES = re.compile(r"""([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)')""", re.ASCII)
_SPECIAL = re.compile(r"([\\.+*?()|\[\]{}^$])")

Matcher = tuple[str, str, str]
"""Label, operator, value."""


@dataclass(frozen=True, slots=True)
class Term:
    """One selector of a query."""

    sign: str
    """What stands before it: nothing, `+` or `or`."""
    name: str
    matchers: tuple[Matcher, ...]

    def without(self, label: str) -> Term:
        return Term(self.sign, self.name, tuple(sorted({each for each in self.matchers if each[0] != label})))

    def values(self) -> dict[str, str]:
        """Labels that are given one value, once."""
        labels = [label for label, _, _ in self.matchers]
        return {
            label: value
            for label, sign, value in self.matchers
            if sign == "=" and value and label != "__name__" and labels.count(label) == 1
        }


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the queries of a family have in common."""

    label: str
    terms: tuple[Term, ...]
    group_by: tuple[str, ...]
    counts: bool = True
    """A counter, whose growth is asked for; otherwise its value, aggregated and compared as the query says."""
    aggregate: str = ""
    """Of a counter only where several terms are summed one by one; one that is summed is as good as none."""
    limit: str = ""

    def simple(self, values: Iterable[str]) -> str:
        """What is asked first of some members together."""
        text = self.text(values)
        return counter_of(text, self.kept).simple if self.counts else f"{text} {self.limit}".rstrip()

    def probe(self, values: Iterable[str]) -> str | None:
        return counter_of(self.text(values), self.kept).probe if self.counts else None

    def exact(self, values: Iterable[str]) -> str:
        exact = counter_of(self.text(values), self.kept).exact
        assert exact is not None  # noqa: S101 - a bare selector has one; this tells the type checker
        return exact

    def text(self, values: Iterable[str]) -> str:
        """The query of some members together."""
        either = "|".join(_SPECIAL.sub(r"\\\1", value) for value in values)
        return " ".join(self._written(term, f"{self.label}=~{quoted(either)}") for term in self.terms)

    def _written(self, term: Term, members: str) -> str:
        matchers = [f"{label}{sign}{quoted(value)}" for label, sign, value in term.matchers]
        selector = f"{term.name}{{{', '.join([members, *matchers])}}}"
        whole = f"{self.aggregate} by ({self.label}) ({selector})" if self.aggregate else selector
        return f"{term.sign} {whole}".lstrip()

    @property
    def kept(self) -> tuple[str, ...]:
        return tuple(sorted({self.label, *self.group_by}))


def likenesses(query: SourceQuery) -> dict[Likeness, str]:
    """Each family to which a query could belong, with its value of the label; none for what is no such query."""
    terms, aggregates, limit = _taken_apart(as_asked(query))
    if not terms or len(aggregates) > 1 or (aggregates != {""} and query.group_by):
        return {}
    aggregate = aggregates.pop()
    if query.counter and (limit or aggregate not in ("", "sum")):
        return {}
    if len(terms) > 1 and not query.counter:
        return {}
    shown = "" if query.counter and len(terms) == 1 else aggregate
    values = terms[0].values()
    shared = [label for label in values if all(term.values().get(label) == values[label] for term in terms)]
    return {
        Likeness(
            label, tuple(term.without(label) for term in terms), query.group_by, query.counter, shown, limit
        ): values[label]
        for label in shared
    }


def _taken_apart(text: str) -> tuple[tuple[Term, ...], set[str], str]:
    """The terms of a query, how they are aggregated, and the limit it is compared with; no terms for anything else."""
    terms: list[Term] = []
    aggregates: set[str] = set()
    sign, at = "", 0
    while match := _TERM.match(text, at):
        found = [(label, op, double or single) for label, op, double, single in _PIECES.findall(match["matchers"])]
        terms.append(Term(sign, match["name"], tuple(found)))
        aggregates.add(match["aggregate"] or "")
        at = match.end()
        if at == len(text):
            return tuple(terms), aggregates, ""
        if len(terms) == 1 and (limit := _LIMIT.match(text, at)):
            return tuple(terms), aggregates, limit[0]
        following = _SIGN.match(text, at)
        if following is None:
            break
        sign, at = following[0], following.end()
    return (), set(), ""
