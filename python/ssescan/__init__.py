"""LLM streams for synchronous Python, scanned in Rust."""

from typing import TYPE_CHECKING

from ._core import ServerSentEvent as ServerSentEvent
from ._core import __version__ as __version__
from .scanner import Parser as Parser
from .scanner import Scanner as Scanner
from .scanner import Stats as Stats

if TYPE_CHECKING:
    from .clocks import Timeouts as Timeouts
    from .dialects.schema import Channel as Channel
    from .dialects.schema import Dialect as Dialect
    from .dialects.schema import Finish as Finish
    from .dialects.schema import Row as Row
    from .errors import EventDecodeError as EventDecodeError
    from .errors import EventTooLarge as EventTooLarge
    from .errors import NotAnEventStream as NotAnEventStream
    from .errors import SSEScanError as SSEScanError
    from .errors import StreamBroken as StreamBroken
    from .errors import StreamCancelled as StreamCancelled
    from .errors import StreamTimeout as StreamTimeout
    from .errors import StreamTruncated as StreamTruncated
    from .models import UnknownEvent as UnknownEvent
    from .outcome import Outcome as Outcome
    from .reader import ByteReader as ByteReader
    from .reader import TextReader as TextReader
else:
    from ._lazy import attach

    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "ByteReader": "reader",
            "Channel": "dialects.schema",
            "Dialect": "dialects.schema",
            "EventDecodeError": "errors",
            "EventTooLarge": "errors",
            "Finish": "dialects.schema",
            "NotAnEventStream": "errors",
            "Outcome": "outcome",
            "Row": "dialects.schema",
            "SSEScanError": "errors",
            "StreamBroken": "errors",
            "StreamCancelled": "errors",
            "StreamTimeout": "errors",
            "StreamTruncated": "errors",
            "TextReader": "reader",
            "Timeouts": "clocks",
            "UnknownEvent": "models",
        },
    )
    __all__ = sorted([*__all__, "Parser", "Scanner", "ServerSentEvent", "Stats", "__version__"])
