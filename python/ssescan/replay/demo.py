"""The recording of `ssescan demo`: one run of the Assistants API, with every event of a plain answer.

The stream is built at run time, so that the text can be read and edited here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle

from ssescan.testing import assistants, frame

ASSISTANT_ID = "asst_test"

# Broken by hand at 76 columns: a stream cannot be wrapped by the program that prints it as it comes.
TEXT = """\
Server-sent events are a way for a web server to send a client a sequence
of messages over one ordinary HTTP response. The client makes a request and
the server answers with the content type text/event-stream, but it does not
finish the answer. It keeps the connection open and writes a few lines
whenever it has something to say. The format was specified for browsers as
part of HTML, where a script receives the messages through an object called
EventSource.

The format is plain text in UTF-8. Each line holds the name of a field, a
colon and a value. The field "data" carries the payload, "event" names the
kind of message, "id" marks a place from which a client may later resume,
and "retry" tells it how many milliseconds to wait before it connects
again. A line that begins with a colon is a comment, and servers send such
lines to keep an idle connection alive. A blank line ends the message.
Whatever follows the last blank line when the response ends is discarded.

Because a response is a stream of bytes, the pieces that a client receives
need not agree with the messages that the server wrote. A piece may end in
the middle of a line, between the two bytes of a line end, or inside a
character that takes several bytes. A parser therefore keeps the beginning
of an unfinished line and continues with it when the next piece arrives.

Services built on language models use this format to show an answer while
it is being generated. Each message then contains a small JSON document
with the next few words, and the client joins them in the order of their
arrival. The format itself has no mark for a complete answer, so these
services add one of their own. A client that waits for this mark can tell
an answer that is finished from one that was cut off on the way.
"""

_THREAD = {"id": "thread_test", "object": "thread", "created_at": 1767225600, "metadata": {}, "tool_resources": {}}
_WORDS_PER_DELTA = (1, 2, 1, 1, 3, 2, 1)  # models' deltas vary; a fixed pattern makes every demo the same


def recording() -> bytes:
    """Return the body of the stream: UTF-8, LF line ends, `event: done` at the end. About 220 events."""
    return frame(_THREAD, "thread.created") + bytes(assistants(*_pieces(TEXT), usage=(6, len(TEXT.split()))))


def _pieces(text: str) -> Iterator[str]:
    """Cut text into pieces of one to three words, each word with the white space before it, as models do."""
    words = re.findall(r"\s*\S+|\s+", text)
    sizes = cycle(_WORDS_PER_DELTA)
    while words:
        size = next(sizes)
        yield "".join(words[:size])
        del words[:size]
