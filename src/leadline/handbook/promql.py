"""
PromQL as the handbook needs it: checked, placeholders filled, selectors read.

`promql-parser` reads the language. Its cost grows with the cube of the nesting and very deep input crashes it, so size
and nesting are bounded before it is called. Its messages have no place; `check` finds one. Counters stand in
`counters`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import promql_parser as parser

from leadline.handbook.counters import CounterQueries, counter_queries
from leadline.handbook.syntax import parsed

MAX_BYTES = 8 * 1024
MAX_DEPTH = 100
MAX_OPERATORS = 150
_PLACEHOLDERS = (
    re.compile(r"\{\{\s*\.?\s*(?:window|range|interval)\s*\}\}", re.IGNORECASE),
    re.compile(r"\$\{?__(?:range|interval|rate_interval)\}?(?![A-Za-z_])"),
    re.compile(r"\$\{?window\}?(?![A-Za-z_])"),
)
_BRACKETED = re.compile(r"\[\s*window\s*\]", re.IGNORECASE)
_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)|(?P<comment>\#[^\n]*)|(?P<space>\s+)"""
    r"""|(?P<word>[\w:.]+)|(?P<operator>==|!=|>=|<=|=~|!~|[-+*/%^<>])|(?P<other>.)""",
    re.DOTALL,
)
_OPERATOR_WORDS = {"and", "or", "unless", "atan2"}
_OPEN, _CLOSE = "([{", ")]}"
_QUOTED = re.compile(r"'([^']+)'")
_LOCATED_TOKENS = 400


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a query and where it begins."""

    kind: str
    text: str
    start: int


def _tokens(text: str) -> list[Token]:
    found = (Token(str(match.lastgroup), match.group(), match.start()) for match in _TOKEN.finditer(text))
    return [token for token in found if token.kind not in ("space", "comment")]


def fill(text: str, window: str) -> str:
    """
    Put a duration in the place of `{{.window}}`, `$__range`, `$__interval`, `$__rate_interval` and `[window]`.

    >>> fill("sum(increase(x[{{.window}}]))", "1m")
    'sum(increase(x[1m]))'
    """
    for placeholder in _PLACEHOLDERS:
        text = placeholder.sub(window, text)
    return _BRACKETED.sub(f"[{window}]", text)


def check(text: str) -> str | None:
    """
    What is wrong with a query, with line and column inside it when they can be told; None when nothing is.

    >>> check("sum(rate(x[5m]))")
    >>> check("sum(x")
    'line 1, column 4: unclosed left parenthesis'
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        return f"longer than {MAX_BYTES} bytes ({size})"
    too_deep = _too_deep(_tokens(text)) if len(text) > MAX_DEPTH else None
    if too_deep:
        return too_deep
    try:
        kind = result_kind(text)
    except ValueError as error:
        place = _place(text, _tokens(text), str(error))
        return f"{place}{error}"
    return (
        None if kind in ("vector", "scalar") else f"answers with a {kind}; a query must answer with one value a series"
    )


def _too_deep(tokens: list[Token]) -> str | None:
    depth = operators = braces = 0
    for token in tokens:
        if token.kind == "other" and token.text in _OPEN:
            depth += 1
            braces += token.text == "{"
        elif token.kind == "other" and token.text in _CLOSE:
            depth = max(0, depth - 1)
            braces = max(0, braces - (token.text == "}"))
        elif not braces and (token.kind == "operator" or token.text.lower() in _OPERATOR_WORDS):
            operators += 1
        if depth > MAX_DEPTH:
            return f"nested more than {MAX_DEPTH} deep"
        if operators > MAX_OPERATORS:
            return f"more than {MAX_OPERATORS} operators"
    return None


def result_kind(text: str) -> str:
    """`vector`, `scalar`, `string` or `range vector`; ValueError with PromQL's message when it is ill-written."""
    node = parsed(text)
    while isinstance(node, parser.ParenExpr):
        node = node.expr
    if isinstance(node, parser.MatrixSelector | parser.SubqueryExpr):
        return "range vector"
    if isinstance(node, parser.StringLiteral):
        return "string"
    scalar_call = isinstance(node, parser.Call) and node.func.return_type == parser.ValueType.Scalar
    return "scalar" if scalar_call or isinstance(node, parser.NumberLiteral) else "vector"


def _place(text: str, tokens: list[Token], message: str) -> str:
    """The first token that cannot stand where it does, as "line L, column C: "."""
    named = _QUOTED.search(message)
    start = text.find(named[1]) if named else -1
    if start < 0 and message.startswith("unclosed"):
        start = max((token.start for token in _unclosed(tokens)), default=-1)
    if start < 0 and tokens and len(tokens) <= _LOCATED_TOKENS:
        good = next((count for count in range(len(tokens), 0, -1) if _begins_well(text, tokens[:count])), 0)
        start = tokens[min(good, len(tokens) - 1)].start
    if start < 0:
        return ""
    line = text.count("\n", 0, start) + 1
    return f"line {line}, column {start - text.rfind(chr(10), 0, start)}: "


def _unclosed(tokens: list[Token]) -> list[Token]:
    stack: list[Token] = []
    for token in tokens:
        if token.kind == "other" and token.text in _OPEN:
            stack.append(token)
        elif token.kind == "other" and token.text in _CLOSE and stack:
            stack.pop()
    return stack


def _begins_well(text: str, tokens: list[Token]) -> bool:
    end = tokens[-1].start + len(tokens[-1].text)
    closing = "".join(_CLOSE[_OPEN.index(token.text)] for token in reversed(_unclosed(tokens)))
    try:
        parser.parse(text[:end] + closing)
    except ValueError:
        return False
    return True


def selectors(text: str) -> tuple[str, ...]:
    """
    Every selector of a query as written out, without range, in order, each once.

    >>> selectors('sum(rate(a{b="c"}[5m])) / sum(d)')
    ('a{b="c"}', 'd')
    """
    found: dict[str, None] = {}

    def note(node: parser.Expr) -> None:
        if isinstance(node, parser.VectorSelector):
            found[node.prettify()] = None

    parser.walk(parser.parse(text), note)
    return tuple(found)


__all__ = ["CounterQueries", "check", "counter_queries", "fill", "result_kind", "selectors"]
