"""
JUnit XML, as test reporters of build servers read it: a test case for each finding.

Errors and warnings have failed, notes have passed, what a document switches off was skipped, and a source that did not
answer is an error. Where nothing was found one case has passed, so that a report never looks as if nothing had run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from leadline.ports.findings import Finding, Findings, Unanswered, Weight

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(found: Findings) -> str:
    """One suite with a case for each finding."""
    cases = [*map(_case, found.findings), *map(_unanswered, found.unanswered)]
    cases = cases or [f"    <testcase name={_quoted('nothing was found')} classname={_quoted(found.tool)}/>"]
    failures = sum(_failed(finding) for finding in found.findings)
    skipped = sum(bool(finding.switched_off) for finding in found.findings)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{len(found.unanswered)}" skipped="{skipped}" time="0"'
    name = _quoted(f"leadline {found.tool}")
    return "\n".join(_lines(name, counts, cases))


def _lines(name: str, counts: str, cases: list[str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites name={name} {counts}>"
    yield f"  <testsuite name={name} {counts}>"
    yield from cases
    yield "  </testsuite>"
    yield "</testsuites>"


def _failed(finding: Finding) -> bool:
    return finding.weight is not Weight.NOTE and not finding.switched_off


def _case(finding: Finding) -> str:
    about = finding.slo or (f"{finding.kind} {finding.name}" if finding.name else finding.file)
    place = f' file={_quoted(finding.file)} line="{finding.line}"' if finding.line else ""
    head = f"    <testcase name={_quoted(f'{finding.rule}: {about}')} classname={_quoted(finding.rule)}{place}"
    told = f"{finding.what}: {finding.value}" if finding.value else finding.what
    if finding.switched_off:
        return f"{head}><skipped message={_quoted(finding.switched_off)}/></testcase>"
    if finding.weight is Weight.NOTE:
        return f"{head}><system-out>{_text(f'{finding.place}: {told}; {finding.way_out}')}</system-out></testcase>"
    body = _text(f"{finding.place}: {told}; {finding.way_out}")
    return f'{head}><failure type="{finding.weight}" message={_quoted(told)}>{body}</failure></testcase>'


def _unanswered(each: Unanswered) -> str:
    head = f"    <testcase name={_quoted(f'{each.source} answers')} classname={_quoted('sources')}"
    return f"{head}><error message={_quoted(each.why)}/></testcase>"


def _quoted(text: str) -> str:
    return quoteattr(_NOT_XML.sub("?", text))


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("?", text))
