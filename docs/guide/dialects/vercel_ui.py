"""Vercel's UI message stream, version 1: what the AI SDK's routes send to a front end."""

from ssescan import Channel, Dialect, Row

EVENT = "UnknownEvent"

DIALECT = Dialect(
    "vercel_ui",
    types="ssescan.events",
    named_by=("type",),
    name_key="type",
    default=Row(EVENT),
    rows={
        "text-delta": Row(EVENT, {"text": Channel("delta")}),
        "reasoning-delta": Row(EVENT, {"reasoning": Channel("delta")}),
        "tool-input-delta": Row(EVENT, {"tool_arguments": Channel("inputTextDelta")}),
        "finish": Row(EVENT, ends="payload"),
        # The user stopped the answer. Iteration yields the event, and readers raise.
        "abort": Row(EVENT, ends="payload", fails="reason"),
        "error": Row(None, error=("",)),
    },
)
