"""
Pages of documentation, read so that tests can follow them: links, headings, files to write, and what to type.

In a page, a block marked `console` is run: each line `$ command` in one shell after the other, in a folder of the
page's own, and what follows is what it prints. A line `...` stands for any lines, `...` inside a line for any text. A
command must succeed unless `$ echo $?` follows it; one that ends in `&` stays until the page ends, and what follows is
what it prints first. A server takes a free port instead of its own. An HTML comment `<!-- file: NAME -->` before a
block writes the block to that file. `<!-- needs: MARK, … -->` names servers that must run. Blocks marked otherwise are
not run.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from servers import free_port
from tree import ROOT

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+|~~~+) *(?P<info>[\w-]*)")
_FILE = re.compile(r"<!-- *file: *(\S+) *-->")
_NEEDS = re.compile(r"<!-- *needs: *(.+?) *-->")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?: \"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")
_EXPORT = re.compile(r"^export (\w+)=(\S*)$")
COMMAND_SECONDS = 120
_SERVER = "127.0.0.1:8321"
"""Where `leadline up` listens."""


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    info: str
    lines: tuple[str, ...]
    number: int
    """Line of the fence in the page, from 1."""
    file: str | None


@dataclass(frozen=True)
class Step:
    """One command and what the page says it prints."""

    command: str
    expected: tuple[str, ...]
    number: int


def pages() -> tuple[Path, ...]:
    """Every page that a reader is meant to read."""
    return tuple(sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("changelog.d/*.md")]))


def blocks(page: Path) -> Iterator[Block]:
    """Fenced blocks of a page, in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    position = 0
    while position < len(lines):
        opened = _FENCE.match(lines[position])
        if not opened:
            position += 1
            continue
        before = next((line for line in reversed(lines[:position]) if line.strip()), "")
        named = _FILE.fullmatch(before.strip())
        body = []
        start = position + 1
        position = start
        while position < len(lines) and lines[position].strip() != opened["fence"]:
            body.append(lines[position].removeprefix(opened["indent"]))
            position += 1
        position += 1
        yield Block(opened["info"], tuple(body), start, named[1] if named else None)


def steps(block: Block) -> Iterator[Step]:
    """Commands of a console block; a line that ends in a backslash goes on."""
    command, number, expected = "", 0, []
    for offset, line in enumerate(block.lines, block.number + 1):
        if command.endswith("\\"):
            command = command[:-1] + line.removeprefix("> ").strip()
        elif line.startswith("$ "):
            if command:
                yield Step(command, tuple(expected), number)
            command, number, expected = line[2:].strip(), offset, []
        else:
            expected.append(line.rstrip())
    if command:
        yield Step(command, tuple(expected), number)


def needs(page: Path) -> frozenset[str]:
    """Servers that the page's commands talk to."""
    found = _NEEDS.search(page.read_text(encoding="utf-8"))
    return frozenset(re.split(r", *", found[1])) if found else frozenset()


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    text, is_open = [], ""
    for line in page.read_text(encoding="utf-8").splitlines():
        fence = _FENCE.match(line)
        if is_open:
            is_open = "" if line.strip() == is_open else is_open
        elif fence:
            is_open = fence["fence"]
        else:
            text.append(line)
    return "\n".join(text)


def links(page: Path) -> Iterator[str]:
    """Targets of links and pictures, as written."""
    for found in _LINK.finditer(re.sub(r"`[^`]*`", "", prose(page))):
        yield found[1] or found[2]


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page ends in, as GitHub makes it."""
    found: dict[str, int] = {}
    for line in prose(page).splitlines():
        if heading := re.match(r"#+ +(.*?) *#*$", line):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
            slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            count = found.get(slug, 0)
            found[slug] = count + 1
            if count:
                found[f"{slug}-{count}"] = 1
    return set(found)


def matches(expected: tuple[str, ...], printed: str) -> bool:
    """Whether a program printed what the page says."""
    while expected and not expected[-1]:
        expected = expected[:-1]
    pattern = ""
    for line in expected:
        if line.strip() == "...":
            pattern += r"(?:.*\n)*"
        else:
            pattern += r"[^\n]*?".join(re.escape(part) for part in line.rstrip().split("...")) + r"\n"
    lines = "".join(line.rstrip() + "\n" for line in printed.splitlines())
    return re.fullmatch(pattern + r"\n*", lines) is not None


class Follower:
    """Follows a page as a reader would, in a folder of its own."""

    def __init__(self, page: Path, folder: Path, addresses: Mapping[str, str]) -> None:
        self._page, self._folder = page, folder
        self._addresses = {**addresses, _SERVER: f"127.0.0.1:{free_port()}"}
        self._staying: list[subprocess.Popen[bytes]] = []
        self._exit_code = 0
        self._environment = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "/usr/bin:/bin")]),
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "COLUMNS": "120",
            "NO_COLOR": "1",
            "TERM": "dumb",
        }

    def follow(self) -> int:
        """Write and run all; return the number of commands run. A difference is an `AssertionError`."""
        try:
            return self._follow()
        finally:
            for program in self._staying:
                program.terminate()
                program.wait(COMMAND_SECONDS)

    def _follow(self) -> int:
        count = 0
        for block in blocks(self._page):
            if block.file:
                target = self._folder / block.file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(self._addressed("\n".join(block.lines) + "\n"), encoding="utf-8")
            elif block.info == "console":
                todo = list(steps(block))
                for step, after in zip(todo, [*todo[1:], None], strict=True):
                    self._take(step, may_fail=after is not None and after.command == "echo $?")
                    count += 1
        return count

    def _addressed(self, text: str) -> str:
        for written, real in self._addresses.items():
            text = text.replace(written, real)
        return text

    def _as_written(self, printed: str) -> str:
        for written, real in self._addresses.items():
            printed = printed.replace(real, written)
        return printed

    def _stay(self, step: Step, place: str) -> None:
        """Start a program and wait until it has printed what the page says."""
        words = shlex.split(step.command.removesuffix("&"))
        if words[:2] == ["leadline", "up"]:
            words += ["--port", self._addresses[_SERVER].rpartition(":")[2]]
        output = self._folder / f".output-{len(self._staying)}"
        with output.open("wb") as file:
            program = subprocess.Popen(
                words, cwd=self._folder, env=self._environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
        self._staying.append(program)
        deadline = time.monotonic() + COMMAND_SECONDS
        while not matches(step.expected, printed := self._as_written(output.read_text(encoding="utf-8"))):
            assert program.poll() is None, f"{place}\nended with {program.returncode}\n{printed}"
            assert time.monotonic() < deadline, f"{place}\nprinted {printed}"
            time.sleep(0.1)

    def _take(self, step: Step, *, may_fail: bool) -> None:
        place = f"{os.path.relpath(self._page, ROOT)}:{step.number}: $ {step.command}"
        if exported := _EXPORT.match(step.command):
            self._environment[exported[1]] = self._addressed(exported[2])
            return
        if step.command.endswith(" &"):
            self._stay(step, place)
            return
        if step.command == "echo $?":
            printed = f"{self._exit_code}\n"
        else:
            ran = subprocess.run(
                ["bash", "-c", self._addressed(step.command)],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=COMMAND_SECONDS,
                check=False,
            )
            self._exit_code, printed = ran.returncode, ran.stdout
            printed = self._as_written(printed)
            assert may_fail or ran.returncode == 0, f"{place}\nexit code {ran.returncode}\n{printed}"
        wanted = "\n".join(step.expected)
        assert matches(step.expected, printed), f"{place}\n--- the page says\n{wanted}\n--- was printed\n{printed}"
