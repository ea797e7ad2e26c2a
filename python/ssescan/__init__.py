"""Reads streaming LLM responses (Server-Sent Events) in synchronous Python. The parser is written in Rust.

    from ssescan.openai import OpenAI

    stream = OpenAI().chat.completions.create(model="gpt-5.5", messages=[...], stream=True)
    for text in stream.texts():
        print(text, end="", flush=True)

`ssescan.openai` is a client. `Scanner` reads the events of any response. `ssescan.batch` runs many requests.
`ssescan.testing` answers requests without a server.

Documentation: https://github.com/ssescan/ssescan/blob/main/docs/index.md
"""

from typing import TYPE_CHECKING

from ._core import ServerSentEvent as ServerSentEvent
from ._core import __version__ as __version__
from .outcome import Stats as Stats
from .reading.scanner import Parser as Parser
from .reading.scanner import Scanner as Scanner

if TYPE_CHECKING:
    from .accumulation import accumulate as accumulate
    from .dialects.schema import Channel as Channel
    from .dialects.schema import Dialect as Dialect
    from .dialects.schema import Finish as Finish
    from .dialects.schema import Row as Row
    from .errors import BodyTooLarge as BodyTooLarge
    from .errors import EventDecodeError as EventDecodeError
    from .errors import EventTooLarge as EventTooLarge
    from .errors import NotAnEventStream as NotAnEventStream
    from .errors import SSEScanError as SSEScanError
    from .errors import StreamBroken as StreamBroken
    from .errors import StreamCancelled as StreamCancelled
    from .errors import StreamTimeout as StreamTimeout
    from .errors import StreamTruncated as StreamTruncated
    from .event_source import EventSource as EventSource
    from .events import UnknownEvent as UnknownEvent
    from .http.deadlines import Timeouts as Timeouts
    from .opening import stream as stream
    from .outcome import Outcome as Outcome
    from .reading.observers import StreamEnd as StreamEnd
    from .reading.readers import ByteReader as ByteReader
    from .reading.readers import TextReader as TextReader
else:
    from ._lazy import attach

    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "BodyTooLarge": "errors",
            "ByteReader": "reading.readers",
            "Channel": "dialects.schema",
            "Dialect": "dialects.schema",
            "EventDecodeError": "errors",
            "EventSource": "event_source",
            "EventTooLarge": "errors",
            "Finish": "dialects.schema",
            "NotAnEventStream": "errors",
            "Outcome": "outcome",
            "Row": "dialects.schema",
            "SSEScanError": "errors",
            "StreamBroken": "errors",
            "StreamCancelled": "errors",
            "StreamEnd": "reading.observers",
            "StreamTimeout": "errors",
            "StreamTruncated": "errors",
            "TextReader": "reading.readers",
            "Timeouts": "http.deadlines",
            "UnknownEvent": "events",
            "accumulate": "accumulation",
            "stream": "opening",
        },
        submodules=("batch", "dialects", "errors", "events", "models", "openai", "replay", "testing", "types"),
    )
    __all__ = sorted([*__all__, "Parser", "Scanner", "ServerSentEvent", "Stats", "__version__"])
