"""MCP's streamable HTTP: the answer to one JSON-RPC request, after notifications about it."""

from ssescan import Channel, Dialect, Row
from ssescan.dialects import PresentKey, When

EVENT = "UnknownEvent"
TEXT = {"text": Channel("result.content[*].text")}

DIALECT = Dialect(
    "mcp",
    types="ssescan.events",
    # Events have no names: a response has the key `result`, and a notification or request has `method`.
    named_by=(PresentKey(),),
    default=Row(EVENT),
    rows={
        "method": Row(EVENT, {"progress": Channel("params.message")}),
        "result": (
            # The tool failed. Iteration yields the event, and readers raise the tool's message.
            Row(EVENT, TEXT, ends="last", fails="result.content[*].text", when=When("result.isError", True)),
            Row(EVENT, TEXT, ends="last"),
        ),
    },
)
