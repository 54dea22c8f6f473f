"""
Programs that roll back: an argument list, never a shell, and never longer than a timeout.

A placeholder is a whole argument, so that no value can become two of them. A value that a program could take for an
option, or that holds a control character, is refused. The signed order comes on the standard input, so that a program
can check it. Of this process's environment a program sees little: no setting of Leadline, and no secret.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from leadline.ports.runner import PLACEHOLDERS, Order, RunError

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "KUBECONFIG", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Names of the environment that every program sees."""
_MOST_SAID = 2000
_LONGEST_VALUE = 500


@dataclass(frozen=True, slots=True)
class Program:
    """What is run, and how long it may take."""

    arguments: tuple[str, ...]
    folder: str
    """Where it runs: the handbook's."""
    environ: Mapping[str, str]
    timeout_seconds: float

    def filled(self, order: Order) -> list[str]:
        """
        The argument list of an order.

        Raises:
            RunError: a value that may not be passed on.
        """
        values = {f"{{{name}}}": (name, value) for name, value in order.values.items()}
        return [_checked(*values[each]) if each in values else each for each in self.arguments]

    def run(self, order: Order) -> str:
        """
        Run it to its end; returns what it said.

        Raises:
            RunError: it cannot be begun, fails, or takes too long; then it and all that it began are ended. What it
                leaves running when it ends by itself, such as the version before, goes on.
        """
        arguments = self.filled(order)
        told = json.dumps({"document": json.loads(order.document), "signature": order.signature})
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as stdin:
            stdin.write(told.encode())
            stdin.seek(0)
            try:
                process = subprocess.Popen(
                    arguments, stdin=stdin, stdout=said, stderr=said, cwd=self.folder, env=dict(self.environ),
                    start_new_session=True,
                )  # fmt: skip
            except (OSError, ValueError) as error:
                raise RunError(f"{arguments[0]} cannot be run: {error}") from error
            try:
                code = process.wait(self.timeout_seconds)
            except subprocess.TimeoutExpired:
                _end_all(process)
                raise RunError(f"{arguments[0]} did not end within {self.timeout_seconds:g} s and was ended") from None
            words = _last_words(said.fileno())
        if code:
            raise RunError(f"{arguments[0]} ended with {code}{': ' if words else ''}{words}")
        return f"{arguments[0]} ended well{': ' if words else ''}{words}"


def environment(environ: Mapping[str, str], more: Sequence[str]) -> dict[str, str]:
    """What a program sees of an environment."""
    wanted = [name for name in (*PASSED_ON, *more) if not name.startswith("LEADLINE_")]
    return {name: environ[name] for name in wanted if name in environ}


def mistakes(arguments: Sequence[str]) -> list[tuple[str, str, str]]:
    """What is wrong with an argument list as written: what, the argument, and the way out."""
    found: list[tuple[str, str, str]] = []
    whole = {f"{{{name}}}" for name in PLACEHOLDERS}
    hint = f"write one of {', '.join(sorted(whole))} as an argument of its own"
    if arguments and arguments[0] in whole:
        found.append(("a placeholder in the place of the program", arguments[0], "write the program's path"))
    found += [
        ("a placeholder inside an argument", each, hint)
        for each in arguments
        if each not in whole and any(name in each for name in whole)
    ]
    names = [Path(each).name for each in arguments]
    shells = {"sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh", "busybox", "eval", "xargs"}
    for place, name in enumerate(names):
        if name in shells and any(_is_command_flag(each) for each in arguments[place + 1 :]):
            found.append(("a command line for a shell", name, "write a program with its arguments, or a script's path"))
            break
    return found


def _is_command_flag(argument: str) -> bool:
    return argument.startswith("-") and not argument.startswith("--") and "c" in argument[1:]


def _checked(name: str, value: str) -> str:
    if not value:
        raise RunError(f"{name} is empty; nothing was run")
    if value.startswith("-"):
        raise RunError(f"{name} begins with a dash, so that a program could take it for an option; nothing was run")
    if len(value) > _LONGEST_VALUE or not value.isprintable():
        raise RunError(f"{name} is too long or holds a control character; nothing was run")
    return value


def _end_all(process: subprocess.Popen[bytes]) -> None:
    """End whatever is left of the process and of what it began."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_words(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    text = os.pread(descriptor, _MOST_SAID, max(0, size - _MOST_SAID)).decode("utf-8", "replace")
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
