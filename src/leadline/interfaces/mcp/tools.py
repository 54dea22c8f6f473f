"""
Tools made from the declarations of the operations, and the server that offers them over stdin and stdout.

Only what a viewer may read is offered: whatever an assistant is talked into, it changes nothing and sees no token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import anyio
from anyio import to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pydantic import BaseModel, ValidationError

from leadline import __version__
from leadline.domains import operations
from leadline.errors import LeadlineError
from leadline.interfaces.api.paging import PARAMETERS, Page, cut, paged
from leadline.ports.operation import Operation, Permission, Where, attribute

Run = Callable[[str, BaseModel], BaseModel]
_INSTRUCTIONS = (
    "Leadline keeps error budgets. status_show lists every objective with its level and what is left of its budget; "
    "slo_show tells everything about one. A level `unknown` means that nobody can tell, and never that all is well; a "
    "figure that is null has no value, and its reason stands beside. gate_matrix tells which kinds of change may be "
    "made now; decisions_list and decisions_show, what the gate has answered to pipelines, and why."
)


def offered() -> dict[str, Operation]:
    """Operations by the name of their tool."""
    return {
        operation.name.replace(".", "_"): operation
        for operation in operations().values()
        if operation.is_read_only and operation.where is Where.SERVER and operation.permission is Permission.VIEWER
    }


def tool(name: str, operation: Operation) -> Tool:
    """One operation, as an assistant sees it."""
    request: type[BaseModel] = attribute(operation.request)
    response: type[BaseModel] = attribute(operation.response)
    schema = request.model_json_schema()
    if operation.pages is not None:
        schema["properties"] = schema.get("properties", {}) | Page.model_json_schema()["properties"]
        response = paged(response)
    return Tool(
        name=name,
        title=operation.summary.rstrip("."),
        description=f"{operation.summary} {request.__doc__ or ''}".strip(),
        input_schema={"properties": {}, **schema},
        output_schema=response.model_json_schema(mode="serialization"),
        annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
    )


def called(operation: Operation, arguments: Mapping[str, Any], run: Run) -> CallToolResult:
    """Run an operation; what an assistant can mend is told as text, with the way out."""
    found = dict(arguments)
    try:
        page = Page(**{name: found.pop(name) for name in PARAMETERS if operation.pages and name in found})
        request: BaseModel = attribute(operation.request).model_validate(found, strict=False)
        answer = run(operation.name, request)
        text = cut(answer, operation.pages, page).decode() if operation.pages else answer.model_dump_json()
    except ValidationError as error:
        return _refused("\n".join(_mistake(detail) for detail in error.errors(include_url=False)))
    except LeadlineError as error:
        return _refused(str(error))
    return CallToolResult(content=[TextContent(text=text)], structured_content=json.loads(text))


def _mistake(detail: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    value = str(detail["input"])[:80]
    return f"{key}: {detail['msg'].lower()}, read {value}; the tool's input schema says what is taken"


def _refused(why: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=why)], is_error=True)


def server(run: Run) -> Server[Any]:
    """A server whose tools are run by `run`, each in a thread."""
    known = offered()

    async def list_tools(
        _context: ServerRequestContext[Any], _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=[tool(name, operation) for name, operation in known.items()])

    async def call_tool(_context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        operation = known.get(params.name)
        if operation is None:
            return _refused(f"no tool is named {params.name}; there are {', '.join(known)}")
        return await to_thread.run_sync(called, operation, params.arguments or {}, run)

    return Server(
        "leadline",
        version=__version__,
        title="Leadline",
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def serve(run: Run) -> None:
    """Answer over stdin and stdout until stdin ends."""

    async def talk() -> None:
        made = server(run)
        async with stdio_server() as (reading, writing):
            await made.run(reading, writing, made.create_initialization_options())

    anyio.run(talk)
