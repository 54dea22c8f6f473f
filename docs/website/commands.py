"""Reference of the command line, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from leadline.interfaces.cli.main import app
from website.markdown import anchor, code, page, plain, table
from website.told import cells

_EVERYWHERE = ("--handbook", "--database", "--at", "--json", "--server", "--token")
"""Accepted after most subcommands; told once."""


def commands() -> dict[str, Any]:
    """Every command that can be typed, by its words."""
    return dict(_below(typer.main.get_command(app), "leadline"))


def _below(command: Any, words: str) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", {})
    for name, child in children.items():
        if not child.hidden:
            yield from _below(child, f"{words} {name}")
    if not children:
        yield words, command


def cli_page() -> str:
    """The whole page."""
    known = commands()
    shared = {option.opts[0]: option for command in known.values() for option in _options(command)}
    return page(
        "# Command line",
        "Every command with its arguments and options, as `leadline COMMAND --help` tells them. "
        "What the exit codes mean stands under [exit codes](outcomes.md).",
        table(
            ("command", "does"),
            ((f"[{code(words)}](#{anchor(words)})", _does(command)) for words, command in known.items()),
        ),
        "## Options that most commands take",
        "They stand after the subcommand. A command's own part names those that it takes.",
        table(
            ("option", "meaning"),
            ((_name(shared[name]), _meaning(shared[name])) for name in _EVERYWHERE if name in shared),
        ),
        *(_part(words, command) for words, command in known.items()),
    )


def _part(words: str, command: Any) -> str:
    own = [option for option in _options(command) if option.opts[0] not in _EVERYWHERE]
    also = [code(option.opts[0]) for option in _options(command) if option.opts[0] in _EVERYWHERE]
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    return page(
        f"## {words}",
        _does(command),
        f"```text\n{words} {_usage(arguments, own, has_more=bool(also))}\n```",
        table(("argument or option", "meaning"), ((_name(each), _meaning(each)) for each in [*arguments, *own])),
        f"Also {', '.join(also)}." if also else "",
        f"Exits {_exits(words)}.",
    )


def _exits(words: str) -> str:
    try:
        return cells("operating", of=words, at="reference/cli.md")[2]
    except LookupError:
        return "0; otherwise see [exit codes](outcomes.md)"


def _options(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "option" and not each.hidden]


def _does(command: Any) -> str:
    return plain(command.help or "")


def _usage(arguments: list[Any], options: list[Any], *, has_more: bool) -> str:
    words = [_argument(each) for each in arguments]
    words += [f"{each.opts[0]}{_value(each)}" for each in options if each.required]
    if has_more or any(not each.required for each in options):
        words.append("[OPTIONS]")
    return " ".join(words)


def _argument(argument: Any) -> str:
    word = (argument.metavar or argument.name).upper().strip("[]") + ("…" if argument.nargs == -1 else "")
    return word if argument.required else f"[{word}]"


def _value(option: Any) -> str:
    if option.is_flag:
        return ""
    kind = getattr(option.type_descriptor.annotation, "__name__", "value")
    numbers = {"int": "N", "float": "X", "Path": "PATH", "datetime": "INSTANT"}
    return " " + str(option.metavar or numbers.get(kind, option.name.upper()))


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return code(_argument(parameter))
    return ", ".join(code(f"{word}{_value(parameter)}") for word in [*parameter.opts, *parameter.secondary_opts])


def _meaning(parameter: Any) -> str:
    said = [plain(parameter.help or "").rstrip(".")]
    if parameter.required:
        said.append("must be given")
    if parameter.default not in (None, "", False, ()) and not callable(parameter.default):
        said.append(f"default {code(str(parameter.default))}")
    least, most = parameter.min, parameter.max
    if least is not None or most is not None:
        said.append(f"from {least}" + (f" to {most}" if most is not None else " on"))
    return "; ".join(part for part in said if part) + "."
