"""Details of targets: what is wrong with them, and secrets by name alone."""

from __future__ import annotations

from typing import Any

import pytest

from leadline.domains.notifications.connections import filled, problems_of, secrets_of
from leadline.handbook.specs import NotificationTarget, Place
from leadline.ports.notifier import Key, KeyKind, SecretMissing
from leadline.ports.operation import attribute
from leadline.registry import NOTIFIERS

KEYS = (
    Key("url", "Where it is.", KeyKind.URL),
    Key("bearer", "What it wants to see.", is_secret=True),
    Key("mode", "How.", usual="fast", words=("fast", "slow")),
    Key("seconds", "How long.", KeyKind.NUMBER, usual=10, most=60),
    Key("loud", "Whether.", KeyKind.FLAG),
    Key("to", "Who.", KeyKind.NAMES),
    Key("headers", "More.", KeyKind.PAIRS),
)


def target(**connection: Any) -> NotificationTarget:
    return NotificationTarget("chat", "chat", "made", connection, Place("targets.yaml", 7))


def told(**connection: Any) -> list[str]:
    return [str(problem) for problem in problems_of(target(**connection), KEYS, ())]


def no_file(path: str) -> str:
    raise FileNotFoundError(2, "No such file", path)


@pytest.mark.parametrize(
    ("connection", "what"),
    [
        ({"urll": "x"}, "urll: unknown key of a made target, read urll, did you mean url?"),
        ({"url": "ftp://x"}, "url: not an http or https address, read ftp://x, write one such as"),
        ({"url": "https://"}, "url: not an http or https address"),
        ({"mode": "slwo"}, "mode: not one of the words allowed, read slwo, did you mean slow?"),
        ({"mode": ""}, "mode: text is wanted"),
        ({"seconds": 61}, "seconds: a number above 0 and at most 60 is wanted, read 61"),
        ({"seconds": True}, "seconds: a number above 0"),
        ({"loud": "yes"}, "loud: true or false is wanted"),
        ({"to": "me"}, "to: a list of texts is wanted"),
        ({"headers": {"a": 1}}, "headers: a mapping is wanted"),
        ({"headers": {"a": "${1X}"}}, "headers: not the name of an environment variable"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_a_way_out(connection: dict[str, Any], what: str) -> None:
    (found,) = told(**connection)
    assert found.startswith(f"targets.yaml:7:1 spec.connectionDetails.{what}")


@pytest.mark.parametrize("written", ["xoxb-1234", "Bearer ${TOKEN}", "${TOKEN-", 12345])
def test_a_secret_that_is_written_out_is_refused_and_not_repeated(written: object) -> None:
    (found,) = told(bearer=written)
    assert (
        "a secret written out, read (not shown), write the name of an environment variable, such as ${BEARER}" in found
    )
    assert str(written) not in found


def test_all_mistakes_are_told_at_once() -> None:
    assert len(told(url=1, bearer="x", mode="y", seconds="z", loud=0, to=[], headers=[])) == 7


def test_what_is_required_and_what_excludes_each_other() -> None:
    required = (Key("host", "The server.", is_required=True),)
    (missing,) = problems_of(target(), required, ())
    assert (missing.key, missing.hint) == ("spec.connectionDetails.host", "add host: the server.")
    choice = (("url", "bearer"), ("mode",))
    assert [each.what for each in problems_of(target(url="https://a.b"), KEYS, choice)] == ["missing keys"]
    assert [each.what for each in problems_of(target(), KEYS, choice)] == ["missing keys"]
    both = problems_of(target(url="https://a.b", bearer="${T}", mode="fast"), KEYS, choice)
    assert [(each.what, each.hint) for each in both] == [
        ("more than one way to reach it", "keep url and bearer or mode")
    ]


def test_secrets_come_from_the_environment_or_from_files() -> None:
    written = target(url="https://${HOST}/x", bearer="${TOKEN}", to=["${WHO}@x"], headers={"a": "b ${HOST}"})
    assert secrets_of(written) == ["HOST", "TOKEN", "WHO"]
    environ = {"HOST": "h", "TOKEN_FILE": "/secret", "WHO": " me "}
    found = filled(written, KEYS, environ, {"/secret": "s3cret\n"}.__getitem__)
    assert (found.text("url"), found.text("bearer"), found.names("to")) == ("https://h/x", "s3cret", ("me@x",))
    assert (found.pairs("headers"), found.text("mode"), found.number("seconds")) == ({"a": "b h"}, "fast", 10)
    assert (found.flag("loud"), found.text("nothing"), found.number("nothing")) == (False, "", 0)


def test_every_secret_that_is_not_set_is_named_with_the_way_out() -> None:
    with pytest.raises(SecretMissing, match=r"A and B are not set; set A, or A_FILE to a file that holds it"):
        filled(target(bearer="${A}", url="https://${B}"), KEYS, {"A": ""}, no_file)
    with pytest.raises(SecretMissing, match="A_FILE: /gone cannot be read"):
        filled(target(bearer="${A}"), KEYS, {"A_FILE": "/gone"}, no_file)


@pytest.mark.parametrize("reference", NOTIFIERS.values(), ids=NOTIFIERS)
def test_every_shipped_type_declares_its_keys_in_full(reference: str) -> None:
    adapter = attribute(reference)
    names = [key.name for key in adapter.KEYS]
    assert len(names) == len(set(names))
    assert all(key.meaning.endswith(".") for key in adapter.KEYS)
    assert all(key.most > 0 for key in adapter.KEYS if key.kind is KeyKind.NUMBER)
    assert {name for each in adapter.ONE_OF for name in each} <= set(names)
