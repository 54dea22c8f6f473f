"""
`connectionDetails` of targets: what is wrong with them, and secrets filled in.

Adapters declare their keys; everything else about reading them is here, so that all of them are read alike. `${NAME}`
in a text is filled from the environment, or from the file that `NAME_FILE` names. A key that holds a secret may hold
nothing else, so that no secret comes to stand in a handbook.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from leadline.errors import Problem
from leadline.handbook.specs import NotificationTarget
from leadline.handbook.wording import nearest, shown
from leadline.ports.notifier import Details, Key, KeyKind, SecretMissing

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_BROKEN = re.compile(r"\$\{(?![A-Za-z_][A-Za-z0-9_]*\})")
Tell = Callable[[str, str, object, str], None]
ReadFile = Callable[[str], str]


def problems_of(target: NotificationTarget, keys: Sequence[Key], one_of: Sequence[Sequence[str]]) -> list[Problem]:
    """Everything that is wrong with the details of a target, whatever the environment holds."""
    problems: list[Problem] = []

    def tell(key: str, what: str, value: object, hint: str) -> None:
        path = f"spec.connectionDetails.{key}".rstrip(".")
        problems.append(Problem(target.place.file, target.place.line, 1, path, what, shown(value), hint))

    known = {key.name: key for key in keys}
    for name, value in target.connection.items():
        if name not in known:
            tell(name, f"unknown key of a {target.type} target", name, nearest(name, list(known)))
        elif value is not None:
            _check(known[name], value, tell)
    _check_presence(target, keys, one_of, tell)
    return problems


def _check_presence(
    target: NotificationTarget, keys: Sequence[Key], one_of: Sequence[Sequence[str]], tell: Tell
) -> None:
    given = {name for name, value in target.connection.items() if value is not None}
    for key in keys:
        if key.is_required and key.name not in given:
            tell(key.name, "missing key", "", f"add {key.name}: {key.meaning[0].lower()}{key.meaning[1:]}")
    if not one_of:
        return
    choices = " or ".join(" and ".join(each) for each in one_of)
    chosen = [each for each in one_of if given & set(each)]
    if len(chosen) > 1:
        tell("", "more than one way to reach it", ", ".join(sorted(given)), f"keep {choices}")
    elif not chosen or not set(chosen[0]) <= given:
        tell("", "missing keys", ", ".join(sorted(given)), f"write {choices}")


def _check(key: Key, value: object, tell: Tell) -> None:
    if key.is_secret:
        if not isinstance(value, str) or not _PLACEHOLDER.fullmatch(value.strip()):
            hint = f"write the name of an environment variable, such as ${{{_as_variable(key.name)}}}, and set it"
            tell(key.name, "a secret written out", "(not shown)", hint)
        return
    wrong = _WRONG[key.kind](key, value)
    if wrong is not None:
        tell(key.name, wrong[0], value, wrong[1])
    for text in _texts(value):
        if _BROKEN.search(text):
            tell(key.name, "not the name of an environment variable", text, "write one such as ${SMTP_USER}")


def _as_variable(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def _wrong_text(key: Key, value: object) -> tuple[str, str] | None:
    if not isinstance(value, str) or not value.strip():
        return "text is wanted", "write it in quotes"
    if key.words and value not in key.words:
        return "not one of the words allowed", nearest(value, key.words)
    return None


def _wrong_url(_: Key, value: object) -> tuple[str, str] | None:
    hint = "write one such as https://hooks.example.com/leadline"
    if not isinstance(value, str):
        return "not an http or https address", hint
    if _PLACEHOLDER.search(value):
        return None
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    return None if is_address else ("not an http or https address", hint)


def _wrong_number(key: Key, value: object) -> tuple[str, str] | None:
    is_number = (not isinstance(value, bool) and isinstance(value, int | float)) or _is_decimal(value)
    if not is_number or not 0 < float(str(value)) <= key.most:
        return f"a number above 0 and at most {key.most:g} is wanted", f"write, say, {key.usual or key.most}"
    return None


def _is_decimal(value: object) -> bool:
    """Numbers of YAML come as decimals."""
    return type(value).__name__ == "Decimal"


def _wrong_flag(_: Key, value: object) -> tuple[str, str] | None:
    return None if isinstance(value, bool) else ("true or false is wanted", "write true or false without quotes")


def _wrong_names(_: Key, value: object) -> tuple[str, str] | None:
    is_list = isinstance(value, list | tuple) and value and all(isinstance(each, str) and each for each in value)
    return None if is_list else ("a list of texts is wanted", "begin each with a dash")


def _wrong_pairs(_: Key, value: object) -> tuple[str, str] | None:
    is_mapping = isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values())
    return None if is_mapping else ("a mapping is wanted", "write one `name: text` a line below it")


_WRONG: Mapping[KeyKind, Callable[[Key, object], tuple[str, str] | None]] = {
    KeyKind.TEXT: _wrong_text,
    KeyKind.URL: _wrong_url,
    KeyKind.NUMBER: _wrong_number,
    KeyKind.FLAG: _wrong_flag,
    KeyKind.NAMES: _wrong_names,
    KeyKind.PAIRS: _wrong_pairs,
}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def secrets_of(target: NotificationTarget) -> list[str]:
    """Names of the environment variables that a target needs."""
    return list(dict.fromkeys(name for text in _texts(target.connection) for name in _PLACEHOLDER.findall(text)))


def filled(target: NotificationTarget, keys: Sequence[Key], environ: Mapping[str, str], read_file: ReadFile) -> Details:
    """
    Details with each `${NAME}` filled in, and what is not written as it usually is.

    Raises:
        SecretMissing: names that are not set; all of them.
    """
    found: dict[str, str] = {}
    missing: list[str] = []
    for name in secrets_of(target):
        value = _looked_up(name, environ, read_file)
        if value:
            found[name] = value
        else:
            missing.append(name)
    if missing:
        raise SecretMissing(
            f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not set; "
            f"set {missing[0]}, or {missing[0]}_FILE to a file that holds it, where the server runs"
        )
    usual = {key.name: key.usual for key in keys if key.usual is not None}
    written = {name: _replaced(value, found) for name, value in target.connection.items() if value is not None}
    return Details(usual | written)


def _looked_up(name: str, environ: Mapping[str, str], read_file: ReadFile) -> str:
    if environ.get(name):
        return environ[name].strip()
    path = environ.get(f"{name}_FILE")
    if not path:
        return ""
    try:
        return read_file(path).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretMissing(f"{name}_FILE: {path} cannot be read ({error}); check the path") from error


def _replaced(value: object, found: Mapping[str, str]) -> object:
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: found[match[1]], value)
    if isinstance(value, Mapping):
        return {name: _replaced(each, found) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_replaced(each, found) for each in value)
    return value
