"""AG-UI: what agents send to a front end. Several runs may follow each other in one stream."""

from ssescan import Channel, Dialect, Row

EVENT = "UnknownEvent"

DIALECT = Dialect(
    "ag_ui",
    types="ssescan.events",
    named_by=("type",),
    name_key="type",
    default=Row(EVENT),
    rows={
        # A stream that ends inside the second run is truncated, although the first run was complete.
        "RUN_STARTED": Row(EVENT, ends="reopens"),
        "RUN_FINISHED": Row(EVENT, ends="payload"),
        "RUN_ERROR": Row(None, error=("",)),
        **dict.fromkeys(("TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_CHUNK"), Row(EVENT, {"text": Channel("delta")})),
        **dict.fromkeys(
            ("REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_CHUNK", "THINKING_TEXT_MESSAGE_CONTENT"),
            Row(EVENT, {"reasoning": Channel("delta")}),
        ),
        **dict.fromkeys(("TOOL_CALL_ARGS", "TOOL_CALL_CHUNK"), Row(EVENT, {"tool_arguments": Channel("delta")})),
    },
)
