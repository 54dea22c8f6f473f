"""`leadline mcp` over a real stdin and stdout, asked by the protocol's own client."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import CallToolResult

from leadline.domains import operations
from leadline.ports.operation import Permission, Where
from made_commands import PROGRAM, a_shop, typed
from made_pushed import pushed_objectives
from served import served
from terminal import write

ALL = {name for name, each in operations().items() if each.where is Where.SERVER and each.route}


def talked(shop: Path, *options: str, talk: Callable[[Client], Coroutine[Any, Any, Any]]) -> Any:
    """What a conversation with a process of its own comes to."""
    command = StdioServerParameters(
        command=str(PROGRAM), args=["mcp", *options], env={"LEADLINE_HANDBOOK": str(shop / "handbook")}
    )

    async def hold() -> Any:
        async with Client(command, read_timeout_seconds=60) as client:
            return await talk(client)

    return anyio.run(hold)


def asked(shop: Path, tool: str, *options: str, **arguments: object) -> CallToolResult:
    async def ask(client: Client) -> CallToolResult:
        return await client.call_tool(tool, arguments)

    found: CallToolResult = talked(shop, *options, talk=ask)
    return found


def said(answer: CallToolResult) -> str:
    return "\n".join(getattr(each, "text", "") for each in answer.content)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_shop(tmp_path_factory.mktemp("shop"))


def test_an_assistant_is_offered_what_a_viewer_may_read_and_nothing_that_writes(shop: Path) -> None:
    async def listed(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = talked(shop, talk=listed)
    expected = {
        name.replace(".", "_")
        for name in ALL
        if operations()[name].is_read_only and operations()[name].permission is Permission.VIEWER
    }
    assert {tool.name for tool in tools} == expected
    assert {"status_show", "slo_show"} <= expected
    for tool in tools:
        assert tool.description
        assert tool.input_schema["type"] == "object"
        assert tool.output_schema["type"] == "object"
        assert tool.annotations.read_only_hint


def test_a_tool_answers_as_the_command_line_does(shop: Path) -> None:
    at = "2026-03-04T12:00:00Z"
    answer = asked(shop, "slo_show", name="checkout", at=at)
    assert not answer.is_error
    assert answer.structured_content == typed("slo", "show", "checkout", "--at", at, "--json", shop=shop).json


def test_a_long_list_comes_by_page(tmp_path: Path) -> None:
    write(tmp_path, pushed_objectives(5))
    first = asked(tmp_path, "status_show", limit=3).structured_content
    rest = asked(tmp_path, "status_show", limit=3, cursor=first["next"]).structured_content
    assert [slo["slo"] for page in (first, rest) for slo in page["slos"]] == [
        f"answers-{number}" for number in range(5)
    ]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("slo_show", {"name": "chekout"}, "no SLO is named chekout; did you mean checkout?"),
        ("slo_show", {}, "name: field required"),
        ("status_show", {"at": "yesterday"}, "at: input should be a valid datetime"),
        ("status_show", {"limit": 1000}, "limit: input should be less than or equal to 100"),
        ("slices_record", {"sli": "requests"}, "no tool is named slices_record; there are "),
    ],
)
def test_what_cannot_be_answered_is_told_as_text_with_the_way_out(
    shop: Path, name: str, arguments: dict[str, object], told: str
) -> None:
    answer = asked(shop, name, **arguments)
    assert answer.is_error
    assert told in said(answer)


def test_an_edit_of_the_handbook_is_seen_by_the_next_question(tmp_path: Path) -> None:
    file = write(tmp_path, pushed_objectives(1))

    async def twice(client: Client) -> tuple[Any, Any]:
        before = await client.call_tool("status_show", {})
        file.write_text(pushed_objectives(2))
        return before, await client.call_tool("status_show", {})

    before, after = talked(tmp_path, talk=twice)
    assert [len(each.structured_content["slos"]) for each in (before, after)] == [1, 2]


def test_a_server_may_be_asked_instead_and_its_refusals_are_told(shop: Path) -> None:
    with served(shop) as server:
        answer = asked(shop, "status_show", "--server", server.url)
        assert not answer.is_error
        assert answer.structured_content["slos"]
    assert "cannot be reached" in said(asked(shop, "status_show", "--server", server.url))
